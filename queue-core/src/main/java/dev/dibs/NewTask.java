package dev.dibs;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A task to be enqueued: what to do, and when. It carries its id from the start, so that an enqueue
 * whose outcome is unknown can be repeated with the same object and makes one task.
 *
 * <pre>{@code
 * queue.enqueue(NewTask.of("send_email", "{\"to\":\"a@b.c\"}").delay(Duration.ofMinutes(5)));
 * }</pre>
 *
 * <p>Thread-safe: immutable; each setter returns a copy with the same id. Every method throws
 * {@link InvalidInputException} for a value that is null or outside its bound.
 */
public final class NewTask {
  /** The name of the queue that tasks go to unless told otherwise. */
  public static final String DEFAULT_QUEUE = "default";

  /** How many attempts a task gets unless told otherwise. */
  public static final int DEFAULT_MAX_ATTEMPTS = 20;

  private static final int MAX_TASKS = 100_000;
  private static final long MAX_LENGTH = 256L << 20;

  private final UUID id;
  private final String type;
  private final String payload;
  private final String queue;
  private final Priority priority;
  private final int maxAttempts;
  private final @Nullable Instant runAt;
  private final Duration delay;
  private final @Nullable String uniqueKey;
  private final @Nullable Duration uniqueWindow;

  private NewTask(Draft draft) {
    this.id = draft.id;
    this.type = draft.type;
    this.payload = draft.payload;
    this.queue = draft.queue;
    this.priority = draft.priority;
    this.maxAttempts = draft.maxAttempts;
    this.runAt = draft.runAt;
    this.delay = draft.delay;
    this.uniqueKey = draft.uniqueKey;
    this.uniqueWindow = draft.uniqueWindow;
  }

  /** The one place where the fields can still change; lives only inside a setter. */
  private static final class Draft {
    private UUID id;
    private final String type;
    private final String payload;
    private String queue = DEFAULT_QUEUE;
    private Priority priority = Priority.NORMAL;
    private int maxAttempts = DEFAULT_MAX_ATTEMPTS;
    private @Nullable Instant runAt;
    private Duration delay = Duration.ZERO;
    private @Nullable String uniqueKey;
    private @Nullable Duration uniqueWindow;

    Draft(UUID id, String type, String payload) {
      this.id = id;
      this.type = type;
      this.payload = payload;
    }
  }

  private Draft draft() {
    Draft draft = new Draft(id, type, payload);
    draft.queue = queue;
    draft.priority = priority;
    draft.maxAttempts = maxAttempts;
    draft.runAt = runAt;
    draft.delay = delay;
    draft.uniqueKey = uniqueKey;
    draft.uniqueWindow = uniqueWindow;
    return draft;
  }

  /**
   * A task that is due at once, in the queue {@value #DEFAULT_QUEUE}, with priority {@link
   * Priority#NORMAL}, {@value #DEFAULT_MAX_ATTEMPTS} attempts and a new UUIDv7 as its id (ordered
   * as they were made within this JVM).
   *
   * @param type what kind of work it is; picks the handler; 1 to 200 characters, not blank
   * @param payload JSON text of at most 1 MiB in UTF-8 (a number counts as long as it is without an
   *     exponent), nested at most 1000 deep, without {@code \u0000}, lone surrogates or numbers
   *     that PostgreSQL's {@code numeric} cannot hold; a worker gets it in {@code jsonb}'s normal
   *     form
   * @throws InvalidInputException if one of them is not so; the message never quotes the payload
   */
  public static NewTask of(String type, String payload) {
    return new NewTask(new Draft(Uuid7.next(), Check.name("type", type), Check.payload(payload)));
  }

  /**
   * Checks what {@link TaskProducer#enqueueAll(List)} demands of a list as a whole; for
   * implementations of {@link TaskQueue}.
   *
   * @return a copy of the list
   * @throws InvalidInputException as {@link TaskProducer#enqueueAll(List)} says
   */
  public static List<NewTask> checkAll(List<NewTask> tasks) {
    Check.present("tasks", tasks);
    if (tasks.size() > MAX_TASKS) {
      throw new InvalidInputException(
          "enqueueAll: at most " + MAX_TASKS + " tasks, were " + tasks.size() + "; split the list");
    }
    Set<UUID> ids = new HashSet<>();
    long length = 0;
    List<NewTask> given = new ArrayList<>(tasks);
    for (int i = 0; i < given.size(); i++) {
      NewTask task = Check.present("task at index " + i, given.get(i));
      if (!ids.add(task.id())) {
        throw new InvalidInputException("task at index " + i + ": its id is in the list already");
      }
      length += task.payload().length();
      if (length > MAX_LENGTH) {
        throw new InvalidInputException(
            "task at index "
                + i
                + ": the payloads up to here have more than "
                + MAX_LENGTH
                + " characters together; split the list");
      }
    }
    return Collections.unmodifiableList(given);
  }

  /** A task of the same type for each payload; a failure names the payload's index. */
  static List<NewTask> allOf(String type, List<String> payloads) {
    Check.name("type", type);
    Check.present("payloads", payloads);
    List<NewTask> tasks = new ArrayList<>(payloads.size());
    for (String payload : payloads) {
      try {
        tasks.add(of(type, payload));
      } catch (InvalidInputException e) {
        throw new InvalidInputException("task at index " + tasks.size() + ": " + e.getMessage());
      }
    }
    return tasks;
  }

  /** With an id of the caller's own: any UUID that no other task has. */
  public NewTask id(UUID id) {
    Draft draft = draft();
    draft.id = Check.present("id", id);
    return new NewTask(draft);
  }

  /** In the queue of this name; 1 to 200 characters, not blank. */
  public NewTask queue(String queue) {
    Draft draft = draft();
    draft.queue = Check.name("queue", queue);
    return new NewTask(draft);
  }

  /** With this priority. */
  public NewTask priority(Priority priority) {
    Draft draft = draft();
    draft.priority = Check.present("priority", priority);
    return new NewTask(draft);
  }

  /** With at most this many attempts, 1 to 1000, before it is {@link Status#FAILED}. */
  public NewTask maxAttempts(int maxAttempts) {
    Draft draft = draft();
    draft.maxAttempts = Check.range("maxAttempts", maxAttempts, 1, 1000);
    return new NewTask(draft);
  }

  /**
   * Due this long after the enqueue, by the database's clock; zero to 3650 days, in microseconds (a
   * finer part is dropped). Replaces {@link #runAt(Instant)}.
   */
  public NewTask delay(Duration delay) {
    Draft draft = draft();
    draft.delay = Check.delay("delay", delay);
    draft.runAt = null;
    return new NewTask(draft);
  }

  /**
   * Due at this instant of the database's clock, in the years 1 to 9999, in microseconds (a finer
   * part is dropped); in the past means at once. Replaces {@link #delay(Duration)}.
   */
  public NewTask runAt(Instant runAt) {
    Draft draft = draft();
    draft.runAt = Check.instant("runAt", runAt).truncatedTo(ChronoUnit.MICROS);
    draft.delay = Duration.ZERO;
    return new NewTask(draft);
  }

  /**
   * Not enqueued if a live task ({@link Status#PENDING} or {@link Status#PROCESSING}) of the same
   * type has this key; the enqueue returns that task's id then. Replaces {@link #uniqueKey(String,
   * Duration)}.
   *
   * @param key 1 to 200 characters, not blank
   */
  public NewTask uniqueKey(String key) {
    Draft draft = draft();
    draft.uniqueKey = Check.name("uniqueKey", key);
    draft.uniqueWindow = null;
    return new NewTask(draft);
  }

  /**
   * Not enqueued if a task of the same type was enqueued with this key and window in the same
   * bucket of time, whatever became of it; the enqueue returns that task's id then. Buckets are as
   * long as the window and follow each other from 1970-01-01 00:00 UTC by the database's clock:
   * with a window of a day, one task for each day. Replaces {@link #uniqueKey(String)}.
   *
   * @param key 1 to 200 characters, not blank
   * @param window 1 s to 3650 days, in microseconds (a finer part is dropped)
   */
  public NewTask uniqueKey(String key, Duration window) {
    Draft draft = draft();
    draft.uniqueKey = Check.name("uniqueKey", key);
    draft.uniqueWindow =
        Check.range("uniqueKey window", window, Duration.ofSeconds(1), Check.MAX_DELAY)
            .truncatedTo(ChronoUnit.MICROS);
    return new NewTask(draft);
  }

  /** The id that the task has, or will have. */
  public UUID id() {
    return id;
  }

  /** What kind of work it is. */
  public String type() {
    return type;
  }

  /** The JSON text as it was given. */
  public String payload() {
    return payload;
  }

  /** The queue it goes to. */
  public String queue() {
    return queue;
  }

  /** Its priority. */
  public Priority priority() {
    return priority;
  }

  /** How many attempts it gets. */
  public int maxAttempts() {
    return maxAttempts;
  }

  /** The instant it is due, if one was given. */
  public Optional<Instant> runAt() {
    return Optional.ofNullable(runAt);
  }

  /** How long after the enqueue it is due; zero if an instant was given. */
  public Duration delay() {
    return delay;
  }

  /** The key that no other task may have, if one was given. */
  public Optional<String> uniqueKey() {
    return Optional.ofNullable(uniqueKey);
  }

  /** How long the buckets are in which the key is unique; empty if it is among live tasks. */
  public Optional<Duration> uniqueWindow() {
    return Optional.ofNullable(uniqueWindow);
  }

  /** Id, type and queue; never the payload. */
  @Override
  public String toString() {
    return "NewTask[" + id + " " + type + " in " + queue + "]";
  }
}
