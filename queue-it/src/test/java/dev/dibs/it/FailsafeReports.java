package dev.dibs.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.xml.sax.SAXException;

/** What Failsafe wrote about the integration tests: how many there were, which did not run. */
record FailsafeReports(int completed, int skipped, Map<String, Integer> skippedByClass) {
  /** They need Docker, or a PgBouncer. */
  private static final Set<String> MAY_SKIP =
      new TreeSet<>(
          Set.of(
              "dev.dibs.it.ContainerIT",
              "dev.dibs.it.PgBouncerIT",
              "dev.dibs.jdbc.DoctorPoolerIT",
              "dev.dibs.jdbc.ListenerPoolerIT"));

  static FailsafeReports read(Path directory) {
    Element summary = parse(directory.resolve("failsafe-summary.xml"));
    return new FailsafeReports(
        count(summary, "completed"), count(summary, "skipped"), skippedByClass(directory));
  }

  List<String> complaints(int minimum) {
    List<String> complaints = new ArrayList<>();
    if (completed < minimum) {
      complaints.add(
          "integration tests: must be at least %d (integration-tests.minimum), were %d"
              .formatted(minimum, completed));
    }
    int allowed = MAY_SKIP.stream().mapToInt(name -> skippedByClass.getOrDefault(name, 0)).sum();
    if (skipped != allowed) {
      complaints.add(
          "integration tests: only %s may be skipped, were %d: %s"
              .formatted(MAY_SKIP, skipped, skippedByClass));
    }
    return complaints;
  }

  private static Map<String, Integer> skippedByClass(Path directory) {
    Map<String, Integer> skipped = new TreeMap<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.filter(f -> f.getFileName().toString().startsWith("TEST-")).toList()) {
        Element suite = parse(file);
        int count = Integer.parseInt(suite.getAttribute("skipped"));
        if (count > 0) {
          skipped.put(suite.getAttribute("name"), count);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return skipped;
  }

  private static int count(Element summary, String name) {
    return Integer.parseInt(summary.getElementsByTagName(name).item(0).getTextContent());
  }

  private static Element parse(Path file) {
    try {
      return DocumentBuilderFactory.newInstance()
          .newDocumentBuilder()
          .parse(file.toFile())
          .getDocumentElement();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (ParserConfigurationException | SAXException e) {
      throw new IllegalStateException(file.toString(), e);
    }
  }
}
