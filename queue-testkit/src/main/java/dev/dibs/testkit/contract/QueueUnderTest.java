package dev.dibs.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.ClaimUpdate;
import dev.dibs.InvalidInputException;
import dev.dibs.NewTask;
import dev.dibs.Outcome;
import dev.dibs.Task;
import dev.dibs.TaskQueue;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;

/** What the parts of {@link TaskQueueContract} are written in: the queue, its time, and phrases. */
interface QueueUnderTest {
  String TYPE = "send_email";
  String OTHER_TYPE = "resize_image";
  Duration LEASE = ClaimRequest.DEFAULT_LEASE;

  TaskQueue queue();

  void forward(Duration time);

  default boolean soon(BooleanSupplier condition) {
    return condition.getAsBoolean();
  }

  void inTransaction(Consumer<Connection> work);

  /** For queues that look at no connection. */
  static Connection connectionToNothing() {
    return (Connection)
        Proxy.newProxyInstance(
            QueueUnderTest.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            (proxy, method, arguments) -> {
              throw new UnsupportedOperationException("no database behind: " + method.getName());
            });
  }

  default void assertInvariants() {}

  @AfterEach
  default void invariantsHold() {
    assertInvariants();
  }

  default ClaimRequest request() {
    return ClaimRequest.of(TYPE);
  }

  default NewTask newTask() {
    return NewTask.of(TYPE, "{\"to\": \"a@b.c\"}");
  }

  /** Claims what may lie behind the queue's cursor and so be found a little late. */
  default List<Claim> claimSoon(ClaimRequest request) {
    List<Claim> claims = new ArrayList<>();
    soon(() -> claims.addAll(queue().claim(request)));
    return claims;
  }

  /** Claims the one task that is due. */
  default Claim claimOne() {
    List<Claim> claims = claimSoon(request());
    assertThat(claims).as("claims").hasSize(1);
    return claims.get(0);
  }

  /** Enqueues a task and claims it. */
  default Claim claimed() {
    queue().enqueue(newTask());
    return claimOne();
  }

  /** Enqueues a task, claims it and fails it for good. */
  default Task failed(NewTask task, String error) {
    queue().enqueue(task);
    List<Claim> claims = claimSoon(ClaimRequest.of(task.type()).queue(task.queue()));
    assertThat(claims).as("claims").hasSize(1);
    assertThat(queue().apply(new ClaimUpdate.Fail(claims.get(0), error)))
        .isEqualTo(Outcome.APPLIED);
    return read(claims.get(0).id());
  }

  /** Lets the lease of every claim run out. */
  default void expireLeases() {
    forward(LEASE.plusSeconds(1));
  }

  default Task read(UUID id) {
    return queue().find(id).orElseThrow();
  }

  default void assertNothingWritten() {
    assertThat(queue().counts()).as("counts").allSatisfy((status, n) -> assertThat(n).isZero());
  }

  static void assertInvalid(ThrowingCallable call, String... words) {
    assertThatExceptionOfType(InvalidInputException.class)
        .isThrownBy(call)
        .satisfies(e -> assertThat(e.getMessage()).contains(words));
  }

  static List<UUID> ids(List<Claim> claims) {
    return claims.stream().map(Claim::id).toList();
  }
}
