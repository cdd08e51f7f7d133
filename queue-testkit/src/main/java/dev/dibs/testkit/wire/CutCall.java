package dev.dibs.testkit.wire;

import java.sql.SQLException;

/** A client's call that may be cut, and how it is repeated as the documentation says. */
interface CutCall {
  /**
   * Makes the call.
   *
   * @return what the caller got, the same in each run that went well
   */
  String run() throws SQLException;

  /** Makes it again after this failure; gives what the first one would have given. */
  default String repeat(Exception failure) throws SQLException {
    return run();
  }
}
