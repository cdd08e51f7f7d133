package dev.dibs.testkit.storm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.dibs.NewTask;
import java.util.List;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

class StormPlanTest {
  private static Storm storm() {
    return Storm.on(
        claimer -> {
          throw new AssertionError("a plan needs no queue");
        });
  }

  private static Plan plan(Storm storm) {
    return new Plan(storm.settings());
  }

  private static List<String> describe(Plan plan) {
    return plan.newTasks(0, plan.tasks().size()).stream()
        .map(task -> task.type() + task.priority() + task.delay() + task.payload())
        .toList();
  }

  @Test
  void plan_sameSeed_hasSameTasksUnderNewIds() {
    Plan one = plan(storm().tasks(500).seed(1));
    Plan other = plan(storm().tasks(500).seed(1));

    assertThat(describe(one)).isEqualTo(describe(other));
    assertThat(one.tasks().id(7)).isNotEqualTo(other.tasks().id(7));
  }

  @Test
  void plan_otherSeed_hasOtherTasks() {
    assertThat(describe(plan(storm().tasks(500).seed(1))))
        .isNotEqualTo(describe(plan(storm().tasks(500).seed(2))));
  }

  @Test
  void plan_lateShare_onlyDelaysLateTasks() {
    Plan plan = plan(storm().tasks(500).seed(1).late(40));

    assertThat(storm().tasks(500).late(40).settings().preloaded()).isEqualTo(300);
    assertThat(plan.newTasks(0, 300)).allMatch(task -> task.delay().isZero());
    assertThat(plan.newTasks(300, 500)).anyMatch(task -> !task.delay().isZero());
  }

  @Test
  void plan_payloads_haveAboutTwoHundredBytes() {
    List<NewTask> tasks = plan(storm().tasks(100).seed(3)).newTasks(0, 100);
    assertThat(tasks).allMatch(task -> task.payload().length() >= 190);
    assertThat(tasks).allMatch(task -> task.payload().length() <= 210);
  }

  @Test
  void tasks_indexOf_findsEachTaskAndNumbersStrangersBelowZero() {
    Tasks tasks = plan(storm().tasks(2_000).seed(4)).tasks();

    assertThat(IntStream.range(0, 2_000)).allMatch(i -> tasks.indexOf(tasks.id(i)) == i);
    NewTask stranger = NewTask.of("other", "{}");
    assertThat(tasks.indexOf(stranger.id())).isEqualTo(-1);
    assertThat(tasks.indexOf(stranger.id())).isEqualTo(-1);
    assertThat(tasks.id(-1)).isEqualTo(stranger.id());
    assertThat(tasks.indexOf(NewTask.of("other", "{}").id())).isEqualTo(-2);
  }

  @Test
  void plan_uniqueShare_givesFewKeysToLateTasksOnly() {
    Plan plan = plan(storm().tasks(2_000).seed(1).late(50).unique(40));
    List<NewTask> tasks = plan.newTasks(0, 2_000);

    assertThat(tasks.subList(0, 1_000)).allMatch(task -> task.uniqueKey().isEmpty());
    assertThat(tasks.stream().flatMap(task -> task.uniqueKey().stream()).count())
        .isBetween(300L, 500L);
    assertThat(tasks.stream().flatMap(task -> task.uniqueKey().stream()).distinct().count())
        .isBetween(2L, 20L);
    assertThat(tasks)
        .filteredOn(task -> task.uniqueKey().isPresent())
        .allMatch(task -> plan.tasks().hasKey(plan.tasks().indexOf(task.id())));
  }

  @Test
  void storm_toString_isTheCallThatMakesThePlanAgain() {
    DataSource dataSource = new PGSimpleDataSource();
    Storm storm = storm().tasks(7).seed(1L << 40).types("a\"b").unique(3).transactional(4);
    storm.database(dataSource, "s").faults(Fault.PAUSED_CLAIMER, Fault.HELD_ROW);

    assertThat(storm.toString())
        .startsWith("Storm.on(queue).tasks(7).claimers(64).seed(1099511627776L).types(\"a\\\"b\")")
        .contains(".unique(3).transactional(4)")
        .contains(".database(dataSource, \"s\").faults(Fault.PAUSED_CLAIMER, Fault.HELD_ROW)");
  }

  @Test
  void run_faultsWithoutDatabase_saysWhatIsMissing() {
    assertThatIllegalStateException()
        .isThrownBy(() -> storm().faults(Fault.HELD_ROW).run())
        .withMessage("transactional, audit and faults need database(dataSource, schema)");
  }

  @Test
  void run_uniqueWithoutLateTasks_saysWhatIsMissing() {
    assertThatIllegalStateException()
        .isThrownBy(() -> storm().unique(1).late(0).run())
        .withMessage("unique and transactional need late tasks, late was 0");
  }

  @Test
  void storm_valueOutsideItsBound_namesOptionBoundAndValue() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> storm().claimers(0))
        .withMessage("claimers: must be 1 to 4000, was 0");
  }
}
