package dev.dibs.examples.proveit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.Handler;
import dev.dibs.NewTask;
import dev.dibs.testkit.DibsPostgres;
import dev.dibs.testkit.IdempotencyCheck;
import dev.dibs.testkit.IdempotencyReport;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.function.Function;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Kills the handlers after each of their statements. */
class ChargeTest {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  @BeforeAll
  static void createTables() throws SQLException {
    try (Connection connection = postgres.connect();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE account (balance int NOT NULL)");
      statement.execute("CREATE TABLE charges (order_number int, cents int)");
    }
  }

  private static IdempotencyCheck check(Function<DataSource, Handler> handler) {
    return IdempotencyCheck.on(postgres.schemaDataSource(), postgres.schema())
        .handler(handler)
        .task(NewTask.of("charge", "{\"order\": 7, \"cents\": 1200}"))
        .reset("TRUNCATE account, charges", "INSERT INTO account VALUES (10000)")
        .effects("SELECT 'balance', balance FROM account")
        .effects("SELECT 'charge for order', order_number, cents FROM charges");
  }

  /**
   * In a test of your own: {@code check(ChargeHandler::new).verify()}, which fails with this text.
   */
  @Test
  void chargeHandler_killedAnywhere_chargesAgain() {
    IdempotencyReport report = check(ChargeHandler::new).run();

    System.out.println(report);
    assertThat(report.passed()).isFalse();
    assertThat(report.findings()).hasSize(3);
    assertThat(report.toString()).contains("killed after statement 1: UPDATE account");
  }

  @Test
  void chargeOnceHandler_killedAnywhere_chargesOnce() {
    System.out.println(check(ChargeOnceHandler::new).verify());
  }
}
