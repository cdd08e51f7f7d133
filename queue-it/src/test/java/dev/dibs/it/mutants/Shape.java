package dev.dibs.it.mutants;

import dev.dibs.it.mutants.Mutant.Right;
import dev.dibs.it.mutants.StormScene.Shaping;
import dev.dibs.it.mutants.StormScene.Subject;
import dev.dibs.testkit.storm.Fault;
import dev.dibs.testkit.storm.Storm;
import java.time.Duration;

/** Storms that mutants share, each with what must get through it without breaking any rule. */
final class Shape {
  /** Everybody at once for tasks that are all there. */
  static final Shape CROWD =
      new Shape((storm, ground) -> storm.tasks(300).claimers(32).maxBatch(10).late(0));

  /** Few claimers, each on a connection that was made ready before. */
  static final Shape FEW =
      new Shape((storm, ground) -> storm.tasks(300).claimers(8).maxBatch(10).late(0));

  /** Claims of hundreds, most of which are sent as a statement instead of calling the function. */
  static final Shape MANY =
      new Shape((storm, ground) -> storm.tasks(6_000).claimers(8).maxBatch(500).late(0));

  /** Tasks that come while it runs, every fourth of them with a delay. */
  static final Shape LATE =
      new Shape((storm, ground) -> storm.tasks(300).claimers(8).maxBatch(10).late(50));

  /** Every claim may outlive its lease. */
  static final Shape EXPIRING =
      new Shape(
          (storm, ground) ->
              storm
                  .tasks(250)
                  .claimers(24)
                  .maxBatch(5)
                  .late(0)
                  .lease(Duration.ofMillis(100))
                  .work(Duration.ofMillis(200)));

  /** The same, and many claims are given back. */
  static final Shape SNOOZING =
      new Shape((storm, ground) -> EXPIRING.storm.of(storm, ground).releases(40));

  /** Long leases, and handlers that need a part of them. */
  static final Shape WORKING =
      new Shape(
          (storm, ground) ->
              storm.tasks(200).claimers(16).maxBatch(5).late(0).work(Duration.ofMillis(150)));

  /** Of the tasks that come while it runs, most have a unique key, and many the same. */
  static final Shape KEYED =
      new Shape((storm, ground) -> storm.tasks(400).claimers(8).maxBatch(10).late(75).unique(90));

  /** What comes while it runs is enqueued in transactions, some of which are rolled back. */
  static final Shape TRANSACTIONAL =
      new Shape(
          (storm, ground) ->
              watched(storm, ground)
                  .tasks(200)
                  .claimers(8)
                  .maxBatch(10)
                  .late(60)
                  .transactional(100));

  /** Rows of due tasks are locked by somebody else. */
  static final Shape HELD =
      new Shape(
          (storm, ground) ->
              watched(storm, ground)
                  .tasks(400)
                  .claimers(8)
                  .maxBatch(2)
                  .late(0)
                  .work(Duration.ofMillis(50))
                  .lease(Duration.ofMillis(1500))
                  .faults(Fault.HELD_ROW));

  /** Handlers take their time, and somebody looks at the sessions meanwhile. */
  static final Shape WATCHED =
      new Shape(
          (storm, ground) ->
              watched(storm, ground)
                  .tasks(60)
                  .claimers(8)
                  .maxBatch(4)
                  .late(0)
                  .work(Duration.ofMillis(400)));

  /** Much is put back. */
  static final Shape GIVING_BACK =
      new Shape(
          (storm, ground) ->
              storm.tasks(300).claimers(8).maxBatch(10).late(0).retries(20).releases(20));

  private final Shaping storm;
  private final Right[] rights;

  private Shape(Shaping storm) {
    this.storm = storm;
    this.rights =
        new Right[] {
          new Right("dibs", on(Subject::right)),
          new Right("plain SQL", on(Subjects.plain(ClaimSql.RIGHT)))
        };
  }

  private static Storm watched(Storm storm, Ground ground) {
    return storm.database(ground.postgres().dataSource(), ground.schema());
  }

  StormScene on(Subject subject) {
    return new StormScene(storm, subject);
  }

  /** For mistakes around the queue. */
  Right dibs() {
    return rights[0];
  }

  /** For mistakes in SQL. */
  Right[] dibsAndPlain() {
    return rights.clone();
  }
}
