package dev.dibs.examples.benchmark.contender;

import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;

/** A queue that takes part. Its database holds nothing else. */
public interface Contender {
  /** As the tables name it; a variant of another contender has a name of its own. */
  String name();

  /** How it is configured, in words of its own API. */
  String settings();

  /** How many connections its pool has. */
  int connections();

  /** Whether the driver may write a batch of inserts as one statement. */
  default boolean rewritesInserts() {
    return false;
  }

  /** Makes its tables. */
  void install(DataSource database) throws SQLException;

  /** The table that holds its tasks. */
  String table();

  /** Which of its tasks are not done, as a condition on its table. */
  String unfinished();

  /** How many tasks a drain of full size has, so that it lasts for seconds. */
  int tasks();

  /** How many tasks it takes until the JVM has compiled what matters. */
  default int warmUp() {
    return tasks();
  }

  /** Opens what puts tasks into it. */
  Producer producer(DataSource pool);

  /** Begins to work on its tasks. */
  Running start(DataSource pool, Work work) throws SQLException;

  /** Puts tasks into a queue; each call is a transaction. */
  interface Producer {
    /** Enqueues one task. */
    void one(String payload) throws SQLException;

    /** Enqueues all of them with the fewest calls that the queue's API has for it. */
    void many(List<String> payloads) throws SQLException;
  }

  /** A worker at work. */
  interface Running extends AutoCloseable {
    /** Waits until everything that was handled is completed in the database. */
    void finish() throws InterruptedException;

    @Override
    void close();
  }
}
