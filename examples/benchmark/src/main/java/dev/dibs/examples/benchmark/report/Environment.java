package dev.dibs.examples.benchmark.report;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;

/** On what and of what a run was made. */
public final class Environment {
  private static final Map<String, String> LIBRARIES =
      Map.of(
          "db-scheduler", "com.github.kagkarlsson/db-scheduler",
          "HikariCP", "com.zaxxer/HikariCP",
          "pgjdbc", "org.postgresql/postgresql",
          "jackson-databind", "com.fasterxml.jackson.core/jackson-databind");

  private Environment() {}

  /** Facts by name. */
  public static Map<String, String> read() {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("commit", commit());
    facts.put("processor", processor());
    facts.put("cores", Integer.toString(Runtime.getRuntime().availableProcessors()));
    facts.put("memory", memory());
    facts.put("system", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    facts.put(
        "java", System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
    facts.put("jobrunr", jarVersion("jobrunr"));
    LIBRARIES.forEach((name, artifact) -> facts.put(name, version(artifact)));
    return facts;
  }

  private static String commit() {
    try {
      Process git =
          new ProcessBuilder("git", "describe", "--always", "--dirty", "--abbrev=12")
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String commit = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return git.waitFor(10, TimeUnit.SECONDS) && git.exitValue() == 0 ? commit.strip() : "unknown";
    } catch (IOException e) {
      return "unknown";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "unknown";
    }
  }

  private static String processor() {
    return lines("/proc/cpuinfo").stream()
        .filter(line -> line.startsWith("model name"))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElse(System.getProperty("os.arch"));
  }

  private static String memory() {
    return lines("/proc/meminfo").stream()
        .filter(line -> line.startsWith("MemTotal:"))
        .map(line -> line.substring(9).strip())
        .findFirst()
        .orElse("unknown");
  }

  private static List<String> lines(String file) {
    try {
      return Files.readAllLines(Path.of(file));
    } catch (IOException e) {
      return List.of();
    }
  }

  private static String version(String artifact) {
    String path = "/META-INF/maven/" + artifact + "/pom.properties";
    try (InputStream in = Environment.class.getResourceAsStream(path)) {
      Properties properties = new Properties();
      if (in != null) {
        properties.load(in);
      } else {
        return jarVersion(artifact.substring(artifact.indexOf('/') + 1));
      }
      return properties.getProperty("version", "unknown");
    } catch (IOException e) {
      return "unknown";
    }
  }

  /** Of a library whose jar says nothing of it but in its name. */
  private static String jarVersion(String name) {
    for (String entry :
        System.getProperty("java.class.path").split(System.getProperty("path.separator"), -1)) {
      String file = Path.of(entry).getFileName().toString();
      if (file.matches(name + "-[0-9].*\\.jar")) {
        return file.substring(name.length() + 1, file.length() - 4);
      }
    }
    return "unknown";
  }
}
