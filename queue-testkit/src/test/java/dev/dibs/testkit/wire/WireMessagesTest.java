package dev.dibs.testkit.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class WireMessagesTest {

  private static final String CLIENT_TYPES = "QPBDESCFHXp";
  private static final byte[] SSL_REQUEST = {4, -46, 22, 47};
  private static final byte[] CANCEL_REQUEST = {4, -46, 22, 46, 0, 0, 0, 1, 0, 0, 0, 2};
  private static final byte[] STARTUP = {0, 3, 0, 0, 0};

  @Test
  void next_encryptionRequestThenStartup_staysUntypedUntilStartup() throws IOException {
    WireMessages messages = read(untyped(SSL_REQUEST), untyped(STARTUP), typed('Q', "select 1\0"));

    assertThat(messages.next().orElseThrow().asksForEncryption()).isTrue();
    assertThat(messages.next().orElseThrow().startsSession()).isTrue();
    WireMessage query = messages.next().orElseThrow();
    assertThat(query.type()).isEqualTo(WireMessage.QUERY);
    assertThat(query.strings(1)).containsExactly("select 1");
    assertThat(messages.next()).isEmpty();
  }

  @Test
  void next_cancelRequest_startsNoSession() throws IOException {
    WireMessage cancel = read(untyped(CANCEL_REQUEST)).next().orElseThrow();

    assertThat(cancel.asksToCancel()).isTrue();
    assertThat(cancel.startsSession()).isFalse();
  }

  @Test
  void writeTo_anyMessage_givesTheSameBytes() throws IOException {
    byte[] sent = concat(untyped(STARTUP), typed('P', "name\0select '\u00e4'\0\0\0"));
    WireMessages messages = WireMessages.ofClient(new ByteArrayInputStream(sent));
    ByteArrayOutputStream written = new ByteArrayOutputStream();

    messages.next().orElseThrow().writeTo(new DataOutputStream(written));
    messages.next().orElseThrow().writeTo(new DataOutputStream(written));

    assertThat(written.toByteArray()).isEqualTo(sent);
  }

  @Test
  void strings_emptyName_isKept() {
    byte[] parse = "\0select 1\0\0\0".getBytes(StandardCharsets.UTF_8);

    assertThat(new WireMessage(WireMessage.PARSE, parse).strings(2))
        .containsExactly("", "select 1");
  }

  @Test
  void next_serverStream_isTypedFromItsFirstMessage() throws IOException {
    WireMessages answers =
        WireMessages.ofServer(
            new ByteArrayInputStream(concat(typed('R', "\0\0\0\0"), typed('Z', "I"))));

    assertThat(answers.next().orElseThrow().type()).isEqualTo('R');
    assertThat(answers.hasMore()).isTrue();
    assertThat(answers.next().orElseThrow().type()).isEqualTo(WireMessage.READY_FOR_QUERY);
    assertThat(answers.hasMore()).isFalse();
    assertThat(answers.next()).isEmpty();
  }

  @Test
  void next_serverStreamEndsInsideMessage_throws() {
    byte[] row = typed('D', "half of it");
    WireMessages answers =
        WireMessages.ofServer(new ByteArrayInputStream(Arrays.copyOf(row, row.length - 3)));

    assertThatThrownBy(answers::next).isInstanceOf(EOFException.class);
  }

  @Test
  void writeTo_refusalOfEncryption_isOneByte() throws IOException {
    ByteArrayOutputStream written = new ByteArrayOutputStream();

    WireMessage.NO_ENCRYPTION.writeTo(new DataOutputStream(written));

    assertThat(written.toByteArray()).containsExactly('N');
  }

  @Test
  void asksForReady_everyClientMessage_isTrueForThoseThatEndAFlight() {
    assertThat(CLIENT_TYPES.chars().filter(type -> message(type).asksForReady()))
        .containsExactly((int) 'Q', (int) 'S', (int) 'F');
  }

  @Test
  void isUnfinished_everyClientMessage_isTrueForThoseBeforeTheSync() {
    assertThat(CLIENT_TYPES.chars().filter(type -> message(type).isUnfinished()))
        .containsExactly((int) 'P', (int) 'B', (int) 'D', (int) 'E', (int) 'C');
  }

  @Test
  void holds_textAmongOtherBytes_isFound() {
    byte[] bind = "\0\0\0\1\0\0\0\5säge\0".getBytes(StandardCharsets.UTF_8);
    WireMessage message = new WireMessage(WireMessage.BIND, bind);

    assertThat(message.holds("säge")).isTrue();
    assertThat(message.holds("saw")).isFalse();
  }

  @Test
  void next_streamEndsInsideMessage_throws() {
    byte[] query = typed('Q', "select 1\0");
    WireMessages messages = read(untyped(STARTUP), Arrays.copyOf(query, query.length - 1));

    assertThatThrownBy(
            () -> {
              messages.next();
              messages.next();
            })
        .isInstanceOf(EOFException.class);
  }

  @Test
  void next_encryptedStream_throws() {
    byte[] hello = {22, 3, 1, 2, 0, 1, 0, 1};

    assertThatThrownBy(read(hello)::next).isInstanceOf(IOException.class);
  }

  @Test
  void next_lengthShorterThanItself_throws() {
    assertThatThrownBy(read(new byte[] {0, 0, 0, 3})::next).isInstanceOf(IOException.class);
  }

  private static WireMessage message(int type) {
    return new WireMessage((char) type, new byte[0]);
  }

  private static WireMessages read(byte[]... parts) {
    return WireMessages.ofClient(new ByteArrayInputStream(concat(parts)));
  }

  private static byte[] untyped(byte[] body) {
    return concat(new byte[] {0, 0, 0, (byte) (body.length + 4)}, body);
  }

  private static byte[] typed(char type, String body) {
    return concat(new byte[] {(byte) type}, untyped(body.getBytes(StandardCharsets.UTF_8)));
  }

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}
