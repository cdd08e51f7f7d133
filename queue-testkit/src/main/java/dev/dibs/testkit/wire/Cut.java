package dev.dibs.testkit.wire;

import java.util.Locale;

/**
 * Where and how a {@link FaultProxy} cuts: at the k-th message of a direction, counted from the
 * moment the cut is armed, by closing the connection unless told otherwise.
 *
 * <pre>{@code
 * proxy.arm(Cut.answer(1).from("insert into").reset());
 * }</pre>
 *
 * <p>Thread-safe: immutable.
 */
public final class Cut {
  enum Way {
    DROP,
    RESET,
    STALL,
    SILENCE
  }

  private final boolean request;
  private final int message;
  private final Way way;
  private final String from;

  private Cut(boolean request, int message, Way way, String from) {
    if (message < 1) {
      throw new IllegalArgumentException("message: must be 1 or more, was " + message);
    }
    this.request = request;
    this.message = message;
    this.way = way;
    this.from = from;
  }

  /**
   * Before this message of the client reaches the server. The messages before it do; the server
   * then sees its client leave, and has ended the session when the client learns of the cut.
   *
   * @param message which, from 1; SSLRequest, Parse, Bind, Execute and Sync are one each
   * @throws IllegalArgumentException if {@code message} is less than 1
   */
  public static Cut request(int message) {
    return new Cut(true, message, Way.DROP, "");
  }

  /**
   * After the server has answered and before the client sees this message of the answer. The server
   * carries out and commits all that it was sent first, and has ended the session when the client
   * learns of the cut.
   *
   * @param message which, from 1; ParseComplete, each DataRow and ReadyForQuery are one each
   * @throws IllegalArgumentException if {@code message} is less than 1
   */
  public static Cut answer(int message) {
    return new Cut(false, message, Way.DROP, "");
  }

  /**
   * The same, but counted from the first message of a client that holds this text, it included, and
   * on that connection alone.
   *
   * @param text part of a statement, or of a parameter that is sent as text
   */
  public Cut from(String text) {
    return new Cut(request, message, way, text);
  }

  /** The same by closing the connection in order (FIN); so it is by default. */
  public Cut drop() {
    return new Cut(request, message, Way.DROP, from);
  }

  /** The same by resetting the client's connection (RST). */
  public Cut reset() {
    return new Cut(request, message, Way.RESET, from);
  }

  /**
   * The same by passing nothing on any more; the connection stays open until the client gives up,
   * for which its driver needs a socket timeout.
   */
  public Cut stall() {
    return new Cut(request, message, Way.STALL, from);
  }

  /** The same by {@linkplain FaultProxy#fallSilent() silence} of all connections. */
  public Cut silence() {
    return new Cut(request, message, Way.SILENCE, from);
  }

  boolean isRequest() {
    return request;
  }

  int message() {
    return message;
  }

  Way way() {
    return way;
  }

  String from() {
    return from;
  }

  /** The calls that make it again. */
  @Override
  public String toString() {
    String text =
        from.isEmpty() ? "" : ".from(\"" + from.replace("\\", "\\\\").replace("\"", "\\\"") + "\")";
    return (request ? "Cut.request(" : "Cut.answer(")
        + message
        + ")"
        + text
        + "."
        + way.name().toLowerCase(Locale.ROOT)
        + "()";
  }
}
