package dev.dibs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.testkit.InMemoryTaskQueue;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Slots and places are given back, whatever becomes of an attempt and of whoever runs it. */
@Timeout(60)
class InHandTest {
  private static final FailureRule RULE =
      new FailureRule("worker", RetryPolicy.never(), Throwable::toString);

  private final TaskQueue queue = InMemoryTaskQueue.create();

  /** Has no thread, and gets none. */
  private final ScheduledThreadPoolExecutor timer =
      new ScheduledThreadPoolExecutor(
          1,
          task -> {
            throw new InternalError("unable to create native thread");
          });

  private final Deque<Runnable> threads = new ArrayDeque<>();
  private final List<String> handled = new ArrayList<>();
  private final List<@Nullable ClaimUpdate> ends = new ArrayList<>();

  /** It may have been called off, its lease may have ended, or it was given back just then. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void attempt_doesNotBegin_leavesItsPlaceToTheNext(boolean threadHasCome) {
    InHand inHand = inHand(2, threads::add, 1);
    List<Attempt> attempts = attempts(inHand, 3);
    inHand.start(attempts.subList(0, 1));
    if (threadHasCome) {
      attempts.get(0).claim().loseLease();
      threads.remove().run();
    } else {
      inHand.withdraw(attempts.subList(0, 1));
    }
    inHand.start(attempts.subList(1, 3));
    while (!threads.isEmpty()) {
      threads.remove().run();
    }
    assertThat(handled).containsExactly("1", "2");
    assertThat(inHand.size()).isZero();
  }

  @Test
  void executor_rejectsAll_allGoBackHoweverManyWait() {
    InHand inHand =
        inHand(
            4,
            thread -> {
              throw new RejectedExecutionException("shut down");
            },
            1);
    assertThat(inHand.start(attempts(inHand, 20_000))).isPresent();
    assertThat(inHand.size()).isZero();
    assertThat(ends).hasSize(20_000).allMatch(end -> end instanceof ClaimUpdate.Release);
  }

  @Test
  void executor_failsOnce_theSlotIsFreeAfterwards() {
    Deque<Error> failures =
        new ArrayDeque<>(List.of(new InternalError("unable to create native thread")));
    InHand inHand =
        inHand(
            1,
            thread -> {
              if (!failures.isEmpty()) {
                throw failures.remove();
              }
              threads.add(thread);
            },
            Share.UNLIMITED);
    List<Attempt> attempts = attempts(inHand, 2);
    assertThat(inHand.start(attempts.subList(0, 1))).isPresent();
    assertThat(inHand.start(attempts.subList(1, 2))).isEmpty();
    threads.remove().run();
    assertThat(handled).containsExactly("1");
    assertThat(inHand.size()).isZero();
  }

  @Test
  void handler_leavesItsThreadInterrupted_theNextIsNotAndTheThreadIsInTheEnd() {
    InHand inHand = inHand(1, threads::add, Share.UNLIMITED);
    List<Boolean> found = new ArrayList<>();
    List<Attempt> attempts =
        attempts(
            inHand,
            3,
            task -> {
              found.add(Thread.interrupted());
              Thread.currentThread().interrupt();
            });
    inHand.start(attempts);
    threads.remove().run();
    assertThat(Thread.interrupted()).as("meant for the thread, as far as is known").isTrue();
    assertThat(found).containsExactly(false, false, false);
  }

  @Test
  void timer_hasNoThread_theAttemptFailsAndTheSlotIsFree() {
    InHand inHand = inHand(1, threads::add, Share.UNLIMITED);
    HandlerOptions timed = HandlerOptions.standard().timeout(Duration.ofMinutes(1));
    Registered registered = new Registered(task -> {}, timed);
    inHand.start(List.of(attempt(inHand, claims(1).get(0), registered)));
    threads.remove().run();
    assertThat(ends).singleElement().isInstanceOf(ClaimUpdate.Fail.class);
    assertThat(inHand.size()).isZero();
  }

  private static InHand inHand(int slots, Executor executor, int limit) {
    return new InHand(slots, executor, List.of(new Share(List.of("a"), limit, 0)));
  }

  private List<Attempt> attempts(InHand inHand, int count) {
    return attempts(inHand, count, task -> handled.add(task.payload()));
  }

  private List<Attempt> attempts(InHand inHand, int count, Handler handler) {
    return claims(count).stream()
        .map(claim -> attempt(inHand, claim, new Registered(handler, HandlerOptions.standard())))
        .toList();
  }

  private Attempt attempt(InHand inHand, Claim claim, Registered registered) {
    Attempt attempt = new Attempt(claim, registered, RULE, timer, listener(inHand));
    inHand.take(attempt);
    return attempt;
  }

  /** Their payloads are their places. */
  private List<Claim> claims(int count) {
    queue.enqueueAll("a", IntStream.range(0, count).mapToObj(String::valueOf).toList());
    List<Claim> claims = new ArrayList<>();
    while (claims.size() < count) {
      claims.addAll(queue.claim(ClaimRequest.of("a").limit(1_000)));
    }
    return claims;
  }

  private Attempt.Listener listener(InHand inHand) {
    return new Attempt.Listener() {
      @Override
      public boolean mayBegin(Attempt attempt) {
        return true;
      }

      @Override
      public void ended(Attempt attempt, @Nullable ClaimUpdate update) {
        ends.add(update);
        inHand.giveBack(attempt);
      }

      @Override
      public void overtime(Attempt attempt) {
        throw new AssertionError("no time is up here");
      }
    };
  }
}
