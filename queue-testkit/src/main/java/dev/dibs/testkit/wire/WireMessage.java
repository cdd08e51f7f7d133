package dev.dibs.testkit.wire;

import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** One message of the protocol's version 3, from a client or from a server. */
final class WireMessage {

  static final char UNTYPED = 0;

  /** From a client. */
  static final char QUERY = 'Q';

  static final char PARSE = 'P';
  static final char BIND = 'B';
  static final char DESCRIBE = 'D';
  static final char EXECUTE = 'E';
  static final char CLOSE = 'C';
  static final char SYNC = 'S';
  static final char FUNCTION_CALL = 'F';
  static final char TERMINATE = 'X';

  /** From a server. */
  static final char READY_FOR_QUERY = 'Z';

  static final char COPY_IN = 'G';
  static final char COPY_BOTH = 'W';

  /** The answer to who asks for encryption: a single byte, which has neither type nor length. */
  static final WireMessage NO_ENCRYPTION = new WireMessage(UNTYPED, new byte[] {'N'});

  private static final int CANCEL_REQUEST = 80877102;
  private static final int SSL_REQUEST = 80877103;
  private static final int GSSENC_REQUEST = 80877104;

  private final char type;
  private final byte[] body;

  /**
   * Takes the body as it is, without a copy.
   *
   * @param type the type byte, or {@link #UNTYPED} for what comes before the session starts
   * @param body what follows the length
   */
  WireMessage(char type, byte[] body) {
    this.type = type;
    this.body = body;
  }

  char type() {
    return type;
  }

  boolean asksForEncryption() {
    return type == UNTYPED && (code() == SSL_REQUEST || code() == GSSENC_REQUEST);
  }

  boolean asksToCancel() {
    return type == UNTYPED && code() == CANCEL_REQUEST;
  }

  boolean startsSession() {
    return type == UNTYPED && !asksForEncryption() && !asksToCancel();
  }

  /** Whether the server says ReadyForQuery when it is done with it; for a client's message. */
  boolean asksForReady() {
    return type == QUERY || type == SYNC || type == FUNCTION_CALL;
  }

  /** Whether the server is not done with it before more has come; for a client's message. */
  boolean isUnfinished() {
    return type == PARSE || type == BIND || type == DESCRIBE || type == EXECUTE || type == CLOSE;
  }

  /** Whether the server goes on only when the client does; for a server's message. */
  boolean waitsForClient() {
    return type == COPY_IN || type == COPY_BOTH;
  }

  /** The first {@code count} zero-terminated strings of the body. */
  List<String> strings(int count) {
    List<String> strings = new ArrayList<>();
    int start = 0;
    for (int end = 0; strings.size() < count && end < body.length; end++) {
      if (body[end] == 0) {
        strings.add(new String(body, start, end - start, StandardCharsets.UTF_8));
        start = end + 1;
      }
    }
    return strings;
  }

  /** Whether the body holds this text, be it SQL or a parameter in text form. */
  boolean holds(String text) {
    return new String(body, StandardCharsets.UTF_8).contains(text);
  }

  void writeTo(DataOutputStream out) throws IOException {
    if (this == NO_ENCRYPTION) {
      out.write(body);
      return;
    }
    if (type != UNTYPED) {
      out.writeByte(type);
    }
    out.writeInt(body.length + Integer.BYTES);
    out.write(body);
  }

  private int code() {
    return body.length < Integer.BYTES ? 0 : ByteBuffer.wrap(body).getInt();
  }
}
