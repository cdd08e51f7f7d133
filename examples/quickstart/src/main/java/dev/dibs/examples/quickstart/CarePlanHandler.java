package dev.dibs.examples.quickstart;

import java.sql.SQLException;
import java.util.UUID;

/** What both queues do with a task; its runs are recorded in a transaction of their own. */
final class CarePlanHandler {
  private final RunLog runs;
  private final Mailer mailer;
  private final int throwEvery;

  /**
   * @param throwEvery the first attempt of every so-manyth task throws
   */
  CarePlanHandler(RunLog runs, Mailer mailer, int throwEvery) {
    this.runs = runs;
    this.mailer = mailer;
    this.throwEvery = throwEvery;
  }

  void handle(UUID task, String payload, int attempt) throws SQLException {
    long run = runs.began(task, attempt);
    CarePlan.write();
    if (attempt == 1 && CarePlan.number(payload) % throwEvery == 0) {
      runs.threw(run);
      throw new IllegalStateException("the service that writes care plans is not available");
    }
    boolean sent = mailer.send(task, CarePlan.email(payload));
    runs.ended(run, sent);
  }
}
