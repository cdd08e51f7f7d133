package dev.dibs.examples.quickstart;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The PostgreSQL to run on: one of its own that is gone afterwards, or the user's. */
final class Server implements AutoCloseable {
  private final String url;
  private final @Nullable EmbeddedPostgres embedded;

  private Server(String url, @Nullable EmbeddedPostgres embedded) {
    this.url = url;
    this.embedded = embedded;
  }

  static Server startOrUse(String url) throws IOException {
    return url.isEmpty() ? start() : new Server(url, null);
  }

  private static Server start() throws IOException {
    System.out.println("Starting a PostgreSQL of its own (nothing needs to be installed) ...");
    String user = System.getProperty("user.name", "").replaceAll("[^A-Za-z0-9._-]", "_");
    Path directory = Path.of(System.getProperty("java.io.tmpdir"), "dibs-quickstart-" + user);
    // A start stops and removes what killed JVMs left in this directory, and only there.
    System.setProperty("ot.epg.working-dir", directory.toString());
    Files.createDirectories(directory);
    EmbeddedPostgres postgres =
        EmbeddedPostgres.builder()
            .setDataDirectory(Files.createTempDirectory(directory, "data-"))
            .setPGStartupWait(Duration.ofSeconds(60))
            // As in production: the embedded server's own defaults would not survive a power cut.
            .setServerConfig("fsync", "on")
            .setServerConfig("full_page_writes", "on")
            .setServerConfig("synchronous_commit", "on")
            .start();
    return new Server(postgres.getJdbcUrl("postgres", "postgres"), postgres);
  }

  String url() {
    return url;
  }

  String describe(Database database) throws SQLException {
    String settings =
        "'PostgreSQL ' || current_setting('server_version')"
            + " || ', fsync ' || current_setting('fsync')"
            + " || ', synchronous_commit ' || current_setting('synchronous_commit')";
    String server = database.list("SELECT " + settings, row -> row.getString(1)).get(0);
    return embedded == null
        ? server + ", yours; everything goes to the schema " + Database.SCHEMA + ", made anew."
        : server + "; its data is removed at the end.";
  }

  @Override
  public void close() throws IOException {
    if (embedded != null) {
      embedded.close();
    }
  }
}
