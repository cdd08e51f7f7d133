package dev.dibs.examples.proveit;

import dev.dibs.Claim;
import dev.dibs.Handler;

/** The task's id is the key: a repetition after a crash mails nothing new. */
final class ReceiptHandler implements Handler {
  private final Mailer mailer;

  ReceiptHandler(Mailer mailer) {
    this.mailer = mailer;
  }

  @Override
  public void handle(Claim task) {
    mailer.send(task.id(), "receipt for " + task.payload());
  }
}
