package dev.dibs.jdbc;

import dev.dibs.InvalidInputException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import javax.sql.DataSource;

/**
 * Looks at a DataSource, its server and its schema for what keeps Dibs from working or from keeping
 * its promises.
 *
 * <pre>{@code
 * Doctor.check(dataSource).forEach(System.out::println);
 * }</pre>
 *
 * <p>It only reads, through one connection that it borrows and gives back as it was, and it waits
 * at most 10 s for each answer. Run it with the DataSource of a worker: it looks at this pool, as
 * this role. A role without {@code pg_read_all_stats} is not shown the snapshots that other roles
 * hold.
 *
 * <p>Thread-safe: has no state.
 */
public final class Doctor {
  static final String OPERATION = "check";

  private Doctor() {}

  /** How bad it is. */
  public enum Severity {
    /** Dibs does not work, or does not keep what it promises. */
    PROBLEM,
    /** It will hurt one day. */
    WARNING
  }

  /**
   * Something that is not as it should be; its text is one line, {@code PROBLEM: … Cure: …}.
   *
   * @param severity how bad it is
   * @param found what was found, with the value
   * @param cure what to do about it, in one sentence
   */
  public record Finding(Severity severity, String found, String cure) {
    /**
     * Checks that nothing is missing.
     *
     * @throws InvalidInputException if an argument is null
     */
    public Finding {
      PostgresTaskQueue.present("severity", severity);
      PostgresTaskQueue.present("found", found);
      PostgresTaskQueue.present("cure", cure);
    }

    @Override
    public String toString() {
      return String.format(Locale.ROOT, "%s: %s. Cure: %s.", severity, found, cure);
    }
  }

  /** From where on something is a finding; what tests must be able to reach. */
  record Bounds(
      Clock clock, Duration open, long transactions, int newestServer, int timeoutSeconds) {
    static final Bounds USUAL =
        new Bounds(Clock.systemUTC(), Duration.ofMinutes(5), 100_000, 18, 10);

    Bounds clock(Clock other) {
      return new Bounds(other, open, transactions, newestServer, timeoutSeconds);
    }

    /** Both ways in which the age of a snapshot is measured. */
    Bounds snapshots(Duration otherOpen, long otherTransactions) {
      return new Bounds(clock, otherOpen, otherTransactions, newestServer, timeoutSeconds);
    }

    Bounds newestServer(int other) {
      return new Bounds(clock, open, transactions, other, timeoutSeconds);
    }

    /** For each query: a migration may hold a lock on what is looked at. */
    Bounds timeoutSeconds(int other) {
      return new Bounds(clock, open, transactions, newestServer, other);
    }
  }

  /** As {@link #check(DataSource, String)}, in the schema {@value Schema#DEFAULT}. */
  public static List<Finding> check(DataSource dataSource) {
    return check(dataSource, Schema.DEFAULT);
  }

  /**
   * Makes every check; one that cannot be made is itself a finding and keeps no other from being
   * made.
   *
   * @param schema its name as PostgreSQL holds it, 1 to 63 bytes of UTF-8
   * @return what is wrong, connection first; empty if all is well
   * @throws InvalidInputException if an argument is null or the name is not valid
   * @throws dev.dibs.SetupException if the DataSource gives a connection with an open transaction
   * @throws dev.dibs.DatabaseException if there is no connection, or it is lost
   */
  public static List<Finding> check(DataSource dataSource, String schema) {
    return check(dataSource, schema, Bounds.USUAL);
  }

  static List<Finding> check(DataSource dataSource, String schema, Bounds bounds) {
    PostgresTaskQueue.present("dataSource", dataSource);
    String checked = Schema.checkName(schema);
    try (Connection connection = Database.borrow(OPERATION, dataSource)) {
      boolean autocommit = connection.getAutoCommit();
      if (!autocommit) {
        Database.refuseOpenTransaction(OPERATION, connection);
        connection.setAutoCommit(true);
      }
      try {
        Examination examination = new Examination(connection, checked, bounds);
        ConnectionChecks.make(examination);
        ServerChecks.make(examination);
        SchemaChecks.make(examination);
        GrantChecks.make(examination);
        SnapshotChecks.make(examination);
        return examination.findings();
      } finally {
        if (!autocommit && !connection.isClosed()) {
          connection.setAutoCommit(false);
        }
      }
    } catch (SQLException e) {
      throw Database.translate(OPERATION, false, e);
    }
  }
}
