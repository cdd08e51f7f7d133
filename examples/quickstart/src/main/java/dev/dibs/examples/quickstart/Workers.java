package dev.dibs.examples.quickstart;

import java.util.List;
import java.util.stream.IntStream;

/** The processes of one part: as many workers for the one queue as for the other. */
final class Workers {
  static final int PROCESSES = 3;
  static final int CONCURRENCY = 16;

  private Workers() {}

  /** Starts them and lets them begin at the same time. */
  static List<ChildProcess> start(
      Class<?> mainClass, String name, Server server, Terminal terminal, int throwEvery)
      throws InterruptedException {
    List<ChildProcess> processes =
        IntStream.rangeClosed(1, PROCESSES)
            .mapToObj(
                i ->
                    ChildProcess.start(
                        mainClass, name + "-" + i, server.url(), terminal, CONCURRENCY, throwEvery))
            .toList();
    for (ChildProcess process : processes) {
      process.awaitReady();
    }
    processes.forEach(ChildProcess::go);
    return processes;
  }
}
