package dev.dibs.examples.benchmark.measure;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/** A child JVM that holds a contender; {@link WorkerProcess} is the other side. */
final class ChildJvm implements AutoCloseable {
  private final Process process;
  private final Writer commands;
  private final BufferedReader answers;

  private ChildJvm(Process process) {
    this.process = process;
    this.commands = process.outputWriter(StandardCharsets.UTF_8);
    this.answers = process.inputReader(StandardCharsets.UTF_8);
  }

  /** Starts it and waits until it is ready. */
  static ChildJvm start(String url, String contender, List<String> options) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(WorkerProcess.class.getName(), contender));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().put(WorkerProcess.URL_VARIABLE, url);
    ChildJvm child = new ChildJvm(builder.start());
    child.await();
    return child;
  }

  /** Says what to do and waits until it is done. */
  void ask(String command) throws IOException {
    tell(command);
    await();
  }

  /** Says what to do; {@link #await} must follow. */
  void tell(String command) throws IOException {
    commands.write(command + "\n");
    commands.flush();
  }

  void await() throws IOException {
    String answer = answers.readLine();
    if (!WorkerProcess.OK.equals(answer)) {
      throw new IOException("a worker process answered: " + answer);
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }

  OptionalLong cpuMicros() {
    return ProcessCpu.of(process.pid());
  }

  /** Ends it: orderly, and if that takes long, at once. */
  @Override
  public void close() {
    try {
      commands.close();
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      process.destroyForcibly();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
