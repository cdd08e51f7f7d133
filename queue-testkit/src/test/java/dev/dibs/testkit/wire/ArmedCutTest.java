package dev.dibs.testkit.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ArmedCutTest {

  private static final Object CONNECTION = "one";
  private static final Object OTHER = "other";

  @Test
  void strikes_kthOfItsDirection_onceOnly() {
    ArmedCut cut = new ArmedCut(Cut.request(2));

    assertThat(cut.strikes(CONNECTION, true, message("a"))).isFalse();
    assertThat(cut.strikes(CONNECTION, false, message("a"))).isFalse();
    assertThat(cut.strikes(OTHER, true, message("a"))).isTrue();
    assertThat(cut.strikes(CONNECTION, true, message("a"))).isFalse();
  }

  @Test
  void hasStruck_beforeItsWorkIsDone_isFalse() {
    ArmedCut cut = new ArmedCut(Cut.request(1));
    cut.strikes(CONNECTION, true, message("a"));

    assertThat(cut.hasStruck()).isFalse();
    cut.strike();
    assertThat(cut.hasStruck()).isTrue();
  }

  @Test
  void strikes_fromAText_countsTheMessageThatHoldsIt() {
    assertThat(new ArmedCut(Cut.request(1).from("b")).strikes(CONNECTION, true, message("abc")))
        .isTrue();
  }

  @Test
  void strikes_fromAText_countsItsConnectionAlone() {
    ArmedCut cut = new ArmedCut(Cut.answer(1).from("b"));

    assertThat(cut.strikes(CONNECTION, false, message("b"))).isFalse();
    assertThat(cut.strikes(CONNECTION, true, message("b"))).isFalse();
    assertThat(cut.strikes(OTHER, true, message("b"))).isFalse();
    assertThat(cut.strikes(OTHER, false, message("x"))).isFalse();
    assertThat(cut.strikes(CONNECTION, false, message("x"))).isTrue();
  }

  @Test
  void strikes_disarmed_never() {
    ArmedCut cut = new ArmedCut(Cut.request(1));
    cut.disarm();

    assertThat(cut.strikes(CONNECTION, true, message("a"))).isFalse();
    assertThat(cut.hasStruck()).isFalse();
  }

  private static WireMessage message(String body) {
    return new WireMessage(WireMessage.PARSE, body.getBytes(StandardCharsets.UTF_8));
  }
}
