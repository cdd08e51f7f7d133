package dev.dibs.testkit;

import dev.dibs.Priority;
import java.util.List;

/**
 * One step of a random sequence, as plain data: it names tasks and claims by where they stand in
 * the order of their making, counted around, so that every part of a sequence is a sequence too and
 * can be shrunk to. All times are whole minutes; a test takes far less, so real time decides
 * nothing.
 */
sealed interface Step {
  /** A task that was not there before; due so many minutes from now, or before now if negative. */
  record Draft(
      int order, String type, String queue, Priority priority, int dueIn, int maxAttempts) {}

  /** A task that was enqueued before, as it was or with another payload. */
  record Repeat(int task, boolean spoiled) {}

  /** What the holder of a claim wants, whether or not it still holds it. */
  record Wish(Kind kind, int claim, int minutes) {
    boolean putsBack() {
      return kind == Kind.RETRY || kind == Kind.RELEASE;
    }
  }

  /** The verbs of a claim. */
  enum Kind {
    COMPLETE,
    FAIL,
    RETRY,
    RELEASE,
    EXTEND
  }

  /** One task. */
  record Enqueue(Draft draft) implements Step {}

  /** Many tasks at once, some of them repetitions. */
  record EnqueueAll(List<Draft> drafts, List<Repeat> repeats) implements Step {}

  /** A claim. */
  record Take(String queue, List<String> types, int limit, int lease) implements Step {}

  /** One write. */
  record Apply(Wish wish) implements Step {}

  /** Many writes at once, at most one for each claim. */
  record ApplyAll(List<Wish> wishes) implements Step {}

  /** Time passes. */
  record Forward(int minutes) implements Step {}

  /** An operator puts a task back by hand. */
  record PutBack(int task) implements Step {}

  /** Another process goes on with the same table. */
  record Restart() implements Step {}
}
