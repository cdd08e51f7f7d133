package dev.dibs.testkit;

import dev.dibs.Pause;
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
      int order,
      String type,
      String queue,
      Priority priority,
      int dueIn,
      int maxAttempts,
      Key key) {}

  /** Few keys, so that they meet; all steps of a sequence lie in one bucket of the window. */
  enum Key {
    NONE,
    ONE,
    OTHER,
    WINDOWED
  }

  /** A task that was enqueued before, as it was or with another payload. */
  record Repeat(int task, boolean spoiled) {}

  /** What the holder of a claim wants, whether or not it still holds it. */
  record Wish(Kind kind, int claim, int minutes) {
    /** Two such wishes at once: the table does not say which of them was first. */
    boolean isOrderedWith(Wish other) {
      return (putsBack() && other.putsBack()) || (kind == Kind.FAIL && other.kind == Kind.FAIL);
    }

    private boolean putsBack() {
      return kind == Kind.RETRY || kind == Kind.RELEASE;
    }
  }

  /** The verbs of a claim. */
  enum Kind {
    COMPLETE,
    FAIL,
    RETRY,
    RELEASE,
    EXTEND,
    PROGRESS
  }

  /** One task. */
  record Enqueue(Draft draft) implements Step {}

  /** Many tasks at once, some of them repetitions. */
  record EnqueueAll(List<Draft> drafts, List<Repeat> repeats) implements Step {}

  /** A claim, of tasks that are deleted when they are completed if {@code delete}. */
  record Take(String queue, List<String> types, int limit, int lease, boolean delete)
      implements Step {}

  /** A claim whose answer was lost is made again. */
  record TakeAgain(int claim, List<String> types, int lease, boolean delete) implements Step {}

  /** One write. */
  record Apply(Wish wish) implements Step {}

  /** Many writes at once, at most one for each claim. */
  record ApplyAll(List<Wish> wishes) implements Step {}

  /** Time passes. */
  record Forward(int minutes) implements Step {}

  /** An operator puts a task back by hand. */
  record PutBack(int task) implements Step {}

  /** Somebody calls a task off. */
  record Cancel(int task) implements Step {}

  /** An operator runs a failed task again: that task, or the oldest failure. */
  record Redrive(int task, boolean oldest) implements Step {}

  /** An operator throws that failed task away. */
  record Prune(int task) implements Step {}

  /** An operator pauses something, or ends the pause. */
  record SetPause(Pause pause, boolean on) implements Step {}

  /** Somebody looks at one task's history, the failures, the statistics and the pauses. */
  record Look(int task) implements Step {}

  /** Another process goes on with the same table. */
  record Restart() implements Step {}
}
