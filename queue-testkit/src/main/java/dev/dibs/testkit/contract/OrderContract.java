package dev.dibs.testkit.contract;

import static dev.dibs.testkit.contract.QueueUnderTest.ids;
import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.ClaimUpdate;
import dev.dibs.NewTask;
import dev.dibs.Priority;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** In which order tasks are claimed: between priorities, between types, inside a lane. */
interface OrderContract extends QueueUnderTest {
  Instant LONG_AGO = Instant.parse("2020-01-01T00:00:00Z");

  @Test
  default void claim_oneLane_isFirstInFirstOut() {
    List<UUID> ids = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      ids.add(queue().enqueue(newTask()));
    }
    ids.addAll(queue().enqueueAll(TYPE, List.of("1", "2", "3")));

    List<UUID> claimed = new ArrayList<>(ids(queue().claim(request())));
    claimed.addAll(ids(queue().claim(request().limit(4))));
    claimed.addAll(ids(queue().claim(request().limit(10))));
    assertThat(claimed).containsExactlyElementsOf(ids);
  }

  @Test
  default void claim_oneLane_isInOrderOfRunAt() {
    NewTask late = newTask().runAt(LONG_AGO.plusSeconds(2));
    NewTask early = newTask().runAt(LONG_AGO);
    NewTask middle = newTask().runAt(LONG_AGO.plusSeconds(1));
    queue().enqueueAll(List.of(late, early, middle));

    assertThat(ids(queue().claim(request().limit(3))))
        .containsExactly(early.id(), middle.id(), late.id());
  }

  @Test
  default void claim_sameRunAt_isInOrderOfUnsignedIds() {
    UUID first = new UUID(0, 1);
    UUID second = new UUID(0, -1);
    UUID third = new UUID(1, 0);
    UUID fourth = new UUID(-1, 0);
    List<NewTask> tasks = new ArrayList<>();
    for (UUID id : List.of(fourth, second, third, first)) {
      tasks.add(newTask().id(id).runAt(LONG_AGO));
    }
    queue().enqueueAll(tasks);

    assertThat(ids(queue().claim(request().limit(10))))
        .containsExactly(first, second, third, fourth);
  }

  @Test
  default void claim_laneLimits_takesSoManyOfEachPriorityAndComesBackForTheRest() {
    String other = TYPE + "-other";
    List<UUID> ids = queue().enqueueAll(TYPE, List.of("1", "2", "3"));
    UUID urgent = queue().enqueue(newTask().priority(Priority.URGENT));
    UUID unlimited = queue().enqueue(NewTask.of(other, "4"));
    ClaimRequest request = ClaimRequest.of(TYPE, other).limit(10);

    assertThat(ids(queue().claim(request.laneLimits(Map.of(TYPE, 0))))).containsExactly(unlimited);
    assertThat(ids(queue().claim(request.laneLimits(Map.of(TYPE, 2)))))
        .containsExactly(urgent, ids.get(0), ids.get(1));
    assertThat(ids(queue().claim(request.laneLimits(Map.of(TYPE, 2)))))
        .as("a lane that was left at its limit was not at its end")
        .containsExactly(ids.get(2));
  }

  @Test
  default void claim_oneBatch_isDueAtOneTime() {
    List<NewTask> tasks = List.of(newTask().id(new UUID(5, 5)), newTask().id(new UUID(4, 4)));
    queue().enqueueAll(tasks);

    assertThat(ids(queue().claim(request().limit(2))))
        .as("tasks of one batch are told apart by their ids only")
        .containsExactly(new UUID(4, 4), new UUID(5, 5));
  }

  @Test
  default void claim_priorities_comeStrictlyFirst() {
    List<UUID> ids = new ArrayList<>();
    for (Priority priority :
        List.of(Priority.LOW, Priority.URGENT, Priority.NORMAL, Priority.HIGH)) {
      ids.add(queue().enqueue(newTask().priority(priority)));
    }

    List<UUID> claimed = new ArrayList<>(ids(queue().claim(request())));
    claimed.addAll(ids(queue().claim(request().limit(3))));
    assertThat(claimed).containsExactly(ids.get(1), ids.get(3), ids.get(2), ids.get(0));
  }

  @Test
  default void claim_prioritiesDueInTheOtherOrder_comeStrictlyFirst() {
    List<UUID> ids = new ArrayList<>();
    for (Priority priority :
        List.of(Priority.LOW, Priority.NORMAL, Priority.HIGH, Priority.URGENT)) {
      ids.add(
          0, queue().enqueue(newTask().priority(priority).runAt(LONG_AGO.plusSeconds(ids.size()))));
    }

    assertThat(ids(queue().claim(request().limit(4)))).containsExactlyElementsOf(ids);
  }

  @Test
  default void claim_laterUrgentTask_overtakes() {
    queue().enqueueAll(TYPE, List.of("1", "2"));
    queue().claim(request());
    UUID urgent = queue().enqueue(newTask().priority(Priority.URGENT));

    assertThat(ids(queue().claim(request()))).containsExactly(urgent);
  }

  @Test
  default void claim_types_takeTurns() {
    List<String> types = List.of("a", "b", "c");
    for (String type : types) {
      queue().enqueueAll(type, List.of("1", "2"));
    }

    List<String> claimed = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      queue().claim(ClaimRequest.of(types)).forEach(claim -> claimed.add(claim.type()));
    }
    assertThat(claimed.subList(0, 3)).containsExactlyInAnyOrderElementsOf(types);
    assertThat(claimed.subList(3, 6)).containsExactlyInAnyOrderElementsOf(types);
  }

  @Test
  default void claim_types_takeTurnsInsideAPriorityOnly() {
    queue().enqueue(NewTask.of("a", "1"));
    queue().enqueue(NewTask.of("b", "1").priority(Priority.HIGH));
    queue().enqueue(NewTask.of("b", "2").priority(Priority.HIGH));

    List<Claim> claims = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      claims.addAll(queue().claim(ClaimRequest.of("a", "b")));
    }
    assertThat(claims).extracting(Claim::type).containsExactly("b", "b", "a");
  }

  @Test
  default void release_task_keepsItsPlaceInLine() {
    List<UUID> ids = queue().enqueueAll(TYPE, List.of("1", "2", "3"));
    queue().claim(request()).get(0).release();

    assertThat(ids(claimSoon(request().limit(3)))).containsExactlyElementsOf(ids);
  }

  @Test
  default void retry_task_goesToTheEndOfTheLine() {
    List<UUID> ids = queue().enqueueAll(TYPE, List.of("1", "2"));
    Claim claim = queue().claim(request()).get(0);
    forward(Duration.ofMillis(1));
    queue().apply(new ClaimUpdate.Retry(claim, "again", Duration.ZERO));

    assertThat(ids(claimSoon(request().limit(2)))).containsExactly(ids.get(1), ids.get(0));
  }

  @Test
  default void snooze_task_isPassedMeanwhile() {
    List<UUID> ids = queue().enqueueAll(TYPE, List.of("1", "2"));
    queue().claim(request()).get(0).snooze(Duration.ofMinutes(5));

    assertThat(ids(queue().claim(request().limit(2)))).containsExactly(ids.get(1));
    forward(Duration.ofMinutes(5));
    List<Claim> claims = claimSoon(request().limit(2));
    assertThat(ids(claims)).contains(ids.get(0));
  }
}
