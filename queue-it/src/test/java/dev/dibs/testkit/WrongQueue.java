package dev.dibs.testkit;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.ClaimUpdate;
import dev.dibs.Outcome;
import dev.dibs.TaskQueue;
import dev.dibs.it.ForwardingTaskQueue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiPredicate;
import java.util.function.UnaryOperator;

/** A queue that is right but for one mistake, and so what the properties must catch. */
final class WrongQueue extends ForwardingTaskQueue {
  private final TaskQueue right;
  private final UnaryOperator<List<Claim>> order;
  private final UnaryOperator<ClaimUpdate> meaning;
  private final BiPredicate<Claim, Claim> fence;
  private final Map<UUID, Claim> newest = new HashMap<>();

  private WrongQueue(
      TaskQueue right,
      UnaryOperator<List<Claim>> order,
      UnaryOperator<ClaimUpdate> meaning,
      BiPredicate<Claim, Claim> fence) {
    super(right);
    this.right = right;
    this.order = order;
    this.meaning = meaning;
    this.fence = fence;
  }

  /** Writes by id and status: whoever finishes decides, whatever became of its claim. */
  static TaskQueue withoutToken(TaskQueue right) {
    return new WrongQueue(
        right, UnaryOperator.identity(), UnaryOperator.identity(), (newest, claim) -> true);
  }

  /** Fences on the number of the attempt, which a release lowers again. */
  static TaskQueue fencedByAttempt(TaskQueue right) {
    return new WrongQueue(
        right,
        UnaryOperator.identity(),
        UnaryOperator.identity(),
        (newest, claim) -> newest.attempt() == claim.attempt());
  }

  /** Returns the claims in the order in which an UPDATE happens to return rows. */
  static TaskQueue unordered(TaskQueue right) {
    UnaryOperator<List<Claim>> order =
        claims -> {
          List<Claim> reversed = new ArrayList<>(claims);
          Collections.reverse(reversed);
          return reversed;
        };
    return new WrongQueue(right, order, UnaryOperator.identity(), Object::equals);
  }

  /** Puts a task back without the delay that was asked for. */
  static TaskQueue retryingAtOnce(TaskQueue right) {
    UnaryOperator<ClaimUpdate> meaning =
        update ->
            update instanceof ClaimUpdate.Retry retry
                ? new ClaimUpdate.Retry(retry.claim(), retry.error(), Duration.ZERO)
                : update;
    return new WrongQueue(right, UnaryOperator.identity(), meaning, Object::equals);
  }

  @Override
  public List<Claim> claim(ClaimRequest request) {
    List<Claim> claims = right.claim(request);
    claims.forEach(claim -> newest.put(claim.id(), claim));
    return order.apply(claims);
  }

  @Override
  public Outcome apply(ClaimUpdate update) {
    Claim claim = update.claim();
    Claim last = newest.getOrDefault(claim.id(), claim);
    return right.apply(meaning.apply(under(fence.test(last, claim) ? last : claim, update)));
  }

  @Override
  public List<Outcome> applyAll(List<ClaimUpdate> updates) {
    return updates.stream().map(this::apply).toList();
  }

  private static ClaimUpdate under(Claim claim, ClaimUpdate update) {
    if (update instanceof ClaimUpdate.Complete) {
      return new ClaimUpdate.Complete(claim);
    } else if (update instanceof ClaimUpdate.Fail fail) {
      return new ClaimUpdate.Fail(claim, fail.error());
    } else if (update instanceof ClaimUpdate.Retry retry) {
      return new ClaimUpdate.Retry(claim, retry.error(), retry.delay());
    } else if (update instanceof ClaimUpdate.Release release) {
      return new ClaimUpdate.Release(claim, release.delay());
    }
    return new ClaimUpdate.Extend(claim, ((ClaimUpdate.Extend) update).lease());
  }
}
