package dev.dibs.testkit.wire;

import java.util.Locale;

/**
 * Where one run is cut, and how.
 *
 * @param operation what runs
 * @param fresh whether it has to connect first, and checks the schema, rather than goes on with the
 *     connection it has
 * @param request whether a message to the server is cut, rather than one of its answers
 * @param message which, from 1, counted from the beginning of the call
 * @param way how
 */
record CutPoint(CutOperation operation, boolean fresh, boolean request, int message, Cut.Way way) {
  Cut cut() {
    Cut cut = request ? Cut.request(message) : Cut.answer(message);
    return switch (way) {
      case DROP -> cut.drop();
      case RESET -> cut.reset();
      case STALL -> cut.stall();
      case SILENCE -> cut.silence();
    };
  }

  CutPoint message(int message) {
    return new CutPoint(operation, fresh, request, message, way);
  }

  CutPoint fresh(boolean fresh) {
    return new CutPoint(operation, fresh, request, message, way);
  }

  CutPoint way(Cut.Way way) {
    return new CutPoint(operation, fresh, request, message, way);
  }

  CutPoint operation(CutOperation operation) {
    return new CutPoint(operation, fresh, request, message, way);
  }

  /** The messages that are counted together. */
  String line() {
    return operation.name() + (fresh ? " connecting" : "") + (request ? " request" : " answer");
  }

  /** As {@link CutEverywhere#only} takes it. */
  @Override
  public String toString() {
    return line() + " " + message + " " + way.name().toLowerCase(Locale.ROOT);
  }
}
