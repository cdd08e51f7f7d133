package dev.dibs.examples.quickstart;

import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Runs the same load on a textbook queue and on Dibs, and counts what was done twice.
 *
 * <p>Arguments, in any order: a JDBC URL (else it starts a PostgreSQL of its own) and the number of
 * tasks. The URL may also be the system property {@code quickstart.jdbcUrl}.
 */
public final class Quickstart {
  private static final int DEFAULT_TASKS = 10_000;

  private Quickstart() {}

  /** Exits with 0 if the naive queue ran tasks twice and Dibs ran each as it promises. */
  public static void main(String[] args) throws Exception {
    String url = System.getProperty("quickstart.jdbcUrl", "");
    int tasks = DEFAULT_TASKS;
    for (String arg : args) {
      if (arg.startsWith("jdbc:")) {
        url = arg;
      } else {
        tasks = tasks(arg);
      }
    }
    boolean passed;
    try (Server server = Server.startOrUse(url)) {
      passed = run(server, tasks);
    }
    System.exit(passed ? 0 : 1);
  }

  private static int tasks(String arg) {
    int tasks = arg.matches("[0-9]{1,6}") ? Integer.parseInt(arg) : 0;
    if (tasks < 100 || tasks > 100_000) {
      System.err.println(
          "usage: Quickstart [jdbc:postgresql://...] [number of tasks, 100 to 100000]; was: "
              + arg);
      System.exit(2);
    }
    return tasks;
  }

  private static boolean run(Server server, int tasks) throws SQLException, InterruptedException {
    long began = System.nanoTime();
    Terminal terminal = new Terminal();
    try (Database database = Database.open(server.url(), "parent", 2)) {
      terminal.say(server.describe(database));
      RunLog runs = RunLog.create(database);
      Mailer.create(database);

      Repeats naive = new NaivePart(terminal, server, database, runs, tasks).run();
      DibsPart dibsPart = new DibsPart(terminal, server, database, runs, tasks);
      Repeats dibs = dibsPart.run();
      Verdict verdict = new Verdict(tasks, naive, dibs, dibsPart.completed(), dibsPart.lost());

      terminal.say("");
      tell(terminal, database, verdict);
      terminal.say(
          "Took %d s, the server's start not counted.",
          TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began));
      terminal.say(verdict.line());
      return verdict.passed();
    }
  }

  private static void tell(Terminal terminal, Database database, Verdict verdict)
      throws SQLException {
    List<List<String>> rows =
        List.of(
            List.of("", "naive", "Dibs"),
            row("tasks", verdict.tasks(), verdict.tasks()),
            row("runs", verdict.naive().runs(), verdict.dibs().runs()),
            row(
                "repeated because the handler threw",
                verdict.naive().afterThrow(),
                verdict.dibs().afterThrow()),
            row(
                "repeated because the process was killed",
                verdict.naive().afterKill(),
                verdict.dibs().afterKill()),
            row(
                "DUPLICATES: the earlier run was alive and well",
                verdict.naive().duplicates(),
                verdict.dibs().duplicates()),
            row(
                "mails stopped by the task's id as idempotency key",
                Mailer.refused(database, "naive"),
                Mailer.refused(database, "dibs")));
    terminal.say("Counted from the table runs, where every handler wrote when it began and ended:");
    TextTable.format(rows).forEach(line -> terminal.say("  %s", line));
  }

  private static List<String> row(String what, long naive, long dibs) {
    return List.of(what, Terminal.number(naive), Terminal.number(dibs));
  }
}
