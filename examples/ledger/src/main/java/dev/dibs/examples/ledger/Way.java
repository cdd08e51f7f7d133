package dev.dibs.examples.ledger;

import dev.dibs.Handler;
import javax.sql.DataSource;

/** The two ways to book, each with a type of task and an account of its own. */
enum Way {
  THEN_COMPLETE("book_then_complete", 1),
  AND_COMPLETE("book_and_complete", 2);

  private final String type;
  private final int account;

  Way(String type, int account) {
    this.type = type;
    this.account = account;
  }

  String type() {
    return type;
  }

  int account() {
    return account;
  }

  Handler handler(DataSource dataSource) {
    return this == THEN_COMPLETE
        ? new BookThenComplete(dataSource)
        : new BookAndComplete(dataSource);
  }
}
