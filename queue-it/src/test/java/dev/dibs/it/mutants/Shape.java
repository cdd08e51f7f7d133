package dev.dibs.it.mutants;

import dev.dibs.it.mutants.Mutant.Right;
import dev.dibs.testkit.storm.Storm;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;

/** Storms that mutants share, each with what must get through it without breaking any rule. */
enum Shape {
  /** Everybody at once for tasks that are all there. */
  CROWD(storm -> storm.tasks(300).claimers(32).maxBatch(10).late(0)),
  /** Few claimers, each on a connection that was made ready before. */
  FEW(storm -> storm.tasks(300).claimers(8).maxBatch(10).late(0)),
  /** Tasks that come while it runs, every fourth of them with a delay. */
  LATE(storm -> storm.tasks(300).claimers(8).maxBatch(10).late(50)),
  /** Every claim may outlive its lease. */
  EXPIRING(
      storm ->
          storm
              .tasks(250)
              .claimers(24)
              .maxBatch(5)
              .late(0)
              .lease(Duration.ofMillis(100))
              .work(Duration.ofMillis(200))),
  /** The same, and many claims are given back. */
  SNOOZING(storm -> EXPIRING.apply(storm).releases(40)),
  /** Long leases, and handlers that need a part of them. */
  WORKING(
      storm ->
          storm
              .tasks(200)
              .claimers(16)
              .maxBatch(5)
              .late(0)
              .work(Duration.ofMillis(150))),
  /** Much is put back. */
  GIVING_BACK(storm -> storm.tasks(300).claimers(8).maxBatch(10).late(0).retries(20).releases(20));

  private final UnaryOperator<Storm> storm;
  private final Right dibs;
  private final Right plain;

  Shape(UnaryOperator<Storm> storm) {
    this.storm = storm;
    this.dibs = new Right("dibs", on(StormScene.Subject::right));
    this.plain = new Right("plain SQL", on(Subjects.plain(ClaimSql.RIGHT)));
  }

  private Storm apply(Storm any) {
    return storm.apply(any);
  }

  StormScene on(StormScene.Subject subject) {
    return new StormScene(storm, subject);
  }

  /** For mistakes around the queue. */
  List<Right> dibs() {
    return List.of(dibs);
  }

  /** For mistakes in SQL. */
  List<Right> dibsAndPlain() {
    return List.of(dibs, plain);
  }
}
