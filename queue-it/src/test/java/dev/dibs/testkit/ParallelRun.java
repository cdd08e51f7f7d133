package dev.dibs.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/** Runs the branches of an experiment at once, and has the {@link Linearization} judge of it. */
final class ParallelRun {
  private final AtomicInteger clock = new AtomicInteger();
  private final AtomicInteger ready = new AtomicInteger();
  private final QueueWithTable actual;
  private final boolean locking;

  /** Daemons, one for each branch. */
  private static final ExecutorService THREADS =
      Executors.newCachedThreadPool(
          work -> {
            Thread thread = new Thread(work, "branch");
            thread.setDaemon(true);
            return thread;
          });

  /**
   * What was called, when, and what came of it. The stamps are of one counter: a call whose answer
   * came before another began has the smaller ones.
   *
   * @param part of a call on several claims, each of which stands for itself: which one
   * @param answer of that part
   * @param touched the tasks that it may lock, or that it shows to others only later
   */
  record Event(
      int branch,
      int place,
      int part,
      Experiment.Call call,
      Object answer,
      Set<UUID> touched,
      int invoked,
      int answered) {
    boolean overlaps(Event other) {
      return invoked < other.answered && other.invoked < answered;
    }
  }

  private ParallelRun(QueueWithTable actual, boolean locking) {
    this.actual = actual;
    this.locking = locking;
  }

  /**
   * Fails if no order of the calls explains what came of them.
   *
   * @param locking whether the queue passes over rows that others have locked
   */
  static void check(Experiment experiment, QueueWithTable actual, boolean locking) {
    new ParallelRun(actual, locking).check(experiment);
  }

  private void check(Experiment experiment) {
    QueueInMemory model = new QueueInMemory();
    Caller real = new Caller(actual, -1, new Caller.Known());
    Caller expected = new Caller(model, -1, new Caller.Known());
    for (int i = 0; i < experiment.before().size(); i++) {
      Experiment.Call call = experiment.before().get(i);
      actual.tick();
      model.tick();
      Object answer = real.call(i, call);
      Object wanted = expected.call(i, call);
      if (!answer.equals(wanted)) {
        throw new AssertionError("before: " + call + " gave " + answer + ", not " + wanted);
      }
    }
    actual.tick();
    List<Event> events = runAll(experiment, real.known());
    Map<UUID, QueueWithTable.Row> table = actual.table();
    Linearization.explain(experiment, events, table, locking);
  }

  private List<Event> runAll(Experiment experiment, Caller.Known known) {
    List<Future<List<Event>>> running = new ArrayList<>();
    int branches = experiment.branches().size();
    for (int branch = 0; branch < branches; branch++) {
      int me = branch;
      Caller caller = new Caller(actual, me, known.copy());
      running.add(THREADS.submit(() -> run(me, branches, caller, experiment.branches().get(me))));
    }
    List<Event> events = new ArrayList<>();
    for (Future<List<Event>> branch : running) {
      try {
        events.addAll(branch.get());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      } catch (ExecutionException e) {
        throw new AssertionError("a call threw " + e.getCause(), e.getCause());
      }
    }
    return events;
  }

  @SuppressWarnings("ThreadPriorityCheck") // A hint: to begin at once makes overlaps likely.
  private List<Event> run(int branch, int branches, Caller caller, List<Experiment.Call> calls) {
    List<Event> events = new ArrayList<>();
    ready.incrementAndGet();
    while (ready.get() < branches) {
      Thread.yield();
    }
    for (int place = 0; place < calls.size(); place++) {
      Experiment.Call call = calls.get(place);
      Set<UUID> touched = Set.copyOf(caller.touched(place, call));
      int invoked = clock.getAndIncrement();
      Object answer = caller.call(place, call);
      int answered = clock.getAndIncrement();
      if (call instanceof Experiment.Call.WriteBoth && answer instanceof List<?> outcomes) {
        for (int part = 0; part < outcomes.size(); part++) {
          events.add(
              new Event(branch, place, part, call, outcomes.get(part), touched, invoked, answered));
        }
      } else {
        events.add(new Event(branch, place, 0, call, answer, touched, invoked, answered));
      }
    }
    return events;
  }
}
