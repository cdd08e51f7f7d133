package dev.dibs;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * What a claim asks for: tasks of these types from one queue, at most so many, leased for so long.
 *
 * <pre>{@code
 * queue.claim(ClaimRequest.of("send_email", "send_sms").limit(20).lease(Duration.ofMinutes(1)));
 * }</pre>
 *
 * <p>Thread-safe: immutable.
 *
 * @param queue the queue to take from; 1 to 200 characters, not blank
 * @param types the types to take, 1 to 1,000, without repetitions; tasks of other types are not
 *     touched
 * @param limit how many tasks at most, 1 to 10,000
 * @param lease how long the claims hold without being extended, 1 ms to 30 days
 * @param token see {@link #token(UUID)}
 * @param laneLimits see {@link #laneLimits(Map)}
 * @param deleteCompleted see {@link #deleteCompleted(boolean)}
 */
public record ClaimRequest(
    String queue,
    List<String> types,
    int limit,
    Duration lease,
    Optional<UUID> token,
    Map<String, Integer> laneLimits,
    boolean deleteCompleted) {
  static final int MAX_TYPES = 1_000;

  /** The lease of a claim unless told otherwise: 30 s. */
  public static final Duration DEFAULT_LEASE = Duration.ofSeconds(30);

  /**
   * Checks every part; the types are copied.
   *
   * @throws InvalidInputException if a part is null or outside its bound
   */
  public ClaimRequest {
    Check.name("queue", queue);
    Check.range("limit", limit, 1, 10_000);
    Check.lease(lease);
    Check.present("token", token);
    LinkedHashSet<String> distinct = new LinkedHashSet<>();
    for (String type : Check.present("types", types)) {
      distinct.add(Check.name("type", type));
    }
    Check.range("number of types", distinct.size(), 1, MAX_TYPES);
    types = List.copyOf(distinct);
    Check.present("lane limits", laneLimits)
        .forEach(
            (type, most) -> {
              Check.range("lane limit", Check.present("lane limit", most), 0, 10_000);
              if (!distinct.contains(Check.present("type of a lane limit", type))) {
                throw new InvalidInputException(
                    "lane limit: '" + type + "' is not one of the types asked for");
              }
            });
    laneLimits = Map.copyOf(laneLimits);
  }

  /**
   * One task of these types from the queue {@value NewTask#DEFAULT_QUEUE}, leased for 30 s.
   *
   * @throws InvalidInputException if no type is given or one is not valid
   */
  public static ClaimRequest of(String... types) {
    return of(Arrays.asList(Check.present("types", types)));
  }

  /**
   * One task of these types from the queue {@value NewTask#DEFAULT_QUEUE}, leased for 30 s.
   *
   * @throws InvalidInputException if no type is given or one is not valid
   */
  public static ClaimRequest of(Collection<String> types) {
    return new ClaimRequest(
        NewTask.DEFAULT_QUEUE,
        new ArrayList<>(Check.present("types", types)),
        1,
        DEFAULT_LEASE,
        Optional.empty(),
        Map.of(),
        false);
  }

  /** The same from the queue of this name. */
  public ClaimRequest queue(String queue) {
    return new ClaimRequest(queue, types, limit, lease, token, laneLimits, deleteCompleted);
  }

  /** The same with at most this many tasks, 1 to 10,000. */
  public ClaimRequest limit(int limit) {
    return new ClaimRequest(queue, types, limit, lease, token, laneLimits, deleteCompleted);
  }

  /** The same with leases of this length, 1 ms to 30 days. */
  public ClaimRequest lease(Duration lease) {
    return new ClaimRequest(queue, types, limit, lease, token, laneLimits, deleteCompleted);
  }

  /**
   * The same as a repetition of the claim that was made with this token and whose outcome is
   * unknown ({@link OutcomeUnknownException#token()}): takes nothing new, and returns what that
   * claim holds of these types, with the lease begun anew; the limit is not looked at. What is
   * still on its way then, or was lost since, is claimed again when its lease ends.
   *
   * @throws InvalidInputException if {@code token} is null
   */
  public ClaimRequest token(UUID token) {
    return new ClaimRequest(
        queue,
        types,
        limit,
        lease,
        Optional.of(Check.present("token", token)),
        laneLimits,
        deleteCompleted);
  }

  /**
   * The same with at most so many tasks of each of these types from each of its lanes, that is of
   * each priority; 0 to 10,000, where 0 leaves the type alone this time. A repetition ({@link
   * #token(UUID)}) does not look at it.
   *
   * @throws InvalidInputException if a type is not one of those asked for, or a limit is outside
   *     its bound
   */
  public ClaimRequest laneLimits(Map<String, Integer> laneLimits) {
    return new ClaimRequest(queue, types, limit, lease, token, laneLimits, deleteCompleted);
  }

  /**
   * The same with claims whose completion deletes the task, with its result and history, instead of
   * keeping it as {@link Status#COMPLETED}. One whose unique window is not over is kept, for a
   * {@link Retention} to delete later. Defaults to false; a {@link Worker} whose retention of
   * completed tasks is zero claims so. It needs the grants of an admin.
   *
   * <p>It costs less, and gives up two things: a late repetition of the task's enqueue makes it
   * anew, and a repeated completion cannot be told from a lost lease ({@link Outcome#LEASE_LOST}).
   */
  public ClaimRequest deleteCompleted(boolean deleteCompleted) {
    return new ClaimRequest(queue, types, limit, lease, token, laneLimits, deleteCompleted);
  }

  /** How many tasks are wanted from each lane of a type at most. */
  public int laneLimit(String type) {
    return Math.min(limit, laneLimits.getOrDefault(type, limit));
  }
}
