package dev.dibs.it.mutants;

/**
 * Claims as plain SQL: a right one, and others that differ from it in one thing each. Names in
 * braces are filled in by {@link PlainClaim}.
 */
final class ClaimSql {
  private static final String TAKE =
      """
      UPDATE tasks t SET status = 'processing', attempt = t.attempt + 1, token = {token},
        started_at = clock_timestamp(), lease_until = clock_timestamp() + {lease} * interval '1 ms'
      """;
  private static final String ROW =
      "t.id, t.type, t.payload::text, t.priority, t.attempt, t.max_attempts, t.run_at,"
          + " t.created_at, t.started_at";
  private static final String PENDING =
      "queue = {queue} AND type = ANY ({types}) AND run_at <= clock_timestamp()"
          + " AND status = 'pending'";
  private static final String FREE =
      "queue = {queue} AND type = ANY ({types}) AND run_at <= clock_timestamp()"
          + " AND (status = 'pending' OR status = 'processing' AND lease_until < clock_timestamp())";
  private static final String IN_ORDER = "ORDER BY priority, run_at, id";
  private static final String LOCKED = "FOR NO KEY UPDATE SKIP LOCKED";

  /** Nothing is wrong with it: locks what it picks, skips what is locked, in order. */
  static final String RIGHT = pickAndTake(FREE, IN_ORDER, LOCKED);

  /** The same for tables whose leases are rescued by somebody else. */
  static final String RIGHT_PENDING = pickAndTake(PENDING, IN_ORDER, LOCKED);

  /** Reads what it will then mark as its own, without a lock in between. */
  static final String SELECT_ONLY =
      "SELECT t.id, t.type, t.payload::text, t.priority, t.attempt + 1 AS attempt, t.max_attempts,"
          + " t.run_at, t.created_at, now() AS started_at FROM tasks t WHERE "
          + PENDING
          + " "
          + IN_ORDER
          + " LIMIT {limit}";

  /** One statement, but the row that it waited for is not looked at again. */
  static final String UPDATE_UNCHECKED =
      TAKE
          + "WHERE t.id = (SELECT id FROM tasks WHERE "
          + PENDING
          + " "
          + IN_ORDER
          + " LIMIT least(1, {limit})) RETURNING "
          + ROW;

  /** Waits for every row that somebody else has locked. */
  static final String WAITING = pickAndTake(FREE, IN_ORDER, "FOR NO KEY UPDATE");

  /** Lets the planner run the picking subquery as often as it likes (BUG #15715). */
  static final String IN_SUBQUERY =
      TAKE
          + "WHERE t.id IN (SELECT id FROM tasks WHERE "
          + PENDING
          + " "
          + IN_ORDER
          + " LIMIT {limit} FOR UPDATE SKIP LOCKED) RETURNING "
          + ROW;

  /** In whatever order the table is read. */
  static final String UNORDERED = pickAndTake(FREE, "", LOCKED);

  /** First in, first out, whatever is urgent. */
  static final String WITHOUT_PRIORITY = pickAndTake(FREE, "ORDER BY run_at, id", LOCKED);

  /** Takes what nobody here has a handler for. */
  static final String EVERY_TYPE =
      pickAndTake(FREE.replace("type = ANY ({types})", "{types} IS NOT NULL"), IN_ORDER, LOCKED);

  /** Compares due times with the clock of the JVM. */
  static final String JVM_CLOCK =
      pickAndTake(FREE.replace("run_at <= clock_timestamp()", "run_at <= {now}"), IN_ORDER, LOCKED);

  /** Goes on behind the last task that it has seen. */
  static final String FORWARD_ONLY = pickAndTake(FREE + " AND id > {last}", "ORDER BY id", LOCKED);

  /** The predicate of the claim index, as a parameter: no kept plan can use the index. */
  static final String BOUND = RIGHT.replace("WHERE live AND", "WHERE live = {live} AND");

  /** The attempt is given a number, which is written when it has ended. */
  static final String UNCOUNTED =
      RIGHT
          .replace("attempt = t.attempt + 1, ", "")
          .replace("t.attempt, t.max", "t.attempt + 1 AS attempt, t.max");

  /** Counts every lease that expired against the task, whoever's fault it was. */
  static final String FAILS_EXPIRED =
      "WITH dead AS (UPDATE tasks SET status = 'failed', completed_at = clock_timestamp(),"
          + " lease_until = NULL WHERE status = 'processing' AND attempt >= max_attempts"
          + " AND lease_until < clock_timestamp()), "
          + pickAndTake(
                  FREE.replace("'processing' AND", "'processing' AND attempt < max_attempts AND"),
                  IN_ORDER,
                  LOCKED)
              .substring("WITH ".length());

  private ClaimSql() {}

  private static String pickAndTake(String which, String order, String lock) {
    return "WITH picked AS MATERIALIZED (SELECT id FROM tasks WHERE live AND "
        + which
        + " "
        + order
        + " LIMIT {limit} "
        + lock
        + ") "
        + TAKE
        + "WHERE t.id = ANY (ARRAY(SELECT id FROM picked)) RETURNING "
        + ROW;
  }
}
