package dev.dibs.examples.benchmark.contender;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;

/** Which contender with which settings, as one text: {@code db-scheduler:threads=50,upper=4}. */
public final class Settings {
  private final String name;
  private final Map<String, String> given = new LinkedHashMap<>();
  private final TreeSet<String> unused;

  private Settings(String name, Map<String, String> given) {
    this.name = name;
    this.given.putAll(given);
    this.unused = new TreeSet<>(given.keySet());
  }

  /** Reads one text. */
  public static Settings parse(String text) {
    String[] parts = text.split(":", 2);
    Map<String, String> given = new LinkedHashMap<>();
    if (parts.length == 2) {
      Arrays.stream(parts[1].split(",", -1))
          .map(pair -> pair.split("=", 2))
          .forEach(pair -> given.put(pair[0], pair[1]));
    }
    return new Settings(parts[0], given);
  }

  String name() {
    return name;
  }

  int integer(String key, int standard) {
    return Integer.parseInt(text(key, Integer.toString(standard)));
  }

  double fraction(String key, double standard) {
    return Double.parseDouble(text(key, Double.toString(standard)));
  }

  boolean flag(String key, boolean standard) {
    return Boolean.parseBoolean(text(key, Boolean.toString(standard)));
  }

  String text(String key, String standard) {
    unused.remove(key);
    return given.getOrDefault(key, standard);
  }

  /** A setting that nobody reads is a misspelt one. */
  void allUsed() {
    if (!unused.isEmpty()) {
      throw new IllegalArgumentException(name + " has no settings " + unused);
    }
  }
}
