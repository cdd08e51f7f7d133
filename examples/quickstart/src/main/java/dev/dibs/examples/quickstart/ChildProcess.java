package dev.dibs.examples.quickstart;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A child JVM as its parent sees it. None of them outlives the parent, however it ends. */
final class ChildProcess {
  private static final Set<ChildProcess> RUNNING = ConcurrentHashMap.newKeySet();

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(ChildProcess::stopOrKillAll, "children"));
  }

  private final String name;
  private final Process process;
  private final CountDownLatch ready = new CountDownLatch(1);

  private ChildProcess(String name, Process process) {
    this.name = name;
    this.process = process;
    RUNNING.add(this);
  }

  /** Starts a JVM with this main class; what it prints is told to the terminal. */
  static ChildProcess start(
      Class<?> mainClass, String name, String url, Terminal terminal, int... arguments) {
    List<String> command = new ArrayList<>();
    // The JVM itself, not a shell around it: the kill must meet the worker. The options are for
    // processes that live for seconds and share two cores.
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx256m"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass.getName()));
    command.add(name);
    for (int argument : arguments) {
      command.add(Integer.toString(argument));
    }
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    Map<String, String> environment = builder.environment();
    environment.put(Parent.URL_VARIABLE, url);
    try {
      ChildProcess child = new ChildProcess(name, builder.start());
      Thread reader = new Thread(() -> child.read(terminal), name + "-output");
      reader.setDaemon(true);
      reader.start();
      return child;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start " + name, e);
    }
  }

  String name() {
    return name;
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  void awaitReady() throws InterruptedException {
    if (!ready.await(60, TimeUnit.SECONDS) || !process.isAlive()) {
      throw new IllegalStateException(name + " did not get ready; it is above what it said");
    }
  }

  void go() {
    try {
      process.getOutputStream().write('\n');
      process.getOutputStream().flush();
    } catch (IOException e) {
      throw new UncheckedIOException(name + " does not listen", e);
    }
  }

  /** SIGKILL, on systems that have it. Returns the exit code, 137 where that is 128 + 9. */
  int kill() throws InterruptedException {
    process.destroyForcibly();
    int exit = process.waitFor();
    RUNNING.remove(this);
    return exit;
  }

  /** Lets it end by itself, which closes its worker: what runs may end, and is written. */
  void stop() throws InterruptedException {
    endInput();
    if (!process.waitFor(40, TimeUnit.SECONDS) || process.exitValue() != 0) {
      throw new IllegalStateException(name + " did not stop cleanly");
    }
    RUNNING.remove(this);
  }

  private static void stopOrKillAll() {
    if (!RUNNING.isEmpty()) {
      // The server goes down at the same time, and whoever pressed Ctrl-C knows why.
      System.setErr(new PrintStream(OutputStream.nullOutputStream(), true));
    }
    RUNNING.forEach(ChildProcess::endInput);
    RUNNING.forEach(ChildProcess::awaitEndOrKill);
  }

  private void awaitEndOrKill() {
    try {
      process.waitFor(3, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.destroyForcibly();
  }

  private void endInput() {
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      // It is gone already, which its exit code will tell.
    }
  }

  private void read(Terminal terminal) {
    try (BufferedReader output = process.inputReader(Charset.defaultCharset())) {
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        if (line.equals(Parent.READY)) {
          ready.countDown();
        } else {
          terminal.say("  %s: %s", name, line);
        }
      }
    } catch (IOException e) {
      terminal.say("  %s: cannot be heard any more: %s", name, e);
    }
    ready.countDown();
  }
}
