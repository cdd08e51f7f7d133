package dev.dibs.testkit.wire;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/** The messages of one stream, in order. Read by one thread. */
final class WireMessages {

  // The longest a server accepts; a larger length means the stream is not this protocol, e.g. TLS.
  private static final int LONGEST = 0x3fffffff;

  private final DataInputStream in;
  private boolean typed;

  private WireMessages(InputStream in, boolean typed) {
    this.in = new DataInputStream(new BufferedInputStream(in));
    this.typed = typed;
  }

  /** What a client sends: no type byte before the session starts. */
  static WireMessages ofClient(InputStream in) {
    return new WireMessages(in, false);
  }

  /** What a server sends to a client that does not ask for encryption. */
  static WireMessages ofServer(InputStream in) {
    return new WireMessages(in, true);
  }

  /** Waits for the next message; empty when the stream was closed between two. */
  Optional<WireMessage> next() throws IOException {
    int first = in.read();
    if (first < 0) {
      return Optional.empty();
    }
    char type = typed ? (char) first : WireMessage.UNTYPED;
    int length = typed ? in.readInt() : lengthAfter(first);
    if (length < Integer.BYTES || length > LONGEST) {
      throw new IOException("Not a PostgreSQL message: length " + length);
    }
    byte[] body = in.readNBytes(length - Integer.BYTES);
    if (body.length < length - Integer.BYTES) {
      throw new EOFException("The stream ended inside a message");
    }
    WireMessage message = new WireMessage(type, body);
    typed |= message.startsSession();
    return Optional.of(message);
  }

  /** Whether more was sent that can be read without waiting. */
  boolean hasMore() throws IOException {
    return in.available() > 0;
  }

  private int lengthAfter(int first) throws IOException {
    return first << 24 | in.readUnsignedByte() << 16 | in.readUnsignedShort();
  }
}
