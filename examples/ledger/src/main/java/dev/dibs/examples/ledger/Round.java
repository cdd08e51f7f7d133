package dev.dibs.examples.ledger;

/**
 * What came of booking one way.
 *
 * @param tasks how many there were, of one credit each
 * @param completed how many of them the queue has as completed
 * @param kills how many workers were killed
 * @param bookings how many bookings there are
 * @param booked how many tasks have a booking
 * @param balance of the account
 */
record Round(int tasks, int completed, int kills, int bookings, int booked, int balance) {
  boolean isBookedAgain() {
    return isThrough() && bookings > tasks;
  }

  boolean isBookedOnce() {
    return isThrough() && bookings == tasks && balance == tasks;
  }

  /** A round in which nobody was killed shows nothing. */
  private boolean isThrough() {
    return kills > 0 && completed == tasks && booked == tasks;
  }
}
