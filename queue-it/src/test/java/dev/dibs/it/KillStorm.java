package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.TaskQueue;
import dev.dibs.jdbc.PostgresTaskQueue;
import dev.dibs.testkit.DibsPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/**
 * Worker processes over one queue, of which a random one is killed with SIGKILL again and again,
 * and replaced; then a verdict from {@link KillAudit}.
 */
final class KillStorm {
  /** What is done right after a kill. */
  @FunctionalInterface
  interface Malice {
    void afterKill(String worker) throws Exception;
  }

  /** What the storm has seen itself, beside the audit. */
  record Report(
      long seed, int tasks, int kills, KillAudit.Held held, KillAudit.Totals totals, long millis) {

    /** One line for each promise that was broken. */
    List<String> broken(Duration takeover) {
      List<String> broken = new ArrayList<>();
      check(broken, totals.completed() == tasks, "LOST " + (tasks - totals.completed()));
      check(
          broken,
          totals.takenOver() == totals.abandoned(),
          "NEVER_TAKEN_OVER " + (totals.abandoned() - totals.takenOver()));
      check(
          broken,
          totals.latestMillis() <= takeover.toMillis(),
          "LATE " + totals.latestMillis() + " ms after the lease");
      check(broken, totals.early() == 0, "LEASE_OVERLAP " + totals.early());
      check(broken, totals.burnt() <= held.tasks(), "ATTEMPTS_BURNT " + totals.burnt());
      check(broken, totals.repeated() <= held.started(), "RUNS_REPEATED " + totals.repeated());
      check(broken, totals.doubled() == 0, "DUPLICATE_ATTEMPT " + totals.doubled());
      return broken;
    }

    private static void check(List<String> broken, boolean kept, String otherwise) {
      if (!kept) {
        broken.add(otherwise);
      }
    }

    @Override
    public String toString() {
      return """
          %d kills over %d tasks in %.1f s (seed %d): %d lost; %d processing at the kills, %d taken \
          over after their leases by %d ms (median; at most %d ms), %d attempts burnt; %d handlers \
          started and not committed, %d runs repeated\
          """
          .formatted(
              kills,
              tasks,
              millis / 1000.0,
              seed,
              tasks - totals.completed(),
              held.tasks(),
              totals.takenOver(),
              totals.medianMillis(),
              totals.latestMillis(),
              totals.burnt(),
              held.started(),
              totals.repeated());
    }
  }

  private final DibsPostgres postgres;
  private final Path directory;
  private final int tasks;
  private final int kills;
  private final Random random;
  private final long seed;
  private int processes = 4;
  private int workMillis = 50;
  private Duration lease = Duration.ofSeconds(2);
  private boolean forgets;
  private boolean untilAtWork;
  private Malice malice = worker -> {};
  private final Map<String, Process> workers = new LinkedHashMap<>();
  private int started;
  private int enqueued;

  KillStorm(DibsPostgres postgres, Path directory, int tasks, int kills, long seed) {
    this.postgres = postgres;
    this.directory = directory;
    this.tasks = tasks;
    this.kills = kills;
    this.seed = seed;
    this.random = new Random(seed);
  }

  /** How many workers there are at a time, 4 unless said otherwise. */
  KillStorm processes(int count) {
    processes = count;
    return this;
  }

  /** How long a handler takes at most, 50 ms unless said otherwise. */
  KillStorm work(int millis) {
    workMillis = millis;
    return this;
  }

  /** How long a claim is good for, 2 s unless said otherwise. */
  KillStorm lease(Duration length) {
    lease = length;
    return this;
  }

  /** Kills more than asked for if none of these was at a handler: chance decides what each does. */
  KillStorm untilAtWork() {
    untilAtWork = true;
    return this;
  }

  /** Workers that acknowledge completions without having written them. */
  KillStorm forgetful() {
    forgets = true;
    return this;
  }

  KillStorm malice(Malice afterKill) {
    malice = afterKill;
    return this;
  }

  Report run() throws Exception {
    try (Connection operator = postgres.connect();
        KillAudit audit = KillAudit.create(postgres, operator)) {
      Db.execute(operator, "TRUNCATE tasks");
      enqueue(tasks);
      long begun = System.nanoTime();
      for (int i = 0; i < processes; i++) {
        startWorker();
      }
      KillAudit.Held held = new KillAudit.Held(0, 0);
      int killed = 0;
      while (killed < kills || (untilAtWork && held.started() == 0)) {
        // Spread over the tasks, so that the storm lasts as long as they do on any machine.
        int part = Math.min(killed, kills - 1);
        long moment = (long) ((part + random.nextDouble()) * tasks / (kills + 1));
        Poll.until("start " + moment, Duration.ofSeconds(60), () -> audit.starts() >= moment);
        LockSupport.parkNanos(random.nextInt(20_000_000));
        held = held.plus(killOne(audit));
        killed++;
      }
      Poll.until("all tasks ended", Duration.ofSeconds(60), audit::allEnded);
      long millis = (System.nanoTime() - begun) / 1_000_000;
      return new Report(seed, enqueued, killed, held, audit.totals(), millis);
    } finally {
      for (Process worker : workers.values()) {
        worker.destroyForcibly().waitFor();
      }
    }
  }

  private void enqueue(int count) {
    TaskQueue queue = PostgresTaskQueue.create(postgres.dataSource(), postgres.schema());
    queue.enqueueAll("a", Collections.nCopies(count, "1"));
    enqueued += count;
  }

  private void startWorker() throws Exception {
    String name = "kill-storm-" + ++started;
    AuditedWorker.Settings settings =
        new AuditedWorker.Settings(
            postgres.jdbcUrl(), postgres.schema(), lease, workMillis, forgets, false);
    workers.put(name, AuditedWorker.start(name, settings, output(name)));
  }

  private Path output(String name) {
    return directory.resolve(name + ".txt");
  }

  /** Kills a random one of those that hold tasks, while another one works that can take over. */
  private KillAudit.Held killOne(KillAudit audit) throws Exception {
    List<String> working = new ArrayList<>();
    Poll.until(
        "two workers hold tasks",
        Duration.ofSeconds(60),
        () -> {
          working.clear();
          for (Map.Entry<String, Process> worker : workers.entrySet()) {
            String name = worker.getKey();
            assertThat(worker.getValue().isAlive())
                .as("%s", Files.readString(output(name)))
                .isTrue();
            if (audit.heldBy(name).tasks() > 1) {
              working.add(name);
            }
          }
          // One worker ends them all while another is still starting, on a slow machine.
          if (working.size() < 2 && !audit.anyPending()) {
            enqueue(tasks / (kills + 1));
          }
          return working.size() > 1;
        });
    String victim = working.get(random.nextInt(working.size()));
    workers.remove(victim).destroyForcibly().waitFor();
    // A statement that was under way when its sender died is still carried out.
    Poll.until(
        victim + " has no connections", Duration.ofSeconds(60), () -> !audit.isConnected(victim));
    KillAudit.Held held = audit.heldBy(victim);
    malice.afterKill(victim);
    startWorker();
    return held;
  }
}
