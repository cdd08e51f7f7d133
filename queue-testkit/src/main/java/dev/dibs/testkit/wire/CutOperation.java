package dev.dibs.testkit.wire;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.ClaimUpdate;
import dev.dibs.LeaseLostException;
import dev.dibs.NewTask;
import dev.dibs.Outcome;
import dev.dibs.OutcomeUnknownException;
import dev.dibs.RetryPolicy;
import dev.dibs.TaskQueue;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * An operation of the queue.
 *
 * @param name for reports
 * @param preparation makes what must be there before, and the call
 */
record CutOperation(String name, Function<CutStage, CutCall> preparation) {
  static final List<CutOperation> ALL =
      List.of(
          new CutOperation("enqueue", CutOperation::enqueue),
          new CutOperation("enqueueAll", CutOperation::enqueueAll),
          new CutOperation("enqueueMany", CutOperation::enqueueMany),
          new CutOperation("enqueueUnique", CutOperation::enqueueUnique),
          new CutOperation("enqueueWithin", CutOperation::enqueueWithin),
          new CutOperation("claim", CutOperation::claim),
          new CutOperation("claimAgain", CutOperation::claimAgain),
          onClaim("complete", (stage, claim) -> claim.complete("{\"made\": 1}")),
          new CutOperation("completeAll", CutOperation::completeAll),
          new CutOperation("completeIn", stage -> completeIn(stage, stage.claimed())),
          new CutOperation("completeAndDelete", CutOperation::completeAndDelete),
          new CutOperation(
              "completeInAndDelete", stage -> completeIn(stage, stage.claimedToDelete())),
          onClaim(
              "retry",
              (stage, claim) -> claim.fail(new CutStage.Once(), RetryPolicy.fixed(CutStage.LONG))),
          onClaim("fail", (stage, claim) -> claim.fail(new CutStage.Once(), RetryPolicy.never())),
          onClaim("extend", (stage, claim) -> claim.extend(CutStage.LONG.multipliedBy(3))),
          onClaim("snooze", (stage, claim) -> claim.snooze(CutStage.LONG)),
          onClaim("release", (stage, claim) -> claim.release()),
          onClaim("progress", (stage, claim) -> claim.progress("{\"half\": true}")),
          new CutOperation("cancel", CutOperation::cancel),
          new CutOperation("cancelRunning", CutOperation::cancelRunning));

  private static CutOperation onClaim(String name, BiConsumer<CutStage, Claim> write) {
    return new CutOperation(
        name,
        stage -> {
          Claim claim = stage.claimed();
          return () -> {
            write.accept(stage, claim);
            return "";
          };
        });
  }

  private static CutCall enqueue(CutStage stage) {
    NewTask task = stage.task(0);
    return () -> places(List.of(task), List.of(stage.client().enqueue(task)));
  }

  private static CutCall enqueueAll(CutStage stage) {
    return enqueueAll(stage, 3);
  }

  /** So many that they are copied, in more than one piece. */
  private static CutCall enqueueMany(CutStage stage) {
    return enqueueAll(stage, 1_000);
  }

  private static CutCall enqueueAll(CutStage stage, int count) {
    List<NewTask> tasks = stage.tasks(count);
    return () -> places(tasks, stage.client().enqueueAll(tasks));
  }

  /** The third is passed over, because the second has its key. */
  private static CutCall enqueueUnique(CutStage stage) {
    // Unique keys know no queues: the name of this one makes them its own.
    List<NewTask> tasks =
        List.of(
            stage.task(0).uniqueKey(stage.queue() + " a"),
            stage.task(1).uniqueKey(stage.queue() + " b"),
            stage.task(2).uniqueKey(stage.queue() + " b"));
    return () -> places(tasks, stage.client().enqueueAll(tasks));
  }

  private static CutCall enqueueWithin(CutStage stage) {
    List<NewTask> tasks = stage.tasks(2);
    return () -> {
      stage.inTransaction(connection -> stage.client().within(connection).enqueueAll(tasks));
      return "";
    };
  }

  private static CutCall claim(CutStage stage) {
    List<NewTask> tasks = stage.tasks(5);
    stage.direct().enqueueAll(tasks);
    ClaimRequest request = stage.request().limit(3);
    TaskQueue client = stage.client();
    return new CutCall() {
      @Override
      public String run() {
        return claims(tasks, client.claim(request));
      }

      @Override
      public String repeat(Exception failure) {
        if (failure instanceof OutcomeUnknownException unknown) {
          List<Claim> taken = client.claim(request.token(unknown.token().orElseThrow()));
          if (!taken.isEmpty()) {
            return claims(tasks, taken);
          }
        }
        return run();
      }
    };
  }

  private static CutCall claimAgain(CutStage stage) {
    List<NewTask> tasks = stage.tasks(2);
    UUID token = stage.claimed(tasks).get(0).token();
    ClaimRequest request = stage.request().lease(CutStage.LONG.multipliedBy(3)).token(token);
    return () -> claims(tasks, stage.client().claim(request));
  }

  private static CutCall completeAll(CutStage stage) {
    List<Claim> claims = stage.claimed(stage.tasks(3));
    List<ClaimUpdate> updates =
        claims.stream().<ClaimUpdate>map(ClaimUpdate.Complete::new).toList();
    // Whether now or by the call that was cut.
    Set<Outcome> written = Set.of(Outcome.APPLIED, Outcome.ALREADY_APPLIED);
    return () -> "all written: " + written.containsAll(stage.client().applyAll(updates));
  }

  /** The handler's own write is another task, with a new id each time that it is written. */
  private static CutCall completeIn(CutStage stage, Claim claim) {
    return new CutCall() {
      @Override
      public String run() {
        stage.inTransaction(
            connection -> {
              stage.client().within(connection).enqueue(stage.task(1));
              claim.completeIn(connection);
            });
        return "";
      }

      @Override
      public String repeat(Exception failure) {
        try {
          return run();
        } catch (LeaseLostException e) {
          // The transaction had committed, and the second one is rolled back.
          return "";
        }
      }
    };
  }

  /** Whoever finds it gone after an unknown outcome cannot know why, and has nothing to do. */
  private static CutCall completeAndDelete(CutStage stage) {
    Claim claim = stage.claimedToDelete();
    return new CutCall() {
      @Override
      public String run() {
        claim.complete();
        return "";
      }

      @Override
      public String repeat(Exception failure) {
        try {
          return run();
        } catch (LeaseLostException e) {
          if (failure instanceof OutcomeUnknownException) {
            return "";
          }
          throw e;
        }
      }
    };
  }

  private static CutCall cancel(CutStage stage) {
    UUID id = stage.direct().enqueue(stage.task(0));
    return () -> stage.client().cancel(id).orElseThrow().name();
  }

  private static CutCall cancelRunning(CutStage stage) {
    UUID id = stage.claimed().id();
    return () -> stage.client().cancel(id).orElseThrow().name();
  }

  /** Where in the list the tasks of these ids are. */
  private static String places(List<NewTask> tasks, List<UUID> ids) {
    List<UUID> known = tasks.stream().map(NewTask::id).toList();
    return "tasks " + ids.stream().map(known::indexOf).toList();
  }

  private static String claims(List<NewTask> tasks, List<Claim> claims) {
    return places(tasks, claims.stream().map(Claim::id).toList())
        + " attempts "
        + claims.stream().map(Claim::attempt).toList();
  }

  /** Whether the lease is all that it writes. */
  boolean extendsLease() {
    return name.equals("extend") || name.equals("claimAgain");
  }

  CutCall prepare(CutStage stage) {
    return preparation.apply(stage);
  }
}
