package dev.dibs.examples.benchmark.contender;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * Who was handled and when, in a mapped file that all processes of a run share: a bit for each task
 * and, if wanted, the microseconds of its enqueue and of its handler's start.
 *
 * <p>Thread-safe, and safe between processes of one machine.
 */
public final class Tally {
  private static final VarHandle LONGS =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());
  // A cache line each.
  private static final int TASKS = 0;
  private static final int TIMED = 8;
  private static final int HANDLED = 64;
  private static final int DUPLICATES = 128;
  private static final int COMPLETED = 192;
  private static final int FIRST = 256;
  private static final int LAST = 320;
  private static final int OFFERED = 384;
  private static final int ENDED = 448;
  private static final int BITS = 512;

  private final ByteBuffer memory;
  private final int tasks;
  private final boolean timed;

  private Tally(Path file, int tasks, boolean timed, boolean create) throws IOException {
    long size = BITS + 8L * ((tasks + 63) / 64) + (timed ? 16L * tasks : 0);
    try (FileChannel channel =
        create
            ? FileChannel.open(
                file,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING)
            : FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      this.memory =
          channel.map(FileChannel.MapMode.READ_WRITE, 0, size).order(ByteOrder.nativeOrder());
    }
    this.tasks = tasks;
    this.timed = timed;
    if (create) {
      memory.putLong(TASKS, tasks);
      memory.putLong(TIMED, timed ? 1 : 0);
    }
  }

  /** For the tasks numbered from 0. */
  public static Tally create(Path file, int tasks, boolean timed) throws IOException {
    return new Tally(file, tasks, timed, true);
  }

  /** The same one in another process. */
  public static Tally open(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer head = ByteBuffer.allocate(16).order(ByteOrder.nativeOrder());
      channel.read(head);
      return new Tally(file, Math.toIntExact(head.getLong(0)), head.getLong(8) == 1, false);
    }
  }

  /** The handler of a task has begun. */
  void handled(int number) {
    long now = 0;
    if (timed || (long) LONGS.getVolatile(memory, FIRST) == 0) {
      now = micros();
      LONGS.compareAndSet(memory, FIRST, 0L, now);
    }
    if (timed) {
      LONGS.compareAndSet(memory, startAt(number), 0L, now);
    }
    long bit = 1L << (number & 63);
    long before = (long) LONGS.getAndBitwiseOr(memory, BITS + 8 * (number >> 6), bit);
    int counter = (before & bit) == 0 ? HANDLED : DUPLICATES;
    LONGS.getAndAdd(memory, counter, 1L);
  }

  /** A task is completed in the database, for contenders that say so task by task. */
  void completed() {
    LONGS.getAndAdd(memory, COMPLETED, 1L);
  }

  /** Everything that this process handled is completed. */
  void finished() {
    long now = micros();
    long last = (long) LONGS.getVolatile(memory, LAST);
    while (now > last && !LONGS.compareAndSet(memory, LAST, last, now)) {
      last = (long) LONGS.getVolatile(memory, LAST);
    }
  }

  /** The enqueue of so many tasks has returned, so they were committed. */
  public void committed(int from, int count) {
    LONGS.getAndAdd(memory, OFFERED, (long) count);
    if (timed) {
      long now = micros();
      for (int number = from; number < from + count; number++) {
        LONGS.setVolatile(memory, startAt(number) + 8, now);
      }
    }
  }

  /** Nothing more is to be offered. */
  public void end() {
    LONGS.setVolatile(memory, ENDED, 1L);
  }

  /** Whether {@link #end} was called, in whichever process. */
  public boolean isEnded() {
    return (long) LONGS.getVolatile(memory, ENDED) != 0;
  }

  /** How many tasks were committed. */
  public long offered() {
    return (long) LONGS.getVolatile(memory, OFFERED);
  }

  /** How many tasks there are. */
  public int tasks() {
    return tasks;
  }

  /** How many different tasks were handled. */
  public long handled() {
    return (long) LONGS.getVolatile(memory, HANDLED);
  }

  /** How often a task was handled again. */
  public long duplicates() {
    return (long) LONGS.getVolatile(memory, DUPLICATES);
  }

  long completions() {
    return (long) LONGS.getVolatile(memory, COMPLETED);
  }

  /** From the first handler's start to the last completion, in seconds. */
  public double seconds() {
    return ((long) LONGS.getVolatile(memory, LAST) - (long) LONGS.getVolatile(memory, FIRST)) / 1e6;
  }

  /** When the handler of a task began, 0 if it did not; microseconds since 1970. */
  public long started(int number) {
    return (long) LONGS.getVolatile(memory, startAt(number));
  }

  /** From a task's commit to its handler's start; 0 if the handler was first, as it may be. */
  public long latencyMicros(int number) {
    return Math.max(0, started(number) - (long) LONGS.getVolatile(memory, startAt(number) + 8));
  }

  private int startAt(int number) {
    return BITS + 8 * ((tasks + 63) / 64) + 16 * number;
  }

  /** The clock that all processes of a machine share. */
  static long micros() {
    return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
  }
}
