package dev.dibs.examples.proveit;

import java.util.UUID;

/** The mail service. */
interface Mailer {
  /**
   * Sends a mail, once for each key.
   *
   * @throws IllegalArgumentException if it can never be sent
   * @throws IllegalStateException if the service is down
   */
  void send(UUID idempotencyKey, String text);
}
