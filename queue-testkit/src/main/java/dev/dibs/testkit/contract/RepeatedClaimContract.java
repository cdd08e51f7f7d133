package dev.dibs.testkit.contract;

import static dev.dibs.testkit.contract.QueueUnderTest.ids;
import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.Pause;
import dev.dibs.Priority;
import dev.dibs.Status;
import dev.dibs.Task;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** A claim whose answer was lost is asked for again by its token. */
interface RepeatedClaimContract extends QueueUnderTest {

  @Test
  default void claimAgain_everythingStillHeld_returnsItInOrder() {
    queue().enqueueAll(TYPE, List.of("1", "2", "3"));
    List<Claim> claims = queue().claim(request().limit(2));
    List<Claim> again = queue().claim(request().token(claims.get(0).token()));

    assertThat(ids(again)).as("whatever the limit").containsExactlyElementsOf(ids(claims));
    assertThat(again).allMatch(claim -> claim.attempt() == 1 && !claim.alone());
    assertThat(again).extracting(Claim::task).containsExactlyElementsOf(tasks(claims));
    assertThat(queue().counts()).containsEntry(Status.PENDING, 1L);
    again.forEach(Claim::complete);
    assertThat(queue().counts()).containsEntry(Status.COMPLETED, 2L);
  }

  private static List<Task> tasks(List<Claim> claims) {
    return claims.stream().map(Claim::task).toList();
  }

  @Test
  default void claimAgain_prioritiesAndRunAts_areInTheUsualOrder() {
    queue().enqueue(newTask().priority(Priority.LOW));
    queue().enqueue(newTask().delay(Duration.ofSeconds(1)));
    queue().enqueue(newTask());
    queue().enqueue(newTask().priority(Priority.URGENT));
    forward(Duration.ofSeconds(2));
    List<Claim> claims = queue().claim(request().limit(4));

    assertThat(claims).hasSize(4);
    assertThat(ids(queue().claim(request().token(claims.get(0).token()))))
        .containsExactlyElementsOf(ids(claims));
  }

  @Test
  default void claimAgain_unknownToken_takesNothing() {
    queue().enqueue(newTask());
    claimed();
    queue().enqueue(newTask());

    assertThat(queue().claim(request().limit(10).token(UUID.randomUUID()))).isEmpty();
  }

  @Test
  default void claimAgain_leaseBeginsAnew_asLongAsRequested() {
    Claim claim = claimed();
    forward(LEASE.minusSeconds(10));
    assertThat(queue().claim(again(claim).lease(Duration.ofMinutes(10)))).hasSize(1);

    forward(Duration.ofMinutes(9));
    assertThat(queue().claim(request())).isEmpty();
    forward(Duration.ofMinutes(2));
    assertThat(claimOne().attempt()).isEqualTo(2);
  }

  @Test
  default void claimAgain_expiredButUntaken_isHeldAgain() {
    Claim claim = claimed();
    expireLeases();

    List<Claim> again = queue().claim(again(claim));
    assertThat(again).hasSize(1).allMatch(held -> held.attempt() == 1);
    assertThat(queue().claim(request())).isEmpty();
    assertThat(queue().errors(claim.id())).isEmpty();
    again.get(0).complete();
  }

  @Test
  default void claimAgain_takenBySomebodyElse_isEmpty() {
    Claim claim = claimed();
    expireLeases();
    Claim next = claimOne();

    assertThat(queue().claim(again(claim))).isEmpty();
    assertThat(read(claim.id())).isEqualTo(next.task());
  }

  @Test
  default void claimAgain_endedByItsHolder_isEmpty() {
    queue().enqueueAll(TYPE, List.of("1", "2", "3"));
    List<Claim> claims = queue().claim(request().limit(3));
    claims.get(0).complete();
    claims.get(1).release();

    assertThat(ids(queue().claim(again(claims.get(0))))).containsExactly(claims.get(2).id());
  }

  @Test
  default void claimAgain_otherTypesAndQueues_areLeft() {
    queue().enqueue(TYPE, "1");
    queue().enqueue(OTHER_TYPE, "1");
    ClaimRequest both = ClaimRequest.of(TYPE, OTHER_TYPE).limit(2);
    List<Claim> claims = queue().claim(both);
    UUID token = claims.get(0).token();

    assertThat(queue().claim(request().token(token))).extracting(Claim::type).containsExactly(TYPE);
    assertThat(queue().claim(both.token(token))).hasSize(2);
    assertThat(queue().claim(both.queue("other").token(token))).isEmpty();
  }

  @Test
  default void claimAgain_twoTypes_isNoTurn() {
    queue().enqueueAll(TYPE, List.of("1", "2", "3"));
    queue().enqueueAll(OTHER_TYPE, List.of("1", "2", "3"));
    ClaimRequest both = ClaimRequest.of(TYPE, OTHER_TYPE).limit(1);
    Claim first = queue().claim(both).get(0);
    queue().claim(both.token(first.token()));

    assertThat(queue().claim(both).get(0).type()).isNotEqualTo(first.type());
  }

  @Test
  default void claimAgain_twoTypes_areInTheOrderThatWasAskedFor() {
    queue().enqueue(TYPE, "1");
    queue().enqueue(OTHER_TYPE, "1");
    ClaimRequest both = ClaimRequest.of(TYPE, OTHER_TYPE).limit(2);
    UUID token = queue().claim(both).get(0).token();

    for (int i = 0; i < 3; i++) {
      assertThat(queue().claim(both.token(token)))
          .extracting(Claim::type)
          .containsExactly(TYPE, OTHER_TYPE);
    }
  }

  @Test
  default void claimAgain_suspect_staysAlone() {
    queue().enqueue(newTask());
    claimOne();
    expireLeases();
    claimOne();
    expireLeases();
    Claim alone = claimOne();
    assertThat(alone.alone()).isTrue();

    assertThat(queue().claim(again(alone)))
        .singleElement()
        .matches(Claim::alone)
        .matches(claim -> claim.attempt() == 3);
  }

  @Test
  default void claimAgain_paused_isReturned() {
    Claim claim = claimed();
    queue().admin().pause(Pause.queue(claim.task().queue()));
    queue().admin().pause(Pause.type(TYPE));

    assertThat(ids(queue().claim(again(claim)))).containsExactly(claim.id());
  }

  @Test
  default void claimAgain_toBeCancelled_saysSo() {
    Claim claim = claimed();
    queue().cancel(claim.id());

    assertThat(queue().claim(again(claim)))
        .singleElement()
        .matches(again -> again.task().cancelRequested());
  }

  private ClaimRequest again(Claim claim) {
    return request().token(claim.token());
  }
}
