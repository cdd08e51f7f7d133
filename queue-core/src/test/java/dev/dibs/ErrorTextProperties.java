package dev.dibs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.StringLength;

class ErrorTextProperties {
  @Property(tries = 500)
  void clean_anyText_isWhatPostgresCanHold(@ForAll @StringLength(max = 9000) String text) {
    String clean = ErrorText.clean(text);
    assertThat(clean.length()).isLessThanOrEqualTo(ErrorText.MAX_LENGTH);
    assertThat(clean).doesNotContain("\0");
    assertThat(new String(clean.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8))
        .as("nothing that UTF-8 cannot say")
        .isEqualTo(clean);
  }

  @Example
  void clean_cutInsideAPair_dropsBothHalves() {
    String text = "x".repeat(ErrorText.MAX_LENGTH - 1) + "😀";
    assertThat(ErrorText.clean(text)).isEqualTo("x".repeat(ErrorText.MAX_LENGTH - 1));
  }

  @Example
  void clean_plainText_isKept() {
    assertThat(ErrorText.clean("a\0b\ud800c")).isEqualTo("a\ufffdb\ufffdc");
  }

  @Example
  void of_exceptionWhoseMessageThrows_isStillRecorded() {
    Exception rude =
        new Exception() {
          private static final long serialVersionUID = 1L;

          @Override
          public String getMessage() {
            throw new IllegalStateException();
          }
        };
    assertThat(ErrorText.of(rude)).contains("its message could not be read");
  }
}
