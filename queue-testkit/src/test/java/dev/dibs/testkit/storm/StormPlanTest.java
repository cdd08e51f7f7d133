package dev.dibs.testkit.storm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.dibs.NewTask;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StormPlanTest {
  private static Storm storm() {
    return Storm.on(
        claimer -> {
          throw new AssertionError("a plan needs no queue");
        });
  }

  private static List<String> describe(Plan plan) {
    return plan.newTasks(0, plan.tasks().size()).stream()
        .map(task -> task.type() + task.priority() + task.delay() + task.payload())
        .toList();
  }

  @Test
  void plan_sameSeed_hasSameTasksUnderNewIds() {
    Plan one = new Plan(storm().tasks(500).seed(1));
    Plan other = new Plan(storm().tasks(500).seed(1));

    assertThat(describe(one)).isEqualTo(describe(other));
    assertThat(one.tasks().id(7)).isNotEqualTo(other.tasks().id(7));
  }

  @Test
  void plan_otherSeed_hasOtherTasks() {
    assertThat(describe(new Plan(storm().tasks(500).seed(1))))
        .isNotEqualTo(describe(new Plan(storm().tasks(500).seed(2))));
  }

  @Test
  void plan_lateShare_onlyDelaysLateTasks() {
    Plan plan = new Plan(storm().tasks(500).seed(1).late(40));

    assertThat(plan.preloaded()).isEqualTo(300);
    assertThat(plan.newTasks(0, 300)).allMatch(task -> task.delay().isZero());
    assertThat(plan.newTasks(300, 500)).anyMatch(task -> !task.delay().isZero());
  }

  @Test
  void plan_payloads_haveAboutTwoHundredBytes() {
    List<NewTask> tasks = new Plan(storm().tasks(100).seed(3)).newTasks(0, 100);
    assertThat(tasks).allMatch(task -> task.payload().length() >= 190);
    assertThat(tasks).allMatch(task -> task.payload().length() <= 210);
  }

  @Test
  void tasks_indexOf_findsEachTaskAndNumbersStrangersBelowZero() {
    Tasks tasks = new Plan(storm().tasks(2_000).seed(4)).tasks();

    assertThat(IntStream.range(0, 2_000)).allMatch(i -> tasks.indexOf(tasks.id(i)) == i);
    NewTask stranger = NewTask.of("other", "{}");
    assertThat(tasks.indexOf(stranger.id())).isEqualTo(-1);
    assertThat(tasks.indexOf(stranger.id())).isEqualTo(-1);
    assertThat(tasks.id(-1)).isEqualTo(stranger.id());
    assertThat(tasks.indexOf(NewTask.of("other", "{}").id())).isEqualTo(-2);
  }

  @Test
  void storm_valueOutsideItsBound_namesOptionBoundAndValue() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> storm().claimers(0))
        .withMessage("claimers: must be 1 to 4000, was 0");
  }
}
