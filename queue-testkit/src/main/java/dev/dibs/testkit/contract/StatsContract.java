package dev.dibs.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.NewTask;
import dev.dibs.Pause;
import dev.dibs.TypeStats;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What an operator sees of the queues and types. */
interface StatsContract extends QueueUnderTest {

  @Test
  default void stats_nothingThere_isEmpty() {
    assertThat(queue().admin().stats()).isEmpty();
  }

  @Test
  default void stats_finishedTasks_areNotCounted() {
    claimed().complete();
    queue().cancel(queue().enqueue(newTask()));
    queue().admin().pause(Pause.type(TYPE));

    assertThat(queue().admin().stats()).isEmpty();
  }

  @Test
  default void stats_tasksOfEveryKind_areCounted() {
    queue().enqueueAll(TYPE, List.of("1", "2", "3", "4"));
    List<Claim> claims = queue().claim(request().limit(4).lease(Duration.ofHours(2)));
    claims.get(0).extend(LEASE);
    claims.get(3).release();
    forward(Duration.ofHours(1));
    failed(NewTask.of(OTHER_TYPE, "{}"), "broken");
    failed(NewTask.of(OTHER_TYPE, "{}"), "broken");
    queue().enqueue(newTask());
    queue().enqueue(newTask().delay(Duration.ofMinutes(1)));

    List<TypeStats> stats = queue().admin().stats();
    assertThat(stats).extracting(TypeStats::type).containsExactly(OTHER_TYPE, TYPE);
    TypeStats failures = stats.get(0);
    assertThat(failures)
        .isEqualTo(
            new TypeStats("default", OTHER_TYPE, 0, 0, 0, 0, 2, failures.oldestReady(), false));
    assertThat(failures.oldestReady()).isEmpty();
    TypeStats live = stats.get(1);
    assertThat(live)
        .isEqualTo(new TypeStats("default", TYPE, 2, 1, 3, 1, 0, live.oldestReady(), false));
    assertThat(live.oldestReady().orElseThrow())
        .as("since the released one was due")
        .isBetween(Duration.ofHours(1), Duration.ofHours(1).plusSeconds(10));
  }

  @Test
  default void stats_queuesAndTypes_areInBinaryOrder() {
    for (String queue : List.of("b", "ä", "B", "a b", "a")) {
      queue().enqueue(newTask().queue(queue));
    }
    for (String type : List.of("b", "\ufffd", "\ud83d\ude80", "B")) {
      queue().enqueue(NewTask.of(type, "1").queue("a"));
    }

    assertThat(queue().admin().stats())
        .extracting(stats -> stats.queue() + "/" + stats.type())
        .containsExactly(
            "B/" + TYPE,
            "a/B",
            "a/b",
            "a/" + TYPE,
            "a/\ufffd",
            "a/\ud83d\ude80",
            "a b/" + TYPE,
            "b/" + TYPE,
            "ä/" + TYPE);
  }

  @Test
  default void stats_paused_saysSo() {
    UUID other = queue().enqueue(OTHER_TYPE, "{}");
    queue().enqueue(newTask());
    queue().enqueue(newTask().queue("bulk"));
    queue().enqueue(NewTask.of(OTHER_TYPE, "{}").queue("bulk"));
    assertThat(queue().admin().stats()).noneMatch(TypeStats::paused);
    queue().admin().pause(Pause.type(TYPE));
    queue().admin().pause(Pause.queue("bulk"));

    assertThat(queue().admin().stats())
        .filteredOn(stats -> !stats.paused())
        .singleElement()
        .satisfies(stats -> assertThat(stats.type()).isEqualTo(OTHER_TYPE))
        .satisfies(stats -> assertThat(stats.queue()).isEqualTo("default"));
    assertThat(queue().claim(ClaimRequest.of(OTHER_TYPE)).get(0).id()).isEqualTo(other);
  }
}
