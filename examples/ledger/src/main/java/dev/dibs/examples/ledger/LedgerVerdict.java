package dev.dibs.examples.ledger;

import java.util.List;

/** Both rounds side by side. */
record LedgerVerdict(Round thenComplete, Round andComplete) {
  boolean isShown() {
    return thenComplete.isBookedAgain() && andComplete.isBookedOnce();
  }

  List<String> lines() {
    return List.of(
        row("", "commit, then complete", "completeIn, then commit"),
        row("tasks completed", thenComplete.completed(), andComplete.completed()),
        row("workers killed", thenComplete.kills(), andComplete.kills()),
        row("bookings", thenComplete.bookings(), andComplete.bookings()),
        row("balance", thenComplete.balance(), andComplete.balance()),
        "",
        sentence());
  }

  private String sentence() {
    if (!isShown()) {
      return "NOT SHOWN: it takes kills in both, more bookings than tasks left, as many right.";
    }
    return "Killed after the commit: without completeIn %d credits were booked again, with it none."
        .formatted(thenComplete.bookings() - thenComplete.tasks());
  }

  private static String row(String what, Object left, Object right) {
    return "%-16s %23s %25s".formatted(what, left, right).stripTrailing();
  }
}
