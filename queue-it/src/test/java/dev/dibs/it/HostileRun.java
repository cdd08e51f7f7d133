package dev.dibs.it;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.DibsException;
import dev.dibs.IdConflictException;
import dev.dibs.InvalidInputException;
import dev.dibs.NewTask;
import dev.dibs.Priority;
import dev.dibs.TaskProducer;
import dev.dibs.TaskQueue;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.TransactionState;

/**
 * Feeds hostile values to a queue and holds what becomes of each against {@link HostileOracle}: it
 * is stored exactly, or refused by an exception that the method documents, before anything was sent
 * if the input is to blame, and then nothing is written.
 */
final class HostileRun {
  static final int PAYLOAD = 1 << 20;
  private static final Duration TEN_YEARS = Duration.ofDays(3650);
  private static final Instant FIRST = Instant.parse("0001-01-01T00:00:00Z");
  private static final Instant LAST = Instant.parse("9999-12-31T23:59:59Z");

  private final TaskQueue queue;
  private final Connection own;
  private final Connection server;
  private final AtomicLong borrowed;
  private final HostileOracle oracle;
  private final HostileValues values;
  private final HostileJson json;
  private final HostileRows rows;
  private final HostileUpdates updates;
  private final List<String> findings = new ArrayList<>();
  private final List<NewTask> known = new ArrayList<>();
  private final String seed;
  private long inputs;
  private long taken;

  /**
   * @param own a connection for {@link TaskQueue#within}, not in autocommit mode
   * @param server an independent connection, for what is really there
   * @param borrowed how many connections the queue has borrowed
   */
  HostileRun(
      TaskQueue queue,
      Connection own,
      Connection server,
      AtomicLong borrowed,
      HostileOracle oracle,
      long seed) {
    this.queue = queue;
    this.own = own;
    this.server = server;
    this.borrowed = borrowed;
    this.oracle = oracle;
    this.seed = "seed " + seed + ": ";
    values = new HostileValues(new Random(seed));
    json = new HostileJson(values);
    rows = new HostileRows(this, queue, server);
    updates = new HostileUpdates(this, queue, server, values);
  }

  /** How many values were fed, and how many of them were taken. */
  String summary() {
    return inputs + " hostile inputs, " + taken + " taken, the others refused; " + seed;
  }

  /** What was not as it should be, at most a few. */
  List<String> findings() {
    return findings;
  }

  /** Goes on until so many values were fed, or too much was found. */
  void feed(long count) throws SQLException {
    while (inputs < count && findings.size() < 20) {
      switch (values.between(0, 9)) {
        case 0, 1, 2 -> enqueueText();
        case 3, 4 -> enqueueTexts();
        case 5 -> enqueueTasks(queue, false);
        case 6 -> enqueueWithin();
        case 7 -> claim();
        case 8 -> updates.feed();
        default -> HostileArguments.feed(this, queue, values);
      }
    }
  }

  /** The same for what operators do, which needs a table of its own. */
  void feedAdmin(long count) throws SQLException {
    HostileAdmin admin = new HostileAdmin(this, queue, server, values);
    while (inputs < count && findings.size() < 20) {
      admin.feed();
    }
  }

  void found(String finding) {
    findings.add(seed + finding);
  }

  HostileOracle.Json json() throws SQLException {
    return oracle.json(json::text);
  }

  private void enqueueText() throws SQLException {
    String type = values.name();
    HostileOracle.Json payload = json();
    UUID id =
        judge(
            "enqueue",
            fits(payload) && HostileOracle.isName(type),
            payload,
            () -> queue.enqueue(type, payload.text()));
    if (id != null) {
      rows.check(id, type, "default", payload);
    }
  }

  private void enqueueTexts() throws SQLException {
    String type = values.oneIn(8) ? values.name() : values.goodName();
    List<HostileOracle.Json> payloads = new ArrayList<>();
    boolean spoilt = values.oneIn(2);
    for (int i = values.between(1, 15); i > 0; i--) {
      HostileOracle.Json payload = json();
      if (spoilt || (fits(payload) && !payload.mayBeTooLong())) {
        payloads.add(payload);
      }
    }
    boolean valid = HostileOracle.isName(type) && payloads.stream().allMatch(HostileRun::fits);
    boolean free = payloads.stream().anyMatch(HostileOracle.Json::mayBeTooLong);
    List<String> texts = payloads.stream().map(HostileOracle.Json::text).toList();
    inputs += texts.size();
    taken += valid ? texts.size() : 0;
    List<UUID> ids = judge("enqueueAll", valid, free, () -> queue.enqueueAll(type, texts));
    for (int i = 0; ids != null && i < texts.size(); i++) {
      rows.check(ids.get(i), type, "default", payloads.get(i));
    }
  }

  static boolean fits(HostileOracle.Json json) {
    return json.isValid(PAYLOAD);
  }

  private void enqueueWithin() throws SQLException {
    enqueueTasks(queue.within(own), true);
    own.rollback();
  }

  /** Tasks with every option, in lists that have faults of their own. */
  private void enqueueTasks(TaskProducer producer, boolean within) throws SQLException {
    List<NewTask> tasks = new ArrayList<>();
    List<HostileOracle.Json> payloads = new ArrayList<>();
    for (int i = values.between(1, 12); i > 0; i--) {
      HostileOracle.Json payload = json();
      NewTask task = task(payload);
      if (task != null) {
        tasks.add(task);
        payloads.add(payload);
      }
    }
    boolean valid = true;
    boolean conflict = false;
    if (!tasks.isEmpty() && values.oneIn(6)) {
      valid = false;
      switch (values.between(0, 2)) {
        case 0 -> tasks.add(values.between(0, tasks.size()), null);
        case 1 -> tasks.add(tasks.get(0));
        default -> tasks.addAll(Collections.nCopies(100_001 - tasks.size(), tasks.get(0)));
      }
    } else if (!known.isEmpty() && values.oneIn(6)) {
      conflict = true;
      tasks.add(NewTask.of("another " + values.goodName(), "{}").id(values.of(known).id()));
    }
    long before = rows.count();
    try {
      List<NewTask> sent = tasks;
      List<UUID> ids = judge("enqueueAll", valid, false, () -> producer.enqueueAll(sent));
      if (conflict && ids != null) {
        found("enqueueAll took an id for another task");
      }
      if (ids != null) {
        if (within) {
          own.commit();
        }
        for (int i = 0; i < payloads.size(); i++) {
          if (rows.check(tasks.get(i), ids.get(i), payloads.get(i))) {
            known.add(tasks.get(i));
          }
        }
      } else if (within) {
        checkUsable(valid);
      }
      if (ids == null && rows.count() != before) {
        found("enqueueAll was refused and wrote " + (rows.count() - before) + " tasks");
      }
    } catch (IdConflictException e) {
      if (!conflict || rows.count() != before) {
        found("enqueueAll: a conflict that is none, or tasks were written");
      }
    }
  }

  private void checkUsable(boolean sent) throws SQLException {
    TransactionState state = own.unwrap(BaseConnection.class).getTransactionState();
    if (state == TransactionState.FAILED || (!sent && state != TransactionState.IDLE)) {
      found("within: input that is not valid left the transaction " + state);
    }
  }

  /** Null if one of its parts was refused, as it should be. */
  private NewTask task(HostileOracle.Json payload) {
    String type = values.oneIn(4) ? values.name() : values.goodName();
    NewTask task =
        judge(
            "NewTask.of",
            fits(payload) && HostileOracle.isName(type),
            payload,
            () -> NewTask.of(type, payload.text()));
    if (task == null) {
      return null;
    }
    NewTask made = task;
    int option = values.between(0, 7);
    String name = values.name();
    Duration duration = values.duration();
    Instant instant = values.instant();
    int number = values.number();
    boolean named = HostileOracle.isName(name);
    return switch (option) {
      case 0 -> judge("queue", named, false, () -> made.queue(name));
      case 1 -> judge("uniqueKey", named, false, () -> made.uniqueKey(name));
      case 2 -> {
        boolean valid = named && isWithin(duration, Duration.ofSeconds(1), TEN_YEARS);
        yield judge("uniqueKey", valid, false, () -> made.uniqueKey(name, duration));
      }
      case 3 ->
          judge(
              "delay",
              isWithin(duration, Duration.ZERO, TEN_YEARS),
              false,
              () -> made.delay(duration));
      case 4 -> {
        boolean valid = !instant.isBefore(FIRST) && instant.isBefore(LAST.plusSeconds(1));
        // The last second's fractions are the javadoc's to settle.
        yield judge("runAt", valid, instant.isAfter(LAST), () -> made.runAt(instant));
      }
      case 5 ->
          judge(
              "maxAttempts", number >= 1 && number <= 1000, false, () -> made.maxAttempts(number));
      case 6 ->
          judge(
              "priority",
              true,
              false,
              () -> made.priority(values.of(Arrays.asList(Priority.values()))));
      default -> judge("id", true, false, () -> made.id(values.id()));
    };
  }

  static boolean isWithin(Duration value, Duration min, Duration max) {
    return value.compareTo(min) >= 0 && value.compareTo(max) <= 0;
  }

  private void claim() throws SQLException {
    String type = values.name();
    String line = values.name();
    int limit = values.oneIn(2) ? 1 : values.number();
    Duration lease = values.duration();
    HostileOracle.Json payload = json();
    boolean valid =
        HostileOracle.isName(type)
            && HostileOracle.isName(line)
            && limit >= 1
            && limit <= 10_000
            && isWithin(lease, Duration.ofMillis(1), Duration.ofDays(30));
    if (!values.oneIn(3)
        || !HostileOracle.isName(type)
        || !HostileOracle.isName(line)
        || !fits(payload)
        || payload.mayBeTooLong()) {
      judge(
          "claim",
          valid,
          false,
          () -> queue.claim(ClaimRequest.of(type).queue(line).limit(limit).lease(lease)));
      return;
    }
    NewTask task = NewTask.of(type, payload.text()).queue(line);
    queue.enqueue(task);
    List<Claim> claims =
        judge(
            "claim",
            valid,
            false,
            () ->
                queue.claim(
                    ClaimRequest.of(type, values.goodName())
                        .queue(line)
                        .limit(limit)
                        .lease(lease)));
    if (claims == null) {
      return;
    }
    // Names that are not like any other may come again within a run; then it is one of them.
    boolean exact =
        claims.stream()
            .allMatch(claim -> claim.type().equals(type) && claim.task().queue().equals(line));
    boolean same =
        claims.stream()
            .filter(claim -> claim.id().equals(task.id()))
            .allMatch(claim -> claim.payload().equals(payload.normal()));
    if (!exact || !same || claims.isEmpty()) {
      found(
          "claim of " + shown(type) + " in " + shown(line) + " gave " + claims.size() + " claims");
    }
  }

  <T> T judge(String operation, boolean valid, HostileOracle.Json json, Callable<T> call) {
    return judge(operation, valid, json.mayBeTooLong(), call);
  }

  /**
   * Makes the call.
   *
   * @param free whether either answer is right
   * @return null if it was refused, rightly or not
   */
  <T> T judge(String operation, boolean valid, boolean free, Callable<T> call) {
    inputs++;
    long before = borrowed.get();
    try {
      T answer = call.call();
      taken++;
      if (!valid && !free) {
        found(operation + " took what is not valid");
      }
      return answer;
    } catch (IdConflictException e) {
      throw e;
    } catch (InvalidInputException e) {
      if (valid && !free) {
        found(operation + " refused what is valid: " + shown(e.getMessage()));
      }
      if (borrowed.get() != before) {
        found(operation + " sent something before it refused its input");
      }
      if (e.getMessage().contains(HostileJson.HUSH) || e.getMessage().length() > 1000) {
        found(operation + " quotes its input: " + shown(e.getMessage()));
      }
    } catch (DibsException e) {
      found(
          operation
              + " of "
              + (valid ? "" : "in")
              + "valid input: "
              + shown(e + " " + e.getCause()));
    } catch (Exception | StackOverflowError | AssertionError e) {
      found(operation + " threw what no javadoc names: " + shown(e.getClass().getName()));
    }
    return null;
  }

  static String shown(String text) {
    StringBuilder shown = new StringBuilder();
    text.chars()
        .limit(300)
        .forEach(c -> shown.append(c < ' ' || c > '~' ? String.format("<%04x>", c) : (char) c));
    return shown + (text.length() > 300 ? "… (" + text.length() + " characters)" : "");
  }
}
