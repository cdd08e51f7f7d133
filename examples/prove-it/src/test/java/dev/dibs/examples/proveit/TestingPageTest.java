package dev.dibs.examples.proveit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The Java in docs/testing.md is taken from tests that run. */
class TestingPageTest {
  private static final Path PAGE = Path.of("../../docs/testing.md");
  private static final List<Path> SOURCES =
      List.of(Path.of("src/test/java"), Path.of("../../queue-testkit/src/test/java"));
  private static final Pattern JAVA_BLOCK = Pattern.compile("```java\\R(.*?)```", Pattern.DOTALL);

  @Test
  void testingPage_javaBlocks_areLinesOfTests() throws IOException {
    String sources = SOURCES.stream().map(TestingPageTest::read).collect(Collectors.joining());
    List<String> blocks =
        JAVA_BLOCK
            .matcher(Files.readString(PAGE))
            .results()
            .map((MatchResult block) -> block.group(1))
            .toList();

    assertThat(blocks).hasSizeGreaterThan(5);
    assertThat(blocks).allSatisfy(block -> assertThat(sources).contains(block));
  }

  private static String read(Path root) {
    try (Stream<Path> files = Files.walk(root)) {
      StringBuilder text = new StringBuilder();
      for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
        text.append(Files.readString(file));
      }
      return text.toString();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
