package dev.dibs.testkit.storm;

import org.jspecify.annotations.Nullable;

/**
 * One line of a history file: a client sends an operation, or its answer has come.
 *
 * @param process the client: 0 for the enqueuer, from 1 on the claimers, {@link #HOLDER} for who
 *     holds rows, {@link #STORM} for what the storm itself notes
 * @param type {@code invoke}; then {@code ok}, {@code fail} if nothing happened, or {@code info} if
 *     nobody knows; an operation that was never answered has only its {@code invoke}
 * @param f the operation
 * @param time nanoseconds on the clock of the history
 * @param value strings, numbers, booleans, lists and maps of them, or null
 */
record Event(int process, String type, String f, long time, @Nullable Object value) {
  static final int STORM = -1;
  static final int HOLDER = -2;

  static final String INVOKE = "invoke";
  static final String OK = "ok";
  static final String FAIL = "fail";
  static final String INFO = "info";
}
