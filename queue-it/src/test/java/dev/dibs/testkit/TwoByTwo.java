package dev.dibs.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.ClaimUpdate;
import dev.dibs.FailedFilter;
import dev.dibs.NewTask;
import dev.dibs.Outcome;
import dev.dibs.Status;
import dev.dibs.TaskQueue;
import dev.dibs.testkit.QueueWithTable.Row;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Two workers and two tasks. Each worker remembers its newest claim of each task for ever, and goes
 * on writing with it whatever became of it.
 */
final class TwoByTwo {
  private static final Duration LEASE = Duration.ofMinutes(1);
  private static final ClaimRequest CLAIM = ClaimRequest.of("a").lease(LEASE);
  private static final List<UUID> IDS = List.of(new UUID(0, 1), new UUID(0, 2));
  private static final List<NewTask> TASKS =
      IDS.stream().map(id -> NewTask.of("a", "1").id(id)).toList();

  private final Exploration.Scope scope;
  private final QueueInMemory world;
  private final TaskQueue queue;
  private final Laws laws = new Laws();
  private final Claim[][] held = new Claim[2][2];
  private Map<UUID, Row> table;
  private String state;

  /** What may happen next. */
  enum Kind {
    ENQUEUE,
    CLAIM_ONE,
    CLAIM_BOTH,
    COMPLETE,
    FAIL,
    RETRY,
    RELEASE,
    SNOOZE,
    EXTEND,
    CANCEL,
    PUT_BACK,
    REDRIVE,
    WAIT
  }

  /** One move of one worker, or of nobody, on one task, or on none. */
  record Move(Kind kind, int worker, int task) {
    static final List<Move> ALL = all();

    private static List<Move> all() {
      List<Move> all = new ArrayList<>();
      for (Kind kind : Kind.values()) {
        boolean claims = kind == Kind.CLAIM_ONE || kind == Kind.CLAIM_BOTH;
        boolean writes = kind.compareTo(Kind.COMPLETE) >= 0 && kind.compareTo(Kind.EXTEND) <= 0;
        for (int worker = 0; worker < (claims || writes ? 2 : 1); worker++) {
          for (int task = 0; task < (claims || kind == Kind.WAIT ? 1 : 2); task++) {
            all.add(new Move(kind, worker, task));
          }
        }
      }
      return List.copyOf(all);
    }
  }

  TwoByTwo(Exploration.Scope scope, QueueInMemory world) {
    this.scope = scope;
    this.world = world;
    this.queue = world.queue();
    if (!scope.keyed()) {
      queue.enqueue(newTask(0));
      world.tick();
      queue.enqueue(newTask(1));
    }
  }

  private NewTask newTask(int task) {
    NewTask made = TASKS.get(task).maxAttempts(scope.maxAttempts());
    return scope.keyed() ? made.uniqueKey("k") : made;
  }

  boolean isPossible(Move move) {
    if (scope.without().contains(move.kind)) {
      return false;
    }
    return switch (move.kind) {
      case ENQUEUE -> scope.keyed();
      case CLAIM_ONE, CLAIM_BOTH ->
          IDS.stream()
              .noneMatch(
                  id -> queue.find(id).filter(t -> t.attempt() >= scope.attempts()).isPresent());
      case COMPLETE, FAIL, RETRY, RELEASE, SNOOZE, EXTEND -> held[move.worker][move.task] != null;
      case CANCEL, PUT_BACK, REDRIVE, WAIT -> true;
    };
  }

  /** Makes a move that is known to keep the laws. */
  void repeat(Move move) {
    world.tick();
    laws.note(act(move));
  }

  void move(Move move) {
    Map<UUID, Row> before = table();
    world.tick();
    Laws.Act act = act(move);
    table = null;
    state = null;
    laws.check(act, before, table());
  }

  private Map<UUID, Row> table() {
    if (table == null) {
      table = world.table();
    }
    return table;
  }

  private Laws.Act act(Move move) {
    UUID id = IDS.get(move.task);
    return switch (move.kind) {
      case ENQUEUE -> {
        NewTask task = newTask(move.task);
        yield new Laws.Act.Enqueued(List.of(task), List.of(queue.enqueue(task)));
      }
      case CLAIM_ONE -> claim(move.worker, CLAIM);
      case CLAIM_BOTH -> claim(move.worker, CLAIM.limit(2));
      case COMPLETE, FAIL, RETRY, RELEASE, SNOOZE, EXTEND ->
          write(update(move.kind, held[move.worker][move.task]));
      case CANCEL -> new Laws.Act.Cancelled(id, queue.cancel(id));
      case PUT_BACK -> {
        world.putBack(id);
        yield new Laws.Act.PutBack(id);
      }
      case REDRIVE -> new Laws.Act.Redriven(queue.admin().redrive(FailedFilter.id(id)).tasks());
      case WAIT -> {
        world.forward(LEASE.multipliedBy(2));
        yield new Laws.Act.Waited();
      }
    };
  }

  private Laws.Act claim(int worker, ClaimRequest request) {
    List<Claim> claims = queue.claim(request);
    claims.forEach(claim -> held[worker][IDS.indexOf(claim.id())] = claim);
    return new Laws.Act.Claimed(request, claims);
  }

  private Laws.Act write(ClaimUpdate update) {
    Outcome outcome = queue.apply(update);
    return new Laws.Act.Wrote(List.of(update), List.of(outcome));
  }

  private static ClaimUpdate update(Kind kind, Claim claim) {
    return switch (kind) {
      case COMPLETE -> new ClaimUpdate.Complete(claim);
      case FAIL -> new ClaimUpdate.Fail(claim, "failed");
      case RETRY -> new ClaimUpdate.Retry(claim, "retried", Duration.ZERO);
      case RELEASE -> new ClaimUpdate.Release(claim, Duration.ZERO);
      case SNOOZE -> new ClaimUpdate.Release(claim, LEASE);
      default -> new ClaimUpdate.Extend(claim, LEASE);
    };
  }

  /** All that a later move can tell this state from another by. */
  String state() {
    if (state == null) {
      String one = state(0, 1);
      String other = state(1, 0);
      state = one.compareTo(other) < 0 ? one : other;
    }
    return state;
  }

  private String state(int first, int second) {
    StringBuilder text = new StringBuilder();
    for (int task = 0; task < 2; task++) {
      Row row = table().get(IDS.get(task));
      if (row == null) {
        text.append('-');
        continue;
      }
      text.append(row.status())
          .append(row.attempt())
          .append(row.isLive() ? Math.min(row.expiries(), 2) : 0)
          .append(row.alone() ? 'a' : 'b')
          .append(row.cancelRequested() && row.isLive() ? 'c' : 'd')
          .append(row.isLive() && row.dueIn() > 0 ? 'l' : 'n')
          .append(row.leaseEndsIn().map(end -> end > 0 ? '+' : '-').orElse('0'))
          .append(hold(row, held[first][task]))
          .append(hold(row, held[second][task]));
    }
    return text.append(world.isFirstInLine(IDS.get(0), IDS.get(1)) ? '<' : '>').toString();
  }

  /** Whose claim it is; a weaker fence than the token's would look at the attempt. */
  private char hold(Row row, Claim claim) {
    if (claim == null) {
      return '0';
    }
    char stale = row.attempt() == claim.attempt() ? '=' : '#';
    return world.isHeldUnder(claim) ? '!' : stale;
  }

  /** Nothing is stuck: who waits, claims and completes comes to the end of both tasks. */
  void workHonestly() {
    for (int round = 0;
        round < 6 && queue.counts().get(Status.PROCESSING) + queue.counts().get(Status.PENDING) > 0;
        round++) {
      world.forward(LEASE.multipliedBy(2));
      world.tick();
      for (Claim claim : queue.claim(CLAIM.limit(2))) {
        assertThat(queue.apply(new ClaimUpdate.Complete(claim))).isEqualTo(Outcome.APPLIED);
      }
    }
    assertThat(queue.counts())
        .as("LOST: tasks that wait for ever")
        .containsEntry(Status.PENDING, 0L)
        .containsEntry(Status.PROCESSING, 0L);
  }
}
