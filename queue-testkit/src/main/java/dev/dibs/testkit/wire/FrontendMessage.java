package dev.dibs.testkit.wire;

import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** One message from a client, protocol version 3. */
final class FrontendMessage {

  static final char UNTYPED = 0;
  static final char QUERY = 'Q';
  static final char PARSE = 'P';
  static final char BIND = 'B';
  static final char EXECUTE = 'E';
  static final char TERMINATE = 'X';

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
  FrontendMessage(char type, byte[] body) {
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

  void writeTo(DataOutputStream out) throws IOException {
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
