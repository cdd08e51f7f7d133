package dev.dibs.examples.quickstart;

import java.io.IOException;
import java.sql.SQLException;

/**
 * The parent as its child processes see it; {@link ChildProcess} is the other side. A child says on
 * its standard output that it is ready, begins at the first byte on its standard input and ends
 * when the input does, which also happens when the parent dies.
 */
final class Parent {
  static final String READY = "ready";
  static final String URL_VARIABLE = "QUICKSTART_JDBC_URL";

  private final String processName;
  private final int concurrency;
  private final int throwEvery;

  /**
   * @param args the name of this process, its concurrency, and the distance between tasks that
   *     throw
   */
  Parent(String[] args) {
    processName = args[0];
    concurrency = Integer.parseInt(args[1]);
    throwEvery = Integer.parseInt(args[2]);
  }

  String processName() {
    return processName;
  }

  int concurrency() {
    return concurrency;
  }

  int throwEvery() {
    return throwEvery;
  }

  /** A connection for each handler, and three for the worker. */
  Database openDatabase() throws SQLException {
    // Not an argument: a password in it would show in the list of processes.
    String url = System.getenv(URL_VARIABLE);
    if (url == null) {
      throw new IllegalStateException(URL_VARIABLE + " is not set; run Quickstart");
    }
    return Database.open(url, processName, concurrency + 3);
  }

  void awaitGo() throws IOException {
    System.out.println(READY);
    System.out.flush();
    if (System.in.read() < 0) {
      System.exit(1);
    }
  }

  void awaitEnd() throws IOException {
    while (System.in.read() >= 0) {
      // Nothing else is said.
    }
  }

  /** Ends this process when the parent dies. */
  void endWithIt() {
    Thread thread =
        new Thread(
            () -> {
              try {
                awaitEnd();
              } catch (IOException e) {
                System.err.println(processName + " - cannot hear its parent: " + e);
              }
              System.exit(1);
            },
            "parent");
    thread.setDaemon(true);
    thread.start();
  }
}
