package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Each rule holds for our classes, and catches the fixture that breaks it. */
class ArchitectureTest {
  private static final String ROOT = "dev.dibs";
  private static final String FIXTURES = "dev.dibs.it.fixtures";

  private static final Path PROJECT = Path.of("..");
  private static final List<Path> LIBRARIES =
      Stream.of("queue-core", "queue-jdbc", "queue-testkit").map(PROJECT::resolve).toList();

  @Test
  void arrowsPointOneWay() {
    ArchRule rule = ArchitectureRules.arrowsPointOneWay(ROOT);

    rule.check(LibraryClasses.ALL);

    String arrows = FIXTURES + ".arrows";
    assertThat(violations(ArchitectureRules.arrowsPointOneWay(arrows), arrows))
        .anyMatch(v -> v.contains("arrows.Core") && v.contains("arrows.jdbc.Adapter"))
        .anyMatch(v -> v.contains("arrows.jdbc.Adapter") && v.contains("arrows.testkit.Kit"));
  }

  @Test
  void packagesHaveNoCycles() {
    ArchitectureRules.packagesHaveNoCycles(ROOT).check(LibraryClasses.ALL);

    String arrows = FIXTURES + ".arrows";
    assertThat(violations(ArchitectureRules.packagesHaveNoCycles(arrows), arrows))
        .anyMatch(v -> v.contains("Cycle detected"));
  }

  @Test
  void coreNeedsOnlyJdkSlf4jAndJspecify() {
    ArchitectureRules.coreNeedsOnlyJdkSlf4jAndJspecify(ROOT).check(LibraryClasses.ALL);

    String leaks = FIXTURES + ".leaks";
    assertThat(violations(ArchitectureRules.coreNeedsOnlyJdkSlf4jAndJspecify(leaks), leaks))
        .anyMatch(v -> v.contains("org.jooq.Table"));
  }

  @Test
  void publicSignaturesAreFreeOfJooq() {
    ArchRule rule = ArchitectureRules.publicSignaturesAreFreeOfJooq();

    rule.check(LibraryClasses.ALL);

    assertThat(violations(rule, FIXTURES + ".leaks"))
        .extracting(v -> v.substring(v.indexOf(".leaks.") + 7))
        .containsExactlyInAnyOrder(
            "Leaks shows org.jooq.Field",
            "Leaks.field shows org.jooq.Table",
            "Leaks.bounded(org.jooq.Field) shows org.jooq.Field",
            "Leaks.<init>(org.jooq.DSLContext) shows org.jooq.DSLContext",
            "Leaks.returned() shows org.jooq.Query",
            "Leaks.thrown() shows org.jooq.exception.DataAccessException",
            "Leaks$Failure shows org.jooq.exception.DataAccessException");
  }

  @Test
  void nothingSleeps() {
    ArchRule rule = ArchitectureRules.nothingSleeps();

    rule.check(Everything.ALL);

    assertThat(violations(rule, FIXTURES + ".sleeps"))
        .anyMatch(v -> v.contains("Thread.sleep") && v.contains("calls"))
        .anyMatch(v -> v.contains("Thread.sleep") && v.contains("references"))
        .anyMatch(v -> v.contains("TimeUnit.sleep"));
  }

  @Test
  void librariesDoNotPrint() {
    ArchRule rule = ArchitectureRules.librariesDoNotPrint();

    rule.check(classesOf(LIBRARIES.subList(0, 2), "classes"));

    assertThat(violations(rule, FIXTURES + ".prints"))
        .anyMatch(v -> v.contains("System.out"))
        .anyMatch(v -> v.contains("java.util.logging.Logger"));
  }

  @Test
  void packagesAreNamedForAConcept() {
    ArchRule rule = ArchitectureRules.packagesAreNamedForAConcept();

    rule.check(Everything.ALL);

    assertThat(violations(rule, FIXTURES + ".util")).isNotEmpty();
  }

  @Test
  void packagesAreNullMarked() {
    ArchRule rule = ArchitectureRules.packagesAreNullMarked();

    rule.check(LibraryClasses.ALL);

    assertThat(violations(rule, FIXTURES + ".util")).isNotEmpty();
  }

  private static List<String> violations(ArchRule rule, String fixture) {
    Path classes = Path.of("target", "test-classes", fixture.replace('.', '/'));
    JavaClasses fixtures = new ClassFileImporter().importPath(classes);
    return rule.evaluate(fixtures).getFailureReport().getDetails();
  }

  /** Read once, when the first rule asks for them. */
  private static final class LibraryClasses {
    static final JavaClasses ALL = classesOf(LIBRARIES, "classes");
  }

  /** The same, of all modules and examples; main and test classes. */
  private static final class Everything {
    static final JavaClasses ALL = everything();
  }

  private static JavaClasses everything() {
    List<Path> modules = new ArrayList<>(LIBRARIES);
    modules.add(PROJECT.resolve("queue-it"));
    try (Stream<Path> examples = Files.list(PROJECT.resolve("examples"))) {
      examples.filter(example -> Files.isDirectory(example.resolve("src"))).forEach(modules::add);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    assertThat(modules)
        .as("built before: queue-it depends on them")
        .allMatch(module -> Files.isDirectory(module.resolve("target")));
    return classesOf(modules, "classes", "test-classes");
  }

  private static JavaClasses classesOf(List<Path> modules, String... directories) {
    List<Path> paths =
        modules.stream()
            .flatMap(module -> Stream.of(directories).map(module.resolve("target")::resolve))
            .filter(Files::isDirectory)
            .toList();
    return new ClassFileImporter()
        .withImportOption(location -> !location.contains(FIXTURES.replace('.', '/')))
        .importPaths(paths);
  }
}
