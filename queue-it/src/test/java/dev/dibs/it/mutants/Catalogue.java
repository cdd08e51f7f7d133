package dev.dibs.it.mutants;

import static dev.dibs.testkit.storm.Rule.ATTEMPT_SKIPPED;
import static dev.dibs.testkit.storm.Rule.BLOCKED;
import static dev.dibs.testkit.storm.Rule.DUPLICATE_ATTEMPT;
import static dev.dibs.testkit.storm.Rule.EARLY;
import static dev.dibs.testkit.storm.Rule.IDLE_IN_TX;
import static dev.dibs.testkit.storm.Rule.LEASE_OVERLAP;
import static dev.dibs.testkit.storm.Rule.LOST;
import static dev.dibs.testkit.storm.Rule.ORDER;
import static dev.dibs.testkit.storm.Rule.OVER_LIMIT;
import static dev.dibs.testkit.storm.Rule.RESURRECTED;
import static dev.dibs.testkit.storm.Rule.SPURIOUS_EMPTY;
import static dev.dibs.testkit.storm.Rule.STALE_WRITE_ACCEPTED;
import static dev.dibs.testkit.storm.Rule.STUCK;
import static dev.dibs.testkit.storm.Rule.TX_VISIBILITY;
import static dev.dibs.testkit.storm.Rule.UNEXPECTED;
import static dev.dibs.testkit.storm.Rule.UNIQUE_BROKEN;

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

/**
 * All mutants: first the mistakes that queues of the field make or made, then one for each rule.
 */
final class Catalogue {
  private static final String BY_HAND = "recipes for workers by hand";
  private static final String UNNAMED = "not named";
  private static final String NOBODY = "nobody's: for the rule";
  private static final Duration HOUR = Duration.ofHours(1);

  private final List<Mutant> mutants = new ArrayList<>();

  private Catalogue() {}

  static List<Mutant> all() {
    Catalogue catalogue = new Catalogue();
    catalogue.claims();
    catalogue.fences();
    catalogue.rescues();
    catalogue.producers();
    catalogue.hints();
    catalogue.workers();
    catalogue.plans();
    catalogue.rules();
    return catalogue.mutants;
  }

  private void claims() {
    sql(
        "select-then-update without a lock",
        BY_HAND,
        DUPLICATE_ATTEMPT,
        Shape.CROWD,
        SelectThenUpdate::new);
    sql(
        "single-row UPDATE without re-check",
        UNNAMED,
        LEASE_OVERLAP,
        Shape.CROWD,
        plain(ClaimSql.UPDATE_UNCHECKED));
    sql(
        "FOR UPDATE without SKIP LOCKED",
        "queues older than PostgreSQL 9.5",
        BLOCKED,
        Shape.HELD,
        plain(ClaimSql.WAITING));
    storm(
        "claims of hundreds without a lock",
        UNNAMED,
        LEASE_OVERLAP,
        Shape.MANY,
        Subjects.sendingWithout("for no key update skip locked"),
        Shape.MANY.dibs());
    storm(
        "IN (... LIMIT n) under stale statistics",
        "ecto_job #43, odd-jobs #115",
        OVER_LIMIT,
        Shape.FEW,
        Subjects.trapped(plain(ClaimSql.IN_SUBQUERY)),
        new Right("dibs", Shape.FEW.on(Subjects.trapped((pool, queue) -> queue))),
        new Right("plain SQL", Shape.FEW.on(Subjects.trapped(plain(ClaimSql.RIGHT)))));
    sql("a cursor that only moves forward", UNNAMED, STUCK, Shape.GIVING_BACK, ForwardOnly::new);
    storm(
        "no ORDER BY",
        "queue_classic #345",
        ORDER,
        Shape.CROWD,
        Subjects.shuffled(Subjects::asItComes),
        new Right("dibs", Shape.CROWD.on(Subjects.shuffled((pool, queue) -> queue))),
        new Right("plain SQL", Shape.CROWD.on(Subjects.shuffled(plain(ClaimSql.RIGHT)))));
    sql("ORDER BY without priority", UNNAMED, ORDER, Shape.CROWD, plain(ClaimSql.WITHOUT_PRIORITY));
    sql(
        "claims what it has no handler for",
        UNNAMED,
        UNEXPECTED,
        Shape.CROWD,
        plain(ClaimSql.EVERY_TYPE));
    sql(
        "attempt counted at completion",
        UNNAMED,
        DUPLICATE_ATTEMPT,
        Shape.EXPIRING,
        CountedAtCompletion::new);
    sql(
        "claim transaction held open during the handler",
        BY_HAND,
        IDLE_IN_TX,
        Shape.WATCHED,
        OpenTransaction::new);
    storm(
        "JVM clock for due times, in the claim",
        UNNAMED,
        EARLY,
        Shape.LATE,
        ground ->
            claimer ->
                JvmClock.claiming(
                    ground.dataSource(), ground.queue(), claimer % 2 == 0 ? HOUR : HOUR.negated()),
        Shape.LATE.dibsAndPlain());
  }

  private void fences() {
    fence("completion by id only", "graphile-worker completeJob", Shape.EXPIRING, NaiveFence::id);
    fence(
        "completion by id and status",
        "kanthorq mark_completed",
        Shape.EXPIRING,
        NaiveFence::idAndStatus);
    fence(
        "fence on the attempt, which a snooze lowers",
        UNNAMED,
        Shape.SNOOZING,
        NaiveFence::attempt);
    add(
        "token-only fence after a by-hand rescue",
        UNNAMED,
        STALE_WRITE_ACCEPTED.name(),
        "writes",
        new RescueScene(Subjects.fenced(NaiveFence::token)),
        new Right("dibs", new RescueScene(Subject::right)));
  }

  private void rescues() {
    storm(
        "reaper that reads and then updates by id",
        UNNAMED,
        RESURRECTED,
        Shape.EXPIRING,
        Subjects.reaped(ClaimSql.RIGHT_PENDING, Reaper::byId),
        Shape.EXPIRING.dibs(),
        new Right(
            "reaper that looks again",
            Shape.EXPIRING.on(Subjects.reaped(ClaimSql.RIGHT_PENDING, Reaper::right))));
    storm(
        "rescue by age without renewal",
        "River #682",
        LEASE_OVERLAP,
        Shape.WORKING,
        Subjects.reaped(ClaimSql.RIGHT, pool -> Reaper.byAge(pool, 50)),
        Shape.WORKING.dibs(),
        new Right(
            "rescue by lease", Shape.WORKING.on(Subjects.reaped(ClaimSql.RIGHT, Reaper::right))));
  }

  private void producers() {
    queue(
        "JVM clock for due times, in the enqueue",
        UNNAMED,
        EARLY,
        Shape.LATE,
        queue -> JvmClock.enqueuing(queue, HOUR.negated()));
    storm(
        "blind retry of an enqueue after a cut",
        UNNAMED,
        UNEXPECTED,
        Shape.LATE,
        Subject.around(queue -> Producers.blind(Producers.unanswered(queue))),
        new Right("the same ids again", Shape.LATE.on(Subject.around(Producers::unanswered))));
    queue(
        "enqueue on its own connection",
        UNNAMED,
        TX_VISIBILITY,
        Shape.TRANSACTIONAL,
        Producers::ownConnection);
    queue("unique keys ignored", UNNAMED, UNIQUE_BROKEN, Shape.KEYED, Producers::withoutKeys);
  }

  private void hints() {
    // Twelve times as long while it hears.
    Duration often = Duration.ofMillis(20);
    add(
        "NOTIFY without polling",
        UNNAMED,
        STUCK.name(),
        "tasks",
        new HintScene(HintScene.Trouble.HINTS_LOST, HintScene.NEVER, HintScene.ALWAYS),
        new Right("dibs", new HintScene(HintScene.Trouble.HINTS_LOST, often, HintScene.ALWAYS)));
    // Nobody polls here, so that it is the listener which finds the tasks.
    add(
        "no re-LISTEN",
        "GoodJob #303, BullMQ #4729",
        STUCK.name(),
        "tasks",
        new HintScene(HintScene.Trouble.DISCONNECTED, HintScene.NEVER, 1),
        new Right(
            "dibs",
            new HintScene(HintScene.Trouble.DISCONNECTED, HintScene.NEVER, HintScene.ALWAYS)));
  }

  private void workers() {
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
        UNNAMED,
        "ATTEMPTS_BURNT",
        "claims",
        new KillerScene(Subjects.over(plain(ClaimSql.FAILS_EXPIRED))),
        new Right("dibs", new KillerScene(Subject::right)));
    add(
        "unsorted batches",
        UNNAMED,
        "DEADLOCK",
        "batches",
        new DeadlockScene(UnsortedBatch::new),
        new Right("dibs", new DeadlockScene((pool, queue) -> queue)));
  }

  private void plans() {
    plan(
        "bound constants that lose the partial index",
        "-c plan_cache_mode=force_generic_plan",
        ClaimSql.BOUND);
    plan("a plan kept from the empty table", "", ClaimSql.RIGHT);
  }

  private void rules() {
    rule(
        "accepts what lost claims write",
        STALE_WRITE_ACCEPTED,
        Shape.EXPIRING,
        RuleMutants::unfenced);
    rule("shorter leases than asked for", LEASE_OVERLAP, Shape.WORKING, RuleMutants::shortLeases);
    rule("one task more than asked for", OVER_LIMIT, Shape.CROWD, RuleMutants::overLimit);
    rule("last in, first out", ORDER, Shape.CROWD, RuleMutants::lastInFirstOut);
    rule("hands out unsorted", ORDER, Shape.CROWD, RuleMutants::unsorted);
    rule("empty without a look", SPURIOUS_EMPTY, Shape.CROWD, RuleMutants::spuriouslyEmpty);
    rule("loses the answer of a claim", STUCK, Shape.CROWD, RuleMutants::losesClaims);
    rule("takes more than it hands out", ATTEMPT_SKIPPED, Shape.EXPIRING, RuleMutants::greedy);
    rule(
        "counts what was given back",
        ATTEMPT_SKIPPED,
        Shape.GIVING_BACK,
        RuleMutants::countsReleases);
    rule("acknowledges what it did not write", LOST, Shape.CROWD, RuleMutants::losesCompletions);
    rule("fails what it shall complete", LOST, Shape.CROWD, RuleMutants::failsInstead);
    rule("deletes what it shall complete", LOST, Shape.CROWD, RuleMutants::deletesCompleted);
    rule("passes over what has no key", LOST, Shape.CROWD, Producers::mistakingRepetitions);
    rule("forgets delays", EARLY, Shape.LATE, RuleMutants::early);
    rule("enqueues twice", UNEXPECTED, Shape.LATE, RuleMutants::enqueuesTwice);
  }

  private void add(
      String name, String whose, String rule, String unit, Scene wrong, Right... right) {
    mutants.add(new Mutant(name, whose, rule, unit, wrong, List.of(right)));
  }

  private void storm(
      String name, String whose, Rule rule, Shape shape, Subject wrong, Right... right) {
    add(name, whose, rule.name(), "claims", shape.on(wrong), right);
  }

  /** A mistake around the queue. */
  private void queue(
      String name, String whose, Rule rule, Shape shape, UnaryOperator<TaskQueue> mistake) {
    storm(name, whose, rule, shape, Subject.around(mistake), shape.dibs());
  }

  private void rule(String name, Rule rule, Shape shape, UnaryOperator<TaskQueue> mistake) {
    queue(name, NOBODY, rule, shape, mistake);
  }

  /** A mistake in the SQL of the claim. */
  private void sql(
      String name,
      String whose,
      Rule rule,
      Shape shape,
      BiFunction<DataSource, TaskQueue, TaskQueue> wrong) {
    storm(name, whose, rule, shape, Subjects.over(wrong), shape.dibsAndPlain());
  }

  private static BiFunction<DataSource, TaskQueue, TaskQueue> plain(String sql) {
    return (pool, queue) -> new PlainClaim(pool, queue, sql);
  }

  private void fence(String name, String whose, Shape shape, Subjects.Fence fence) {
    storm(name, whose, STALE_WRITE_ACCEPTED, shape, Subjects.fenced(fence), shape.dibs());
  }

  private void worker(String name, Trouble trouble, UnaryOperator<TaskQueue> mistake) {
    add(
        name,
        UNNAMED,
        LEASE_OVERLAP.name(),
        "claims",
        new WorkerScene(trouble, mistake),
        new Right("dibs", new WorkerScene(trouble, UnaryOperator.identity())));
  }

  private void plan(String name, String options, String sql) {
    add(
        name,
        UNNAMED,
        "PLAN",
        "claims",
        new PlanScene(options, plain(sql)),
        new Right("dibs", new PlanScene(options, (pool, queue) -> queue)));
  }
}
