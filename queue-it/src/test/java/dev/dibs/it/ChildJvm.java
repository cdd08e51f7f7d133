package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Events;
import org.testcontainers.DockerClientFactory;

/**
 * How a test starts a JVM. An instance runs one test class in a JVM of its own, because a JVM has
 * one server once it has any.
 */
final class ChildJvm {

  /**
   * How a child ended.
   *
   * @param exit 0 when every test passed
   * @param output all that it printed, failures included
   */
  record Ended(int exit, String output) {

    boolean missesDocker() {
      return exit == NO_DOCKER;
    }
  }

  private static final String NEEDS_DOCKER = "dibs.it.needsDocker";
  private static final int FAILED = 1;
  private static final int NO_DOCKER = 75;

  private final List<String> options = new ArrayList<>();
  private Predicate<String> classPath = entry -> true;

  /** A main method of a test's class path with these arguments, yet to be started. */
  static ProcessBuilder program(Class<?> program, List<String> options, String... arguments) {
    List<String> programAndArguments = new ArrayList<>(List.of(program.getName()));
    programAndArguments.addAll(List.of(arguments));
    return builder(entry -> true, options, programAndArguments);
  }

  /** Children live so shortly that C2 and collecting beside the work cost more than they save. */
  private static ProcessBuilder builder(
      Predicate<String> classPath, List<String> options, List<String> programAndArguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.addAll(options);
    command.add("-cp");
    command.add(
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(classPath)
            .collect(Collectors.joining(File.pathSeparator)));
    command.addAll(programAndArguments);
    return new ProcessBuilder(command);
  }

  /** Sets a system property of the child. */
  ChildJvm with(String property, String value) {
    options.add("-D" + property + "=" + value);
    return this;
  }

  /** Leaves out class path entries whose file name begins so. */
  ChildJvm without(String artifact) {
    classPath = classPath.and(entry -> !new File(entry).getName().startsWith(artifact));
    return this;
  }

  /** Lets the child end at once where no Docker engine answers. */
  ChildJvm needingDocker() {
    return with(NEEDS_DOCKER, "true");
  }

  Ended run(Class<?> testClass, Path directory) throws IOException, InterruptedException {
    return run(directory, ChildJvm.class.getName(), testClass.getName());
  }

  /** Runs the main method of a class, which needs no JUnit. */
  Ended runMain(Class<?> program, Path directory) throws IOException, InterruptedException {
    return run(directory, program.getName());
  }

  private Ended run(Path directory, String... programAndArguments)
      throws IOException, InterruptedException {
    ProcessBuilder builder = builder(classPath, options, List.of(programAndArguments));
    // What was chosen for this run must not choose for the child.
    builder.environment().keySet().removeIf(name -> name.startsWith("DIBS_TEST_"));
    Path output = Files.createTempFile(directory, "child-", ".txt");
    Process child = builder.redirectErrorStream(true).redirectOutput(output.toFile()).start();
    try {
      assertThat(child.waitFor(5, TimeUnit.MINUTES)).as("child has ended").isTrue();
    } finally {
      child.destroyForcibly();
    }
    return new Ended(child.exitValue(), Files.readString(output));
  }

  /** In the child. */
  public static void main(String[] arguments) throws ClassNotFoundException {
    if (Boolean.getBoolean(NEEDS_DOCKER) && !DockerClientFactory.instance().isDockerAvailable()) {
      System.exit(NO_DOCKER);
    }
    Events all =
        EngineTestKit.engine("junit-jupiter")
            .selectors(selectClass(Class.forName(arguments[0])))
            .execute()
            .allEvents();
    all.failed().stream().forEach(System.out::println);
    boolean passed = all.failed().count() == 0 && all.succeeded().count() > 0;
    System.exit(passed ? 0 : FAILED);
  }
}
