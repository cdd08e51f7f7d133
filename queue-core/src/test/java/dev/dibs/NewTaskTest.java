package dev.dibs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class NewTaskTest {
  private static final NewTask TASK = NewTask.of("a", "{}");

  @ParameterizedTest
  @NullSource
  @ValueSource(strings = {"", " ", "\t\n", "a\0b", "a\ud800b"})
  void of_invalidType_isRefused(String type) {
    assertThatExceptionOfType(InvalidInputException.class)
        .isThrownBy(() -> NewTask.of(type, "{}"))
        .withMessageStartingWith("type: must");
  }

  @Test
  void of_typeOf200Characters_isTheLongest() {
    assertThat(NewTask.of("𝒜".repeat(200), "{}").type()).hasSize(400);
    assertThatExceptionOfType(InvalidInputException.class)
        .isThrownBy(() -> NewTask.of("x".repeat(201), "{}"))
        .withMessage("type: must have at most 200 characters, had 201");
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(strings = {"", " ", "{", "secret", "\"\\u0000\"", "\"\\ud800\"", "1e999999"})
  void of_invalidPayload_isRefusedWithoutQuotingIt(String payload) {
    assertThatExceptionOfType(InvalidInputException.class)
        .isThrownBy(() -> NewTask.of("a", payload))
        .withMessageStartingWith("payload: must")
        .withMessageNotContaining("secret");
  }

  @Test
  void of_payloadOfOneMebibyte_isTheLargest() {
    String largest = '"' + "é".repeat((1 << 19) - 1) + '"';
    assertThat(NewTask.of("a", largest).payload()).isEqualTo(largest);
    assertThatExceptionOfType(InvalidInputException.class)
        .isThrownBy(() -> NewTask.of("a", largest + " "))
        .withMessageContaining("at most 1048576 bytes of UTF-8")
        .withMessageContaining("had 1048577");
  }

  @Test
  void setters_outsideTheirBounds_areRefusedByName() {
    refused(task -> task.delay(Duration.ofMillis(-1)), "delay: must be PT0S to PT87600H");
    refused(task -> task.delay(Duration.ofDays(3651)), "delay: must be");
    refused(task -> task.delay(Duration.ofSeconds(Long.MAX_VALUE)), "delay: must be");
    refused(task -> task.delay(null), "delay: must not be null");
    refused(task -> task.runAt(Instant.MAX), "runAt: must be in the years 1 to 9999");
    refused(task -> task.runAt(Instant.MIN), "runAt: must be in the years 1 to 9999");
    refused(task -> task.runAt(null), "runAt: must not be null");
    refused(task -> task.maxAttempts(0), "maxAttempts: must be 1 to 1000, was 0");
    refused(task -> task.maxAttempts(1001), "maxAttempts: must be");
    refused(task -> task.queue(""), "queue: must not be blank");
    refused(task -> task.priority(null), "priority: must not be null");
    refused(task -> task.id(null), "id: must not be null");
  }

  @Test
  void setters_anyOrder_keepEverythingElse() {
    NewTask task =
        TASK.queue("q").priority(Priority.HIGH).maxAttempts(3).delay(Duration.ofSeconds(5));
    assertThat(task.id()).isEqualTo(TASK.id());
    assertThat(task.queue()).isEqualTo("q");
    assertThat(task.priority()).isEqualTo(Priority.HIGH);
    assertThat(task.maxAttempts()).isEqualTo(3);
    assertThat(task.delay()).isEqualTo(Duration.ofSeconds(5));
    assertThat(TASK.queue()).as("the original").isEqualTo("default");
  }

  @Test
  void runAt_afterDelay_replacesIt() {
    Instant at = Instant.parse("2030-01-01T00:00:00.123456789Z");
    NewTask task = TASK.delay(Duration.ofDays(1)).runAt(at);
    assertThat(task.delay()).isZero();
    assertThat(task.runAt()).contains(Instant.parse("2030-01-01T00:00:00.123456Z"));
    assertThat(task.delay(Duration.ofDays(1)).runAt()).isEmpty();
  }

  @Test
  void checkAll_badLists_areRefusedWithTheIndex() {
    assertThatExceptionOfType(InvalidInputException.class)
        .isThrownBy(() -> NewTask.checkAll(null))
        .withMessage("tasks: must not be null");
    assertThatExceptionOfType(InvalidInputException.class)
        .isThrownBy(() -> NewTask.checkAll(Arrays.asList(TASK, null)))
        .withMessage("task at index 1: must not be null");
    assertThatExceptionOfType(InvalidInputException.class)
        .isThrownBy(() -> NewTask.checkAll(List.of(TASK, TASK.queue("q"))))
        .withMessage("task at index 1: its id is in the list already");
    assertThatExceptionOfType(InvalidInputException.class)
        .isThrownBy(() -> NewTask.checkAll(Collections.nCopies(100_001, TASK)))
        .withMessageContaining("split the list");
  }

  @Test
  void allOf_badPayload_isNamedByItsIndex() {
    assertThatExceptionOfType(InvalidInputException.class)
        .isThrownBy(() -> NewTask.allOf("a", List.of("1", "2", "nope")))
        .withMessageStartingWith("task at index 2: payload: must");
  }

  @Test
  void toString_ofATask_neverShowsThePayload() {
    assertThat(NewTask.of("a", "\"secret\"").toString()).doesNotContain("secret");
  }

  private static void refused(UnaryOperator<NewTask> setter, String message) {
    assertThatExceptionOfType(InvalidInputException.class)
        .isThrownBy(() -> setter.apply(TASK))
        .withMessageStartingWith(message);
  }
}
