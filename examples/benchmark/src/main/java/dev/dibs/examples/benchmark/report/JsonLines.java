package dev.dibs.examples.benchmark.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** A file with one line of JSON for each run, complete in itself. */
public final class JsonLines {
  private final ObjectMapper json = new ObjectMapper();
  private final Path file;
  private final Map<String, ?> facts;

  /**
   * @param facts that are the same for all runs
   */
  public JsonLines(Path file, Map<String, ?> facts) {
    this.file = file;
    this.facts = facts;
  }

  /** Appends a run. */
  public void write(Result result) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("workload", result.workload());
    line.put("variant", result.variant());
    line.put("alternation", result.alternation());
    line.put("settings", result.settings());
    line.put("problem", result.problem());
    Map<String, Double> figures = new TreeMap<>();
    result.figures().forEach((f, value) -> figures.put(f.name().toLowerCase(Locale.ROOT), value));
    line.put("figures", figures);
    line.putAll(facts);
    try {
      Files.writeString(
          file,
          json.writeValueAsString(line) + "\n",
          StandardCharsets.UTF_8,
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
