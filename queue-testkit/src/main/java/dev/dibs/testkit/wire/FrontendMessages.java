package dev.dibs.testkit.wire;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/** The messages of one client's stream, in order. Read by one thread. */
final class FrontendMessages {

  // The longest a server accepts; a larger length means the stream is not this protocol, e.g. TLS.
  private static final int LONGEST = 0x3fffffff;

  private final DataInputStream in;
  private boolean started;

  FrontendMessages(InputStream in) {
    this.in = new DataInputStream(new BufferedInputStream(in));
  }

  /** Waits for the next message; empty when the client has closed the stream between two. */
  Optional<FrontendMessage> next() throws IOException {
    // Before the session starts there is no type byte.
    int first = in.read();
    if (first < 0) {
      return Optional.empty();
    }
    char type = started ? (char) first : FrontendMessage.UNTYPED;
    int length = started ? in.readInt() : lengthAfter(first);
    if (length < Integer.BYTES || length > LONGEST) {
      throw new IOException("Not a PostgreSQL message: length " + length);
    }
    byte[] body = in.readNBytes(length - Integer.BYTES);
    if (body.length < length - Integer.BYTES) {
      throw new EOFException("The stream ended inside a message");
    }
    FrontendMessage message = new FrontendMessage(type, body);
    started |= message.startsSession();
    return Optional.of(message);
  }

  /** Whether the client has sent more that can be read without waiting. */
  boolean hasMore() throws IOException {
    return in.available() > 0;
  }

  private int lengthAfter(int first) throws IOException {
    return first << 24 | in.readUnsignedByte() << 16 | in.readUnsignedShort();
  }
}
