package dev.dibs.testkit.contract;

import static dev.dibs.testkit.contract.QueueUnderTest.assertInvalid;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.ClaimUpdate;
import dev.dibs.FailedFilter;
import dev.dibs.InvalidInputException;
import dev.dibs.NewTask;
import dev.dibs.Pause;
import dev.dibs.Retention;
import dev.dibs.Status;
import dev.dibs.TaskAdmin;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is refused before anything is written, and what is just within its bound. */
@SuppressWarnings("NullAway") // A null where none may be is what some of these tests are about.
interface InputContract extends QueueUnderTest {
  Duration LONGEST_DELAY = Duration.ofDays(3650);
  Duration LONGEST_LEASE = Duration.ofDays(30);
  int MAX_PAYLOAD_BYTES = 1 << 20;
  int MAX_PROGRESS_BYTES = 1 << 16;

  @Test
  default void enqueue_typeNotValid_isRefused() {
    assertInvalid(() -> queue().enqueue(null, "{}"), "type", "null");
    assertInvalid(() -> queue().enqueue("", "{}"), "type", "blank");
    assertInvalid(() -> queue().enqueue(" \t", "{}"), "type", "blank");
    assertInvalid(() -> queue().enqueue("t".repeat(201), "{}"), "type", "200", "201");
    assertInvalid(() -> queue().enqueue("a\0b", "{}"), "type", "NUL");
    assertInvalid(() -> queue().enqueue("a\ud800b", "{}"), "type", "surrogate");
    assertNothingWritten();
  }

  @Test
  default void enqueue_typeOf200Characters_isKept() {
    String type = "\ud83d\ude80".repeat(200);
    queue().enqueue(type, "{}");

    assertThat(claimSoon(ClaimRequest.of(type))).extracting(Claim::type).containsExactly(type);
  }

  @Test
  default void enqueue_payloadNotJson_isRefused() {
    assertInvalid(() -> queue().enqueue(TYPE, null), "payload", "null");
    List<String> payloads =
        List.of(
            "",
            " ",
            "{",
            "}",
            "[1,]",
            "{\"a\":}",
            "{\"a\" 1}",
            "{a:1}",
            "{'a':1}",
            "nul",
            "True",
            "NaN",
            "Infinity",
            "01",
            "+1",
            ".5",
            "1.",
            "1e",
            "0x1",
            "1 2",
            "\"a",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\t\"",
            "// c\n1",
            "\ufeff{}",
            "\u00a0{}");
    for (String payload : payloads) {
      assertRefused(payload);
    }
    assertNothingWritten();
  }

  @Test
  default void enqueue_payloadThatJsonbCannotHold_isRefused() {
    assertRefused("\"\\u0000\"");
    assertRefused("{\"\\u0000\": 1}");
    assertRefused("\"\\ud800\"");
    assertRefused("\"\\udc00\\ud800\"");
    assertRefused("\"\ud800\"");
    assertRefused("1e400000");
    assertRefused("[".repeat(1001) + "]".repeat(1001));
    assertNothingWritten();
  }

  private void assertRefused(String payload) {
    assertThat(catchThrowable(() -> queue().enqueue(TYPE, payload)))
        .as("enqueue of the payload %s", payload.length() > 80 ? "…" : payload)
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("payload");
  }

  @Test
  default void enqueue_payloadTooLong_isRefused() {
    String ascii = "\"" + "x".repeat(MAX_PAYLOAD_BYTES - 1) + "\"";
    String accents = "\"" + "é".repeat(MAX_PAYLOAD_BYTES / 2) + "\"";

    assertInvalid(() -> queue().enqueue(TYPE, ascii), "payload", "1048576", "1048577");
    assertInvalid(() -> queue().enqueue(TYPE, accents), "payload", "1048576", "1048578");
    assertNothingWritten();
  }

  @Test
  default void enqueue_payloadAtItsBounds_isKept() {
    String longest = "\"" + "x".repeat(MAX_PAYLOAD_BYTES - 2) + "\"";
    String deepest = "[".repeat(1000) + "]".repeat(1000);

    assertThat(read(queue().enqueue(TYPE, longest)).payload()).isEqualTo(longest);
    assertThat(read(queue().enqueue(TYPE, deepest)).payload()).isEqualTo(deepest);
  }

  @Test
  default void enqueue_payloadRefused_isNotQuoted() {
    assertThat(catchThrowable(() -> queue().enqueue(TYPE, "{\"password\": hunter2}")))
        .isInstanceOf(InvalidInputException.class)
        .message()
        .doesNotContain("password")
        .doesNotContain("hunter2");
  }

  @Test
  default void newTask_optionNotValid_isRefused() {
    NewTask task = newTask();

    assertInvalid(() -> task.id(null), "id", "null");
    assertInvalid(() -> task.queue(null), "queue", "null");
    assertInvalid(() -> task.queue(" "), "queue", "blank");
    assertInvalid(() -> task.queue("q".repeat(201)), "queue", "200", "201");
    assertInvalid(() -> task.priority(null), "priority", "null");
    assertInvalid(() -> task.maxAttempts(0), "maxAttempts", "1 to 1000", "was 0");
    assertInvalid(() -> task.maxAttempts(1001), "maxAttempts", "1 to 1000", "was 1001");
    assertInvalid(() -> task.delay(null), "delay", "null");
    assertInvalid(() -> task.delay(Duration.ofNanos(-1)), "delay", "PT0S");
    assertInvalid(() -> task.delay(LONGEST_DELAY.plusNanos(1)), "delay", "PT87600H");
    assertInvalid(() -> task.runAt(null), "runAt", "null");
    assertInvalid(() -> task.runAt(Instant.MIN), "runAt", "years 1 to 9999");
    assertInvalid(() -> task.runAt(Instant.MAX), "runAt", "years 1 to 9999");
    assertInvalid(() -> task.uniqueKey(null), "uniqueKey", "null");
    assertInvalid(() -> task.uniqueKey(" "), "uniqueKey", "blank");
    assertInvalid(() -> task.uniqueKey("k".repeat(201)), "uniqueKey", "200", "201");
    assertInvalid(() -> task.uniqueKey("a\0b"), "uniqueKey", "NUL");
    assertInvalid(() -> task.uniqueKey("k", null), "uniqueKey window", "null");
    assertInvalid(() -> task.uniqueKey("k", Duration.ofMillis(999)), "uniqueKey window", "PT1S");
    assertInvalid(() -> task.uniqueKey("k", LONGEST_DELAY.plusNanos(1)), "window", "PT87600H");
  }

  @Test
  default void everyAdminOperation_null_isRefused() {
    TaskAdmin admin = queue().admin();

    assertInvalid(() -> admin.failed(null), "filter");
    assertInvalid(() -> admin.redrive(null), "filter");
    assertInvalid(() -> admin.prune(null), "filter");
    assertInvalid(() -> admin.pause(null), "pause");
    assertInvalid(() -> admin.resume(null), "pause");
    assertInvalid(() -> admin.sweep(null, UUID.randomUUID()), "retention");
    assertInvalid(() -> admin.sweep(Retention.forever(), null), "keeper");
  }

  @Test
  default void adminInput_notValid_isRefused() {
    FailedFilter all = FailedFilter.all();
    Duration tooLong = Duration.ofDays(36_500).plusNanos(1);

    assertInvalid(() -> FailedFilter.id(null), "id", "null");
    assertInvalid(() -> all.ids(null), "ids", "null");
    assertInvalid(() -> all.ids(Arrays.asList(UUID.randomUUID(), null)), "id", "null");
    assertInvalid(
        () -> all.ids(Collections.nCopies(10_001, UUID.randomUUID())), "ids", "0 to 10000");
    assertInvalid(() -> all.queue(null), "queue", "null");
    assertInvalid(() -> all.queue(" "), "queue", "blank");
    assertInvalid(() -> all.type("t".repeat(201)), "type", "200");
    assertInvalid(() -> all.errorContains(null), "errorContains", "null");
    assertInvalid(() -> all.errorContains("e".repeat(201)), "errorContains", "200");
    assertInvalid(() -> all.before(null), "before", "null");
    assertInvalid(() -> all.before(Instant.MAX), "before", "years 1 to 9999");
    assertInvalid(() -> all.limit(0), "limit", "1 to 10000", "was 0");
    assertInvalid(() -> all.limit(10_001), "limit", "1 to 10000", "was 10001");
    assertInvalid(() -> Pause.queue(null), "name", "null");
    assertInvalid(() -> Pause.type(" "), "name", "blank");
    assertInvalid(() -> new Pause(null, "x"), "kind", "null");
    assertInvalid(() -> Retention.forever().completed(null), "completed", "null");
    assertInvalid(() -> Retention.forever().failed(Duration.ofNanos(-1)), "failed", "PT0S");
    assertInvalid(() -> Retention.forever().cancelled(tooLong), "cancelled", "PT876000H");
  }

  @Test
  default void enqueue_runAtAtItsBounds_isKept() {
    Instant first = Instant.parse("0001-01-01T00:00:00Z");
    Instant last = Instant.parse("9999-12-31T23:59:59Z");

    assertThat(read(queue().enqueue(newTask().runAt(first))).runAt()).isEqualTo(first);
    assertThat(read(queue().enqueue(newTask().runAt(last))).runAt()).isEqualTo(last);
    queue().enqueue(newTask().delay(LONGEST_DELAY));
    assertThat(claimSoon(request().limit(10))).as("only the first is due").hasSize(1);
  }

  @Test
  default void claimRequest_notValid_isRefused() {
    assertInvalid(() -> ClaimRequest.of((String[]) null), "types", "null");
    assertInvalid(ClaimRequest::of, "types", "1 to 1000", "was 0");
    assertInvalid(() -> ClaimRequest.of("a", null), "type", "null");
    assertInvalid(() -> ClaimRequest.of("a", ""), "type", "blank");
    assertInvalid(() -> ClaimRequest.of("t".repeat(201)), "type", "200");
    assertInvalid(() -> ClaimRequest.of(names(1001)), "types", "1 to 1000", "was 1001");
    assertInvalid(() -> request().queue(null), "queue", "null");
    assertInvalid(() -> request().queue(""), "queue", "blank");
    assertInvalid(() -> request().limit(0), "limit", "1 to 10000", "was 0");
    assertInvalid(() -> request().limit(10_001), "limit", "1 to 10000", "was 10001");
    assertInvalid(() -> request().lease(null), "lease", "null");
    assertInvalid(() -> request().lease(Duration.ofNanos(999_999)), "lease", "PT0.001S");
    assertInvalid(() -> request().lease(LONGEST_LEASE.plusNanos(1)), "lease", "PT720H");
    assertInvalid(() -> request().token(null), "token", "null");
  }

  @Test
  default void claim_requestAtItsBounds_isServed() {
    queue().enqueue(newTask());
    queue().enqueue("type_999", "{}");

    assertThat(queue().claim(request().limit(10_000).lease(LONGEST_LEASE))).hasSize(1);
    assertThat(queue().claim(ClaimRequest.of(names(1000)).lease(Duration.ofMillis(1)))).hasSize(1);
  }

  private static List<String> names(int count) {
    return IntStream.range(0, count).mapToObj(i -> "type_" + i).toList();
  }

  @Test
  default void claimUpdate_notValid_isRefused() {
    Claim claim = claimed();
    Duration negative = Duration.ofNanos(-1);
    Duration absurd = LONGEST_DELAY.plusNanos(1);

    assertInvalid(() -> new ClaimUpdate.Complete(null), "claim");
    assertInvalid(() -> new ClaimUpdate.Complete(claim, null), "result");
    assertInvalid(() -> new ClaimUpdate.Fail(null, "x"), "claim");
    assertInvalid(() -> new ClaimUpdate.Retry(null, "x", Duration.ZERO), "claim");
    assertInvalid(() -> new ClaimUpdate.Retry(claim, "x", null), "delay");
    assertInvalid(() -> new ClaimUpdate.Release(null, Duration.ZERO), "claim");
    assertInvalid(() -> new ClaimUpdate.Release(claim, null), "delay");
    assertInvalid(() -> new ClaimUpdate.Extend(null, LEASE), "claim");
    assertInvalid(() -> new ClaimUpdate.Extend(claim, null), "lease");
    assertInvalid(() -> new ClaimUpdate.Progress(null, "1"), "claim");
    assertInvalid(() -> new ClaimUpdate.Progress(claim, null), "progress");
    assertInvalid(() -> new ClaimUpdate.Fail(claim, null), "error");
    assertInvalid(() -> new ClaimUpdate.Retry(claim, null, Duration.ZERO), "error");
    assertInvalid(() -> new ClaimUpdate.Retry(claim, "x", negative), "delay");
    assertInvalid(() -> new ClaimUpdate.Retry(claim, "x", absurd), "delay");
    assertInvalid(() -> claim.fail(null), "error");
    assertInvalid(() -> claim.snooze(null), "delay");
    assertInvalid(() -> claim.snooze(negative), "delay");
    assertInvalid(() -> claim.snooze(absurd), "delay");
    assertInvalid(() -> claim.extend(null), "lease");
    assertInvalid(() -> claim.extend(Duration.ZERO), "lease");
    assertInvalid(() -> claim.extend(LONGEST_LEASE.plusNanos(1)), "lease");
    assertInvalid(() -> claim.fail(new IllegalStateException(), null), "policy");
    assertInvalid(() -> claim.complete(null), "result");
    assertInvalid(() -> claim.complete("{"), "result");
    assertInvalid(() -> claim.complete("\"\\u0000\""), "result");
    assertInvalid(() -> claim.complete(text(MAX_PAYLOAD_BYTES + 1)), "result", "1048576");
    assertInvalid(() -> claim.progress(null), "progress");
    assertInvalid(() -> claim.progress("[1,]"), "progress");
    assertInvalid(() -> claim.progress(text(MAX_PROGRESS_BYTES + 1)), "progress", "65536");
    assertInvalid(() -> claim.completeIn(null), "connection");
    assertThat(read(claim.id())).isEqualTo(claim.task());
  }

  /** JSON of so many bytes. */
  private static String text(int bytes) {
    return "\"" + "x".repeat(bytes - 2) + "\"";
  }

  @Test
  default void claimUpdate_jsonAtItsBounds_isKept() {
    Claim claim = claimed();
    claim.progress(text(MAX_PROGRESS_BYTES));
    claim.complete(text(MAX_PAYLOAD_BYTES));

    assertThat(read(claim.id()).progress()).contains(text(MAX_PROGRESS_BYTES));
    assertThat(read(claim.id()).result()).contains(text(MAX_PAYLOAD_BYTES));
  }

  @Test
  default void everyOperation_null_isRefused() {
    Claim claim = claimed();

    assertInvalid(() -> queue().enqueue(null), "task");
    assertInvalid(() -> queue().enqueueAll(null), "tasks");
    assertInvalid(() -> queue().enqueueAll(TYPE, null), "payloads");
    assertInvalid(() -> queue().within(null), "connection");
    assertInvalid(() -> queue().claim(null), "request");
    assertInvalid(() -> queue().apply(null), "update");
    assertInvalid(() -> queue().applyAll(null), "updates");
    assertInvalid(
        () -> queue().applyAll(Arrays.asList(new ClaimUpdate.Complete(claim), null)), "update");
    assertInvalid(
        () -> queue().applyAll(Arrays.asList(null, new ClaimUpdate.Complete(claim))), "update");
    assertInvalid(() -> queue().applyIn(null, new ClaimUpdate.Complete(claim)), "connection");
    inTransaction(connection -> assertInvalid(() -> queue().applyIn(connection, null), "update"));
    assertInvalid(() -> queue().cancel(null), "id");
    assertInvalid(() -> queue().errors(null), "id");
    assertInvalid(() -> queue().find(null), "id");
    assertInvalid(() -> queue().addWakeUp(null), "wakeUp");
    assertThat(queue().counts()).containsEntry(Status.PROCESSING, 1L);
  }
}
