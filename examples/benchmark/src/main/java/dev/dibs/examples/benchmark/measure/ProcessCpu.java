package dev.dibs.examples.benchmark.measure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** CPU time that processes have used, user and system, as Linux counts it in {@code /proc}. */
final class ProcessCpu {
  private static final long MICROS_PER_TICK = 10_000;
  private static final int PARENT = 1;
  private static final int USER = 11;
  private static final int SYSTEM = 12;
  private static final int ENDED_USER = 13;
  private static final int ENDED_SYSTEM = 14;

  private ProcessCpu() {}

  /** Of one process, in microseconds; empty on a system without {@code /proc}. */
  static OptionalLong of(long pid) {
    String[] fields = read(Long.toString(pid));
    return fields.length == 0
        ? OptionalLong.empty()
        : OptionalLong.of(ticks(fields, USER, SYSTEM) * MICROS_PER_TICK);
  }

  /** Of a process, its children and those of them that have ended. */
  static OptionalLong ofFamily(long pid) {
    String[] parent = read(Long.toString(pid));
    if (parent.length == 0) {
      return OptionalLong.empty();
    }
    long ticks = ticks(parent, USER, SYSTEM, ENDED_USER, ENDED_SYSTEM);
    try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
      for (Path process : (Iterable<Path>) processes::iterator) {
        String name = process.getFileName().toString();
        if (Character.isDigit(name.charAt(0))) {
          String[] fields = read(name);
          if (fields.length > 0 && fields[PARENT].equals(Long.toString(pid))) {
            ticks += ticks(fields, USER, SYSTEM);
          }
        }
      }
    } catch (IOException e) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(ticks * MICROS_PER_TICK);
  }

  /** The fields after the command's name, which may hold blanks itself. */
  private static String[] read(String pid) {
    try {
      String stat = Files.readString(Path.of("/proc", pid, "stat"));
      return stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    } catch (IOException e) {
      // It has ended, or this system has no /proc.
      return new String[0];
    }
  }

  private static long ticks(String[] fields, int... which) {
    long sum = 0;
    for (int field : which) {
      sum += Long.parseLong(fields[field].strip());
    }
    return sum;
  }
}
