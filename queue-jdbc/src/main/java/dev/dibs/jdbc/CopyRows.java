package dev.dibs.jdbc;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Instant;
import java.util.UUID;
import org.postgresql.copy.CopyIn;

/**
 * Writes rows in the binary format of COPY (PostgreSQL, COPY, "Binary Format") and sends them piece
 * by piece. Nothing in a value can be taken for the end of it: each goes with its length.
 */
final class CopyRows {
  private static final int PIECE = 1 << 16;
  private static final byte[] SIGNATURE =
      "PGCOPY\n\u00ff\r\n\0".getBytes(StandardCharsets.ISO_8859_1);

  /** From which timestamptz counts its microseconds. */
  private static final long EPOCH = Instant.parse("2000-01-01T00:00:00Z").getEpochSecond();

  private static final byte JSONB_VERSION = 1;

  private final CopyIn copying;
  private final ByteBuffer piece = ByteBuffer.allocate(PIECE);

  CopyRows(CopyIn copying) {
    this.copying = copying;
    piece.put(SIGNATURE).putInt(0).putInt(0);
  }

  /** Begins a row of so many values. */
  CopyRows begin(int values) throws SQLException {
    room(Short.BYTES).putShort((short) values);
    return this;
  }

  CopyRows add(short value) throws SQLException {
    length(Short.BYTES).putShort(value);
    return this;
  }

  CopyRows add(int value) throws SQLException {
    length(Integer.BYTES).putInt(value);
    return this;
  }

  CopyRows add(UUID value) throws SQLException {
    length(2 * Long.BYTES)
        .putLong(value.getMostSignificantBits())
        .putLong(value.getLeastSignificantBits());
    return this;
  }

  /** As timestamptz; what is finer than microseconds is dropped. */
  CopyRows add(Instant value) throws SQLException {
    long micros = (value.getEpochSecond() - EPOCH) * 1_000_000 + value.getNano() / 1_000;
    length(Long.BYTES).putLong(micros);
    return this;
  }

  CopyRows add(String value) throws SQLException {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    room(Integer.BYTES).putInt(bytes.length);
    return bytes(bytes);
  }

  CopyRows addJsonb(String value) throws SQLException {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    room(Integer.BYTES + 1).putInt(bytes.length + 1).put(JSONB_VERSION);
    return bytes(bytes);
  }

  /** Ends the rows and sends what is left. */
  void end() throws SQLException {
    room(Short.BYTES).putShort((short) -1);
    send();
  }

  private ByteBuffer length(int length) throws SQLException {
    return room(Integer.BYTES + length).putInt(length);
  }

  private CopyRows bytes(byte[] bytes) throws SQLException {
    int at = 0;
    while (at < bytes.length) {
      int part = Math.min(bytes.length - at, room(1).remaining());
      piece.put(bytes, at, part);
      at += part;
    }
    return this;
  }

  private ByteBuffer room(int bytes) throws SQLException {
    if (piece.remaining() < bytes) {
      send();
    }
    return piece;
  }

  private void send() throws SQLException {
    copying.writeToCopy(piece.array(), 0, piece.position());
    piece.clear();
  }
}
