package dev.dibs.examples.quickstart;

import java.sql.SQLException;
import java.util.UUID;

/**
 * Stands in for a mail service that takes an idempotency key: it sends one mail for each key,
 * however often it is asked. The key is the task's id.
 */
final class Mailer {
  private final Database database;

  Mailer(Database database) {
    this.database = database;
  }

  static void create(Database database) throws SQLException {
    database.update(
        "CREATE TABLE mails (task uuid PRIMARY KEY, email text NOT NULL,"
            + " sent_at timestamptz NOT NULL DEFAULT clock_timestamp())");
  }

  /** Returns false if it had sent the mail of this task before. */
  boolean send(UUID task, String email) throws SQLException {
    return database.update(
            "INSERT INTO mails (task, email) VALUES (?, ?) ON CONFLICT DO NOTHING", task, email)
        == 1;
  }

  /** How many second mails it did not send to the customers of this queue. */
  static long refused(Database database, String queue) throws SQLException {
    return database.number(
        "SELECT count(*) FROM runs WHERE queue = ? AND outcome = 'ok' AND NOT mail_sent", queue);
  }
}
