package dev.dibs.testkit;

import dev.dibs.AttemptError;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** The newest failed attempts of one task, oldest first. */
final class ErrorHistory {
  private static final int KEPT = 10;

  private final Deque<AttemptError> errors = new ArrayDeque<>();

  void add(int attempt, Instant at, String error) {
    if (errors.size() == KEPT) {
      errors.removeFirst();
    }
    errors.addLast(new AttemptError(attempt, at, error));
  }

  List<AttemptError> view() {
    return List.copyOf(errors);
  }
}
