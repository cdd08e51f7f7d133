package dev.dibs.it;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;

/** A streaming replica, made as pg_basebackup makes one; the embedded binaries do not have it. */
final class Standby implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** What belongs to the running server, and its log, which the replica receives. */
  private static final Set<String> LEFT_OUT =
      Set.of("postmaster.pid", "postmaster.opts", "epg-lock");

  private final CrashServer server;

  private Standby(CrashServer server) {
    this.server = server;
  }

  /** A started replica that follows this running server under the name {@code standby}. */
  static Standby of(CrashServer primary, Path data) throws Exception {
    try (Connection backup = primary.dataSource().getConnection()) {
      boolean old = backup.getMetaData().getDatabaseMajorVersion() < 15;
      Db.query(
          backup,
          old
              ? "SELECT pg_start_backup('standby', true, false)"
              : "SELECT pg_backup_start('standby', true)");
      copy(primary.data(), data);
      String label =
          Db.query(
              backup,
              old
                  ? "SELECT labelfile FROM pg_stop_backup(false)"
                  : "SELECT labelfile FROM pg_backup_stop()");
      Files.writeString(data.resolve("backup_label"), label);
    }
    Files.createFile(data.resolve("standby.signal"));
    Files.writeString(
        data.resolve("postgresql.auto.conf"),
        "primary_conninfo = 'host=localhost user=postgres application_name=standby port="
            + primary.port()
            + "'\n",
        StandardOpenOption.APPEND);
    Standby standby = new Standby(primary.onDataOf(data));
    try {
      standby.server.start();
      standby.awaitReceiver(true);
      return standby;
    } catch (Exception | AssertionError e) {
      standby.close();
      throw e;
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.walkFileTree(
        from,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
              throws IOException {
            Path copy = to.resolve(from.relativize(directory));
            Files.createDirectory(
                copy,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Path relative = from.relativize(file);
            if (!relative.startsWith("pg_wal") && !LEFT_OUT.contains(relative.toString())) {
              Files.copy(file, to.resolve(relative));
            }
            return FileVisitResult.CONTINUE;
          }
        });
  }

  CrashServer server() {
    return server;
  }

  /** Returns when it has applied all that the primary has written so far. */
  void awaitCaughtUpWith(CrashServer primary) throws Exception {
    // Not the insert position: behind a page's end it points beyond a header that is not yet there.
    String written = Db.query(primary.dataSource(), "SELECT pg_current_wal_flush_lsn()");
    Poll.until(
        "the standby has applied " + written,
        PATIENCE,
        () -> query("SELECT pg_last_wal_replay_lsn() >= '" + written + "'").equals("t"));
  }

  /** Cuts it off from the primary, which does not notice. */
  void stopReceiving() throws Exception {
    Db.execute(
        server.dataSource(), "ALTER SYSTEM SET primary_conninfo = ''", "SELECT pg_reload_conf()");
    awaitReceiver(false);
  }

  private void awaitReceiver(boolean streaming) throws Exception {
    String sql = "SELECT count(*) FROM pg_stat_wal_receiver WHERE status = 'streaming'";
    String expected = streaming ? "1" : "0";
    Poll.until("streaming: " + streaming, PATIENCE, () -> query(sql).equals(expected));
  }

  /** Makes it the primary. */
  void promote() throws SQLException {
    query("SELECT pg_promote(true, " + PATIENCE.toSeconds() + ")");
  }

  private String query(String sql) throws SQLException {
    return Db.query(server.dataSource(), sql);
  }

  @Override
  public void close() throws Exception {
    server.close();
  }
}
