package dev.dibs.testkit;

import dev.dibs.Claim;
import dev.dibs.Outcome;
import dev.dibs.testkit.ParallelRun.Event;
import dev.dibs.testkit.QueueWithTable.Row;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Looks for an order of calls that were made at once in which the model gives the same answers and
 * ends with the same table. A call that was answered before another began comes before it. Time
 * stands still on the model meanwhile.
 *
 * <p>A queue that passes over locked rows keeps two promises that are a little weaker, and no
 * others:
 *
 * <ul>
 *   <li>A claim may miss a task that a call which overlaps it may have locked or had not committed
 *       when the claim began: the task of a write, an enqueue, a cancellation or a rescue by hand;
 *       of another claim every task of its type, because a claim locks before it looks again. It
 *       then does exactly as if that task were not there.
 *   <li>One of several updates sent at once may be answered {@link Outcome#LOCKED}, and has then
 *       done nothing, if a call that overlaps may have locked its task. Each of them stands for
 *       itself, and so is looked at as a call of its own.
 * </ul>
 *
 * <p>And a claim that met only what it ended looks once more; the two looks need not be at one
 * time.
 */
final class Linearization {
  private final Experiment experiment;
  private final List<Event> events;
  private final Map<UUID, Row> table;
  private final boolean locking;
  private final Set<Place> seen = new HashSet<>();
  private int most;

  /**
   * What comes next in the order that is tried.
   *
   * @param locked what a claim passes over
   * @param ends a first look of a claim, which only ends what is to be ended
   */
  private record Move(int event, Set<UUID> locked, boolean ends) {}

  /** How far an order came, and what no later call can tell from any other way there. */
  private record Place(Set<Integer> done, Set<Integer> looked, World.State state) {}

  private Linearization(
      Experiment experiment, List<Event> events, Map<UUID, Row> table, boolean locking) {
    this.experiment = experiment;
    this.events = events;
    this.table = table;
    this.locking = locking;
  }

  /** Fails if there is no such order. */
  static void explain(
      Experiment experiment, List<Event> events, Map<UUID, Row> table, boolean locking) {
    List<Event> sorted = new ArrayList<>(events);
    sorted.sort(Comparator.comparingInt(Event::invoked));
    Linearization search = new Linearization(experiment, sorted, table, locking);
    if (!search.isExplained(List.of(), Set.of(), Set.of())) {
      throw new AssertionError(search.unexplained());
    }
  }

  private boolean isExplained(List<Move> order, Set<Integer> done, Set<Integer> looked) {
    most = Math.max(most, done.size());
    World here = world(order);
    if (done.size() == events.size()) {
      return here.table().equals(table);
    }
    if (!seen.add(new Place(done, looked, here.state()))) {
      return false;
    }
    for (int i = 0; i < events.size(); i++) {
      if (done.contains(i) || !mayBeNext(i, done)) {
        continue;
      }
      for (Move move : moves(here, i, looked)) {
        if (!move.ends && !world(order).move(move).equals(events.get(i).answer())) {
          continue;
        }
        List<Move> longer = new ArrayList<>(order);
        longer.add(move);
        if (isExplained(
            longer, move.ends ? done : with(done, i), move.ends ? with(looked, i) : looked)) {
          return true;
        }
      }
    }
    return false;
  }

  private static Set<Integer> with(Set<Integer> some, int one) {
    Set<Integer> more = new HashSet<>(some);
    more.add(one);
    return more;
  }

  private boolean mayBeNext(int event, Set<Integer> done) {
    for (int i = 0; i < events.size(); i++) {
      if (!done.contains(i) && events.get(i).answered() < events.get(event).invoked()) {
        return false;
      }
    }
    return true;
  }

  /** The ways in which an event may take effect here. */
  private List<Move> moves(World here, int index, Set<Integer> looked) {
    Event event = events.get(index);
    if (!locking || !(event.call() instanceof Experiment.Call.Take take)) {
      return List.of(new Move(index, Set.of(), false));
    }
    Set<UUID> missed = new LinkedHashSet<>(here.tasksOf(take.type()));
    missed.removeIf(id -> isAnswered(event, id) || !isTouchedMeanwhile(event, take, id));
    Set<UUID> ending = here.endingTasks(take.type());
    List<Move> moves = new ArrayList<>();
    moves.add(new Move(index, missed, false));
    if (!ending.isEmpty()) {
      Set<UUID> metAtLast = new HashSet<>(missed);
      metAtLast.removeAll(ending);
      moves.add(new Move(index, metAtLast, false));
      if (!looked.contains(index)) {
        Set<UUID> rest = new HashSet<>(here.tasksOf(take.type()));
        rest.removeAll(ending);
        moves.add(new Move(index, rest, true));
      }
    }
    return moves;
  }

  private static boolean isAnswered(Event claim, UUID id) {
    return ((List<?>) claim.answer())
        .stream().anyMatch(claimed -> ((List<?>) claimed).get(0).equals(id));
  }

  private boolean isTouchedMeanwhile(Event event, Experiment.Call.Take take, UUID id) {
    return events.stream()
        .anyMatch(
            other ->
                !other.equals(event)
                    && other.overlaps(event)
                    && (other.touched().contains(id)
                        || (other.call() instanceof Experiment.Call.Take claim
                            && claim.type().equals(take.type()))));
  }

  /** The model after these moves, from the begin on. */
  private World world(List<Move> order) {
    World world = new World();
    order.forEach(world::move);
    return world;
  }

  private String unexplained() {
    StringBuilder text =
        new StringBuilder("no order of these calls explains them, at most " + most + " of them:\n");
    for (Event event : events) {
      text.append(
          String.format(
              "  branch %d, %d to %d: %s gave %s%n",
              event.branch(), event.invoked(), event.answered(), event.call(), event.answer()));
    }
    table.forEach(
        (id, row) -> text.append("  in the end ").append(id).append(' ').append(row).append('\n'));
    return text.toString();
  }

  /** A model to which the same was done before, and a caller for each branch. */
  private final class World {
    private final QueueInMemory model = new QueueInMemory();
    private final List<Caller> callers = new ArrayList<>();

    /** All that an answer can depend on. */
    private record State(Map<UUID, Row> table, List<Boolean> held) {}

    World() {
      Caller before = new Caller(model, -1, new Caller.Known());
      for (int i = 0; i < experiment.before().size(); i++) {
        model.tick();
        before.call(i, experiment.before().get(i));
      }
      model.tick();
      for (int branch = 0; branch < experiment.branches().size(); branch++) {
        callers.add(new Caller(model, branch, before.known().copy()));
      }
    }

    Object move(Move move) {
      Event event = events.get(move.event);
      Caller caller = callers.get(event.branch());
      if (event.call() instanceof Experiment.Call.Take take) {
        List<Claim> claims = model.claimBeside(Caller.request(take), move.locked);
        return move.ends ? claims : caller.taken(claims);
      } else if (event.call() instanceof Experiment.Call.WriteBoth write) {
        if (locking && event.answer() == Outcome.LOCKED && isLockedMeanwhile(event)) {
          return Outcome.LOCKED;
        }
        return model.queue().apply(caller.updates(write).get(event.part()));
      }
      return caller.call(event.place(), event.call());
    }

    private boolean isLockedMeanwhile(Event event) {
      return events.stream()
          .anyMatch(
              other ->
                  other.branch() != event.branch()
                      && other.overlaps(event)
                      && (other.call() instanceof Experiment.Call.Take
                          || other.touched().stream().anyMatch(event.touched()::contains)));
    }

    Map<UUID, Row> table() {
      return model.table();
    }

    State state() {
      return new State(
          model.table(),
          callers.stream()
              .flatMap(caller -> caller.known().claims().stream())
              .map(model::isHeldUnder)
              .toList());
    }

    Set<UUID> tasksOf(String type) {
      Set<UUID> ids = new LinkedHashSet<>();
      model
          .table()
          .forEach(
              (id, row) -> {
                if (row.isLive() && row.type().equals(type)) {
                  ids.add(id);
                }
              });
      return ids;
    }

    Set<UUID> endingTasks(String type) {
      Set<UUID> ids = tasksOf(type);
      ids.removeIf(id -> !model.endsWhenMet(id));
      return ids;
    }
  }
}
