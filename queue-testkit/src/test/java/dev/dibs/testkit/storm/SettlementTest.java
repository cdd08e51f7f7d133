package dev.dibs.testkit.storm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What an audit says of lost answers makes breaches certain that were only possible before. */
class SettlementTest {
  private final Seen seen = new Seen();
  private final Script one = new Script(1).preload();

  /** An audit by hand; times are milliseconds. */
  private final class Seen implements Changes {
    private final Map<UUID, List<Claimed>> claims = new HashMap<>();
    private final Map<UUID, Ended> ends = new HashMap<>();
    private final Map<UUID, Long> inserts = new HashMap<>();

    void claimed(UUID token, int task, int attempt, long by) {
      claims
          .computeIfAbsent(token, any -> new ArrayList<>())
          .add(new Claimed(one.id(task), attempt, 7, false, false, by * 1_000_000));
    }

    void ended(UUID token, long by) {
      ends.put(token, new Ended(false, by * 1_000_000));
    }

    @Override
    public List<Claimed> claimedWith(UUID token) {
      return claims.getOrDefault(token, List.of());
    }

    @Override
    public Optional<Ended> ended(UUID task, UUID token) {
      return Optional.ofNullable(ends.get(token));
    }

    @Override
    public Optional<Long> inserted(UUID task) {
      return Optional.ofNullable(inserts.get(task));
    }
  }

  private static final UUID FIRST = new UUID(1, 1);
  private static final UUID SECOND = new UUID(2, 2);

  private void claimAndComplete(long sent, long answered, int attempt) {
    one.complete(one.claim(0, sent, answered, 0, attempt), answered + 1, answered + 2);
  }

  @Test
  void settle_lostClaimThatTookTheTask_isAClaimOfIt() {
    one.lostClaim(1, 5, 10, FIRST);
    claimAndComplete(20, 30, 1);
    assertThat(one.broken()).isEmpty();

    seen.claimed(FIRST, 0, 1, 8);
    one.settle(seen);
    assertThat(one.broken()).isEqualTo(Map.of(Rule.DUPLICATE_ATTEMPT, 1L));
  }

  @Test
  void settle_lostClaimThatTookTheTaskUntilItsLeaseWasOver_isClean() {
    one.lostClaim(1, 5, 10, FIRST);
    claimAndComplete(1010, 1020, 2);
    seen.claimed(FIRST, 0, 1, 8);
    one.settle(seen);
    assertThat(one.broken()).isEmpty();
  }

  /** Without its effect nothing but the claim itself excuses those that came by. */
  @Test
  void settle_lostClaimThatTookNothing_hidesNoTaskAnyMore() {
    Script idle = new Script(1).preload();
    idle.lostClaim(1, 5, 10, FIRST);
    idle.empty(0, 300, 301, Script.BOTH_TYPES);
    assertThat(idle.broken()).isEqualTo(Map.of(Rule.LOST, 1L));

    idle.settle(seen);
    assertThat(idle.broken()).isEqualTo(Map.of(Rule.LOST, 1L, Rule.SPURIOUS_EMPTY, 1L));
  }

  @Test
  void settle_lostCompletionThatTookEffect_finishesTheTask() {
    long claim = one.claim(0, 5, 10, 0, 1);
    one.tokenOf(claim, FIRST).write(claim, Kind.COMPLETE, 15, 20, Answer.UNKNOWN);
    claimAndComplete(1030, 1040, 2);
    assertThat(one.broken()).isEmpty();

    seen.ended(FIRST, 18);
    one.settle(seen);
    assertThat(one.broken()).isEqualTo(Map.of(Rule.RESURRECTED, 1L));
  }

  @Test
  void settle_lostCompletionThatTookNoEffect_finishesNothing() {
    long claim = one.claim(0, 5, 10, 0, 1);
    one.tokenOf(claim, FIRST).write(claim, Kind.COMPLETE, 15, 20, Answer.UNKNOWN);
    assertThat(one.broken()).isEmpty();

    one.settle(seen);
    assertThat(one.broken()).isEqualTo(Map.of(Rule.LOST, 1L));
  }

  @Test
  void settle_lostCompletionBeforeOneThatWasApplied_tookNoEffect() {
    long claim = one.claim(0, 5, 10, 0, 1);
    one.tokenOf(claim, FIRST).write(claim, Kind.COMPLETE, 15, 20, Answer.UNKNOWN);
    one.complete(claim, 25, 30);
    seen.ended(FIRST, 28);
    one.settle(seen);
    assertThat(one.broken()).isEmpty();
  }

  @Test
  void settle_lostReleaseThatTookNoEffect_putsNothingBack() {
    long claim = one.claim(0, 5, 10, 0, 1);
    one.tokenOf(claim, FIRST).write(claim, Kind.RELEASE, 15, 20, Answer.UNKNOWN);
    long second = one.claim(1, 25, 30, 0, 1);
    one.tokenOf(second, SECOND).complete(second, 31, 32);
    assertThat(one.broken()).isEmpty();

    one.settle(seen);
    assertThat(one.broken()).isEqualTo(Map.of(Rule.DUPLICATE_ATTEMPT, 1L));
  }

  @Test
  void settle_lostEnqueueThatTookEffect_isAcknowledged() {
    Script lost = new Script(1).enqueue(0, 1, 2, 0, Answer.UNKNOWN);
    assertThat(lost.broken()).isEmpty();

    seen.inserts.put(one.id(0), 1_500_000L);
    lost.settle(seen);
    assertThat(lost.broken()).isEqualTo(Map.of(Rule.LOST, 1L));
  }

  @Test
  void settle_lostEnqueueThatTookNoEffect_isNoEnqueue() {
    Script lost = new Script(1).enqueue(0, 1, 2, 0, Answer.UNKNOWN);
    lost.complete(lost.claim(0, 10, 20, 0, 1), 21, 22);
    assertThat(lost.broken()).isEmpty();

    lost.settle(seen);
    assertThat(lost.broken()).isEqualTo(Map.of(Rule.UNEXPECTED, 1L));
  }
}
