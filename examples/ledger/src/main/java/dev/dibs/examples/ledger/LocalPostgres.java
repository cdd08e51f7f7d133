package dev.dibs.examples.ledger;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** A PostgreSQL that ends with this process. */
final class LocalPostgres {
  private LocalPostgres() {}

  static EmbeddedPostgres start() throws IOException {
    String user = System.getProperty("user.name", "").replaceAll("[^A-Za-z0-9._-]", "_");
    Path directory = Path.of(System.getProperty("java.io.tmpdir"), "dibs-ledger-" + user);
    // A start stops and removes what killed JVMs left in this directory, and only there.
    System.setProperty("ot.epg.working-dir", directory.toString());
    Files.createDirectories(directory);
    return EmbeddedPostgres.builder()
        .setDataDirectory(Files.createTempDirectory(directory, "data-"))
        .setPGStartupWait(Duration.ofSeconds(60))
        .setServerConfig("fsync", "on")
        .setServerConfig("synchronous_commit", "on")
        .start();
  }
}
