package dev.dibs;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Which failed tasks an operator means; all conditions must hold.
 *
 * <pre>{@code
 * queue.admin().redrive(FailedFilter.all().type("send_email").errorContains("timed out"));
 * }</pre>
 *
 * <p>Thread-safe: immutable.
 *
 * @param ids only these, at most 10,000; empty: any
 * @param queue only of this queue
 * @param type only of this type
 * @param errorContains only those whose last error holds this text, case and all
 * @param before only those that failed before this instant of the database's clock
 * @param limit how many at most, 1 to 10,000; the oldest failures come first
 */
public record FailedFilter(
    List<UUID> ids,
    Optional<String> queue,
    Optional<String> type,
    Optional<String> errorContains,
    Optional<Instant> before,
    int limit) {
  /** How many tasks a filter means at most unless told otherwise. */
  public static final int DEFAULT_LIMIT = 1000;

  private static final int MAX_LIMIT = 10_000;

  /**
   * Checks every part; the ids are copied.
   *
   * @throws InvalidInputException if a part is null or outside its bound
   */
  public FailedFilter {
    Check.present("ids", ids).forEach(id -> Check.present("id", id));
    Check.range("number of ids", ids.size(), 0, MAX_LIMIT);
    ids = List.copyOf(ids);
    Check.present("queue", queue).ifPresent(value -> Check.name("queue", value));
    Check.present("type", type).ifPresent(value -> Check.name("type", value));
    Check.present("errorContains", errorContains)
        .ifPresent(value -> Check.name("errorContains", value));
    Check.present("before", before).ifPresent(value -> Check.instant("before", value));
    Check.range("limit", limit, 1, MAX_LIMIT);
  }

  /** All failed tasks, at most {@value #DEFAULT_LIMIT}. */
  public static FailedFilter all() {
    return new FailedFilter(
        List.of(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        DEFAULT_LIMIT);
  }

  /** Exactly this task, if it is failed. */
  public static FailedFilter id(UUID id) {
    return all().ids(List.of(Check.present("id", id)));
  }

  /** The same, only these. */
  public FailedFilter ids(List<UUID> ids) {
    return new FailedFilter(ids, queue, type, errorContains, before, limit);
  }

  /** The same, only of this queue. */
  public FailedFilter queue(String queue) {
    return new FailedFilter(
        ids, Optional.of(Check.present("queue", queue)), type, errorContains, before, limit);
  }

  /** The same, only of this type. */
  public FailedFilter type(String type) {
    return new FailedFilter(
        ids, queue, Optional.of(Check.present("type", type)), errorContains, before, limit);
  }

  /** The same, only those whose last error holds this text; 1 to 200 characters. */
  public FailedFilter errorContains(String text) {
    return new FailedFilter(
        ids, queue, type, Optional.of(Check.present("errorContains", text)), before, limit);
  }

  /** The same, only those that failed before this instant of the database's clock. */
  public FailedFilter before(Instant before) {
    return new FailedFilter(
        ids, queue, type, errorContains, Optional.of(Check.present("before", before)), limit);
  }

  /** The same with another limit. */
  public FailedFilter limit(int limit) {
    return new FailedFilter(ids, queue, type, errorContains, before, limit);
  }
}
