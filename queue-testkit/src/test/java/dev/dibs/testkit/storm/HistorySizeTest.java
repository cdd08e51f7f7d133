package dev.dibs.testkit.storm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * How much memory the history of a storm takes and how long its check: with {@code
 * -Ddibs.test.full=true} of 10,000,000 claims by 64 claimers, to be run with {@code -Xmx1g}.
 */
class HistorySizeTest {
  private static final int CLAIMERS = 64;
  private static final int TASKS = Boolean.getBoolean("dibs.test.full") ? 10_000_000 : 100_000;

  /** A claim that is not settled yet. */
  private record Open(int claimer, int op, int count) {}

  private final Settings settings = new Settings();
  private final SplittableRandom random = new SplittableRandom(1);
  private long now;

  @Test
  void check_longHistory_fitsInAGigabyteAndAMinute() {
    settings.tasks = TASKS;
    settings.claimers = CLAIMERS;
    settings.seed = 1;
    History history = history();
    long megabytes = usedMegabytes();

    long begun = System.nanoTime();
    Checker checker = Checker.check(history, Settings.MAX_ATTEMPTS, 11_000_000_000L);
    double seconds = (System.nanoTime() - begun) / 1e9;

    System.out.printf(
        "history of %d tasks: %d operations, %d claims, %d MB; checked in %.1f s%n",
        TASKS, checker.operations(), checker.claims(), megabytes, seconds);
    assertThat(checker.findings().counts()).isEqualTo(Map.of());
    assertThat(checker.claims()).isEqualTo(TASKS);
    assertThat(megabytes).isLessThan(1000);
    assertThat(seconds).isLessThan(60);
  }

  private static long usedMegabytes() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return (runtime.totalMemory() - runtime.freeMemory()) >> 20;
  }

  /** All tasks preloaded, then claimed in order by claims side by side, and completed. */
  private History history() {
    Tasks tasks = new Plan(settings).tasks();
    History history = new History(tasks, CLAIMERS);
    for (int first = 0; first < TASKS; first += 1000) {
      int op = history.enqueuer().invokeEnqueue(now++, false);
      for (int task = first; task < Math.min(first + 1000, TASKS); task++) {
        history.enqueuer().enqueues(op, task, 0);
      }
      history.enqueuer().returned(op, now++, Answer.OK);
    }
    history.begin(now++);
    Deque<Open> open = new ArrayDeque<>();
    for (int rank = 1; rank <= 2; rank++) {
      int next = 0;
      while (next < TASKS) {
        int claimer = random.nextInt(CLAIMERS);
        next = claim(history, claimer, rank, next, open);
        if (open.size() > CLAIMERS) {
          complete(history, open.poll());
        }
      }
    }
    while (!open.isEmpty()) {
      complete(history, open.poll());
    }
    return history;
  }

  private int claim(History history, int claimer, int rank, int from, Deque<Open> open) {
    Tasks tasks = history.tasks();
    Track track = history.track(claimer);
    int limit = 1 + random.nextInt(50);
    int first = from;
    while (first < TASKS && Tasks.rank(tasks.lane(first)) != rank) {
      first++;
    }
    if (first == TASKS) {
      return TASKS;
    }
    int op = track.invoke(Track.Op.CLAIM, now += 1000, limit, 30_000_000_000L, 7);
    int task = first;
    for (; task < TASKS && track.count(op) < limit; task++) {
      if (Tasks.rank(tasks.lane(task)) == rank) {
        track.claimed(op, task, 1, 1_700_000_000_000_000L + task, false, false);
      }
    }
    track.returned(op, now += 1000, Answer.OK);
    open.add(new Open(claimer, op, track.count(op)));
    return task;
  }

  private void complete(History history, Open claim) {
    Track track = history.track(claim.claimer());
    int op = track.invoke(Track.Op.UPDATE, now += 1000, 0, 0, 0);
    for (int item = 0; item < claim.count(); item++) {
      track.updates(op, History.reference(claim.claimer(), claim.op(), item), Kind.COMPLETE, 0);
      track.answer(op, item, Answer.OK);
    }
    track.returned(op, now += 1000, Answer.OK);
  }
}
