package dev.dibs.it.mutants;

import static dev.dibs.testkit.storm.Rule.DUPLICATE_ATTEMPT;
import static dev.dibs.testkit.storm.Rule.EARLY;
import static dev.dibs.testkit.storm.Rule.LEASE_OVERLAP;
import static dev.dibs.testkit.storm.Rule.LOST;
import static dev.dibs.testkit.storm.Rule.ORDER;
import static dev.dibs.testkit.storm.Rule.OVER_LIMIT;
import static dev.dibs.testkit.storm.Rule.RESURRECTED;
import static dev.dibs.testkit.storm.Rule.SPURIOUS_EMPTY;
import static dev.dibs.testkit.storm.Rule.STALE_WRITE_ACCEPTED;
import static dev.dibs.testkit.storm.Rule.STUCK;
import static dev.dibs.testkit.storm.Rule.UNEXPECTED;

import dev.dibs.TaskQueue;
import dev.dibs.it.mutants.Mutant.Right;
import dev.dibs.it.mutants.StormScene.Subject;
import dev.dibs.it.mutants.WorkerScene.Trouble;
import dev.dibs.testkit.storm.Rule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;

/** All mutants: first the mistakes that queues of the field make or made, then one for each rule. */
final class Catalogue {
  private static final Duration HOUR = Duration.ofHours(1);

  private static final List<Mutant> ALL = new ArrayList<>();

  static {
    claims();
    fences();
    rescues();
    times();
    workers();
    plans();
    rules();
  }

  private Catalogue() {}

  static List<Mutant> all() {
    return List.copyOf(ALL);
  }

  private static void claims() {
    sql("select-then-update without a lock", DUPLICATE_ATTEMPT, Shape.CROWD, SelectThenUpdate::new);
    sql("single-row UPDATE without re-check", LEASE_OVERLAP, Shape.CROWD, ClaimSql.UPDATE_UNCHECKED);
    storm(
        "IN (... LIMIT n) under stale statistics",
        OVER_LIMIT,
        Shape.FEW,
        Subjects.trapped((pool, queue) -> new PlainClaim(pool, queue, ClaimSql.IN_SUBQUERY)),
        new Right("dibs", Shape.FEW.on(Subjects.trapped((pool, queue) -> queue))),
        new Right(
            "plain SQL",
            Shape.FEW.on(
                Subjects.trapped((pool, queue) -> new PlainClaim(pool, queue, ClaimSql.RIGHT)))));
    sql("a cursor that only moves forward", STUCK, Shape.GIVING_BACK, ForwardOnly::new);
    storm(
        "no ORDER BY",
        ORDER,
        Shape.CROWD,
        Subjects.shuffled(Subjects::asItComes),
        new Right("dibs", Shape.CROWD.on(Subjects.shuffled((pool, queue) -> queue))),
        new Right(
            "plain SQL",
            Shape.CROWD.on(
                Subjects.shuffled((pool, queue) -> new PlainClaim(pool, queue, ClaimSql.RIGHT)))));
    sql("ORDER BY without priority", ORDER, Shape.CROWD, ClaimSql.WITHOUT_PRIORITY);
    sql("claims what it has no handler for", UNEXPECTED, Shape.CROWD, ClaimSql.EVERY_TYPE);
    sql("attempt counted at completion", DUPLICATE_ATTEMPT, Shape.EXPIRING, CountedAtCompletion::new);
  }

  private static void fences() {
    fence("completion by id only", Shape.EXPIRING, NaiveFence::id);
    fence("completion by id and status", Shape.EXPIRING, NaiveFence::idAndStatus);
    fence("fence on the attempt, which a snooze lowers", Shape.SNOOZING, NaiveFence::attempt);
    add(
        "token-only fence after a by-hand rescue",
        STALE_WRITE_ACCEPTED.name(),
        "writes",
        new RescueScene(Subjects.fenced(NaiveFence::token)),
        new Right("dibs", new RescueScene(Subject::right)));
  }

  private static void rescues() {
    storm(
        "reaper that reads and then updates by id",
        RESURRECTED,
        Shape.EXPIRING,
        Subjects.reaped(ClaimSql.RIGHT_PENDING, Reaper::byId),
        new Right("dibs", Shape.EXPIRING.on(Subject::right)),
        new Right(
            "reaper that looks again",
            Shape.EXPIRING.on(Subjects.reaped(ClaimSql.RIGHT_PENDING, Reaper::right))));
    storm(
        "rescue by age without renewal",
        LEASE_OVERLAP,
        Shape.WORKING,
        Subjects.reaped(ClaimSql.RIGHT, pool -> Reaper.byAge(pool, 50)),
        new Right("dibs", Shape.WORKING.on(Subject::right)),
        new Right(
            "rescue by lease", Shape.WORKING.on(Subjects.reaped(ClaimSql.RIGHT, Reaper::right))));
  }

  private static void times() {
    storm(
        "JVM clocks, wrong by an hour, in the claim",
        EARLY,
        Shape.LATE,
        ground ->
            claimer ->
                JvmClock.claiming(
                    ground.dataSource(),
                    ground.queue(),
                    claimer % 2 == 0 ? HOUR : HOUR.negated()),
        Shape.LATE.dibsAndPlain());
    queue(
        "due times by a JVM clock that is an hour late",
        EARLY,
        Shape.LATE,
        queue -> JvmClock.enqueuing(queue, HOUR.negated()));
    storm(
        "blind retry of an enqueue after a cut",
        UNEXPECTED,
        Shape.LATE,
        Subject.around(queue -> BlindRetry.blind(BlindRetry.unanswered(queue))),
        new Right(
            "retry with the same ids", Shape.LATE.on(Subject.around(BlindRetry::unanswered))));
    queue("NOTIFY without polling", STUCK, Shape.LATE, Told::withoutPolling);
    queue("no re-LISTEN", STUCK, Shape.LATE, queue -> Told.untilDisconnected(queue, 3));
  }

  private static void workers() {
    worker(
        "renewal that stops at shutdown while handlers run",
        Trouble.CLOSES,
        WorkerScene::renewingUntilClosed);
    worker(
        "renewal that waits behind an open completeIn",
        Trouble.HOLDS_COMPLETION,
        WorkerScene::renewingWithWaits);
    add(
        "attempts burnt for prefetched neighbours of a killer",
        "ATTEMPTS_BURNT",
        "claims",
        new KillerScene(Subjects.plain(ClaimSql.FAILS_EXPIRED)),
        new Right("dibs", new KillerScene(Subject::right)));
    add(
        "unsorted batches",
        "DEADLOCK",
        "batches",
        new DeadlockScene(UnsortedBatch::new),
        new Right("dibs", new DeadlockScene((pool, queue) -> queue)));
  }

  private static void plans() {
    plan(
        "bound constants that lose the partial index",
        "-c plan_cache_mode=force_generic_plan",
        ClaimSql.BOUND);
    plan("a plan kept from the empty table", "", ClaimSql.RIGHT);
  }

  private static void rules() {
    queue("accepts what lost claims write", STALE_WRITE_ACCEPTED, Shape.EXPIRING, RuleMutants::unfenced);
    queue("shorter leases than asked for", LEASE_OVERLAP, Shape.WORKING, RuleMutants::shortLeases);
    queue("one task more than asked for", OVER_LIMIT, Shape.CROWD, RuleMutants::overLimit);
    queue("last in, first out", ORDER, Shape.CROWD, RuleMutants::lastInFirstOut);
    queue("hands out unsorted", ORDER, Shape.CROWD, RuleMutants::unsorted);
    queue("empty without a look", SPURIOUS_EMPTY, Shape.CROWD, RuleMutants::spuriouslyEmpty);
    queue("loses the answer of a claim", STUCK, Shape.CROWD, RuleMutants::losesClaims);
    queue("acknowledges what it did not write", LOST, Shape.CROWD, RuleMutants::losesCompletions);
    queue("forgets delays", EARLY, Shape.LATE, RuleMutants::early);
    queue("enqueues twice", UNEXPECTED, Shape.LATE, RuleMutants::enqueuesTwice);
  }

  private static void add(String name, String rule, String unit, Scene wrong, Right... right) {
    ALL.add(new Mutant(name, rule, unit, wrong, List.of(right)));
  }

  private static void storm(String name, Rule rule, Shape shape, Subject wrong, Right... right) {
    add(name, rule.name(), "claims", shape.on(wrong), right);
  }

  private static void storm(String name, Rule rule, Shape shape, Subject wrong, List<Right> right) {
    storm(name, rule, shape, wrong, right.toArray(Right[]::new));
  }

  private static void queue(
      String name, Rule rule, Shape shape, UnaryOperator<TaskQueue> mistake) {
    storm(name, rule, shape, Subject.around(mistake), shape.dibs());
  }

  private static void sql(
      String name, Rule rule, Shape shape, BiFunction<DataSource, TaskQueue, TaskQueue> wrong) {
    storm(name, rule, shape, Subjects.over(wrong), shape.dibsAndPlain());
  }

  private static void sql(String name, Rule rule, Shape shape, String sql) {
    storm(name, rule, shape, Subjects.plain(sql), shape.dibsAndPlain());
  }

  private static void fence(String name, Shape shape, Subjects.Fence fence) {
    storm(name, STALE_WRITE_ACCEPTED, shape, Subjects.fenced(fence), shape.dibs());
  }

  private static void worker(String name, Trouble trouble, UnaryOperator<TaskQueue> mistake) {
    add(
        name,
        LEASE_OVERLAP.name(),
        "claims",
        new WorkerScene(trouble, mistake),
        new Right("dibs", new WorkerScene(trouble, UnaryOperator.identity())));
  }

  private static void plan(String name, String options, String sql) {
    add(
        name,
        "PLAN",
        "claims",
        new PlanScene(options, (pool, queue) -> new PlainClaim(pool, queue, sql)),
        new Right("dibs", new PlanScene(options, (pool, queue) -> queue)));
  }
}
