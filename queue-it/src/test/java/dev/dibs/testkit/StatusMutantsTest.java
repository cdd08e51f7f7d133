package dev.dibs.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.TaskQueue;
import dev.dibs.it.TestSize;
import dev.dibs.testkit.contract.TaskQueueContract;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** No status of the queue in memory can be another without the contract noticing. */
class StatusMutantsTest {
  /** They take long and look at no transition. */
  private static final Set<String> LONG =
      Set.of("enqueueAll_hundredThousandTasks_isTheMost", "enqueueAll_moreThan256MiB_namesIndex");

  private static final List<Method> CONTRACT =
      Stream.of(TaskQueueContract.class.getMethods())
          .filter(method -> method.isAnnotationPresent(Test.class))
          .filter(method -> !LONG.contains(method.getName()))
          .sorted(Comparator.comparing(Method::getName))
          .collect(Collectors.toCollection(ArrayList::new));

  /** As JUnit would make one for each test. */
  private static final class Contract implements TaskQueueContract {
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private final TaskQueue queue;

    Contract(StatusMutant mutant) {
      queue = mutant.queue(() -> now);
    }

    @Override
    public TaskQueue queue() {
      return queue;
    }

    @Override
    public void forward(Duration time) {
      now = now.plus(time);
    }
  }

  @Test
  void contract_queueAsItIs_passes() {
    assertThat(CONTRACT).hasSizeGreaterThan(200);
    assertThat(noticedBy(StatusMutant.none())).isEmpty();
  }

  @Test
  void contract_anyOtherStatusOrOutcome_isNoticed() {
    List<StatusMutant> survivors = new ArrayList<>();
    List<StatusMutant> mutants = StatusMutant.all();
    int step = TestSize.of(12, 1);
    for (int i = 0; i < mutants.size(); i += step) {
      StatusMutant mutant = mutants.get(i);
      if (noticedBy(mutant).isEmpty()) {
        survivors.add(mutant);
      }
    }

    assertThat(mutants).hasSizeGreaterThan(100);
    assertThat(survivors).isEmpty();
    System.out.println(
        "Model: " + mutants.size() / step + " wrong statuses and outcomes, none unnoticed");
  }

  /** The first test of the contract that fails. */
  private static Optional<String> noticedBy(StatusMutant mutant) {
    for (Method test : List.copyOf(CONTRACT)) {
      Fuel.fill();
      try {
        test.setAccessible(true);
        test.invoke(new Contract(mutant));
      } catch (InvocationTargetException e) {
        // What noticed one is likely to notice the next.
        CONTRACT.remove(test);
        CONTRACT.add(0, test);
        return Optional.of(test.getName());
      } catch (IllegalAccessException e) {
        throw new IllegalStateException(e);
      }
    }
    return Optional.empty();
  }
}
