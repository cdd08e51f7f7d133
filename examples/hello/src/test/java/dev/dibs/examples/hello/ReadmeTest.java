package dev.dibs.examples.hello;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program in the README is the one that is compiled and run here. */
class ReadmeTest {
  private static final Path README = Path.of("../../README.md");
  private static final Path SOURCE = Path.of("src/main/java/dev/dibs/examples/hello/Hello.java");
  private static final Pattern JAVA_BLOCK = Pattern.compile("```java\\R(.*?)```", Pattern.DOTALL);
  private static final Pattern TAGGED =
      Pattern.compile("// tag::readme\\[\\]\\R(.*?)// end::readme\\[\\]", Pattern.DOTALL);

  @Test
  void readme_javaBlock_isTheSourceOfHello() throws IOException {
    List<String> tagged = find(TAGGED, Files.readString(SOURCE));
    assertThat(tagged).hasSize(1);
    assertThat(find(JAVA_BLOCK, Files.readString(README)))
        .as("the Java blocks of README.md: one must be what stands between the tags in " + SOURCE)
        .contains(tagged.get(0));
  }

  @Test
  void hello_once_runsTheTaskAndEnds(@TempDir Path directory) throws Exception {
    Path output = directory.resolve("output.txt");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                LocalHello.class.getName(),
                "--once")
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(process.waitFor(2, TimeUnit.MINUTES)).as("it ended by itself").isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.exitValue()).as(Files.readString(output)).isZero();
    assertThat(Files.readString(output, StandardCharsets.UTF_8))
        .containsOnlyOnce(" mails {\"to\": \"ada@example.org\"}");
  }

  private static List<String> find(Pattern pattern, String text) {
    return pattern.matcher(text).results().map((MatchResult m) -> m.group(1)).toList();
  }
}
