package dev.dibs;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * The types of a worker whose handlers are limited together: each type that has a limit of its own,
 * and all others, which have none but the worker's slots.
 */
final class Share {
  /** No limit of its own. */
  static final int UNLIMITED = Integer.MAX_VALUE;

  final List<String> types;

  /** How many handlers of these types may run at a time. */
  final int limit;

  /** For the thread that claims, as is {@link #quietUntil}: no claim before. */
  final Pace pace;

  long quietUntil;

  /** Guarded by {@link InHand}, as is all that follows: running or waiting. */
  int inHand;

  /** Running, or waiting for nothing but a slot. */
  int admitted;

  /** Waiting until one of this share has ended. */
  final Deque<Attempt> waiting = new ArrayDeque<>();

  /** How many handlers have ended, and how long they took together. */
  long runs;

  long nanos;
  int wakeAt;

  Share(List<String> types, int limit, long now) {
    this.types = types;
    this.limit = limit;
    this.pace = new Pace(limit);
    this.quietUntil = now;
  }
}
