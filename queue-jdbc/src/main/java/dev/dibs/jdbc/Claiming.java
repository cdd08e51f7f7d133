package dev.dibs.jdbc;

import static java.util.Objects.requireNonNullElse;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.ClaimUpdate;
import dev.dibs.Outcome;
import dev.dibs.OutcomeUnknownException;
import dev.dibs.Task;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes tasks: which lanes in which order, from where, and what came of it.
 *
 * <p><b>Turns.</b> Claims that run at the same time walk over each other's rows, and lock those
 * that were claimed since they began. So claims of {@link #MANY} tasks and more wait for each
 * other, until the server has answered: its rows are read while the next claim runs, which goes by
 * them. Smaller ones never wait: what they cost is the commit, and those go well together.
 *
 * <p><b>What others touch.</b> As long as claims of that many come back full, they leave what other
 * transactions have touched to the look-behinds. Only those are sent as a statement; all others, of
 * which most take few, call the server's function.
 */
final class Claiming {
  private static final int MANY = 100;

  /** Far more than a program has workers; what is forgotten costs one look-behind. */
  private static final int MAX_STANDS = 1000;

  private static final Logger log = LoggerFactory.getLogger(PostgresTaskQueue.class);

  private final PostgresTaskQueue queue;
  private final ClaimStatement statement;
  private final RepeatedClaim repeated;
  private final AtomicLong rotations = new AtomicLong();
  private final Map<Line, Stand> stands = new ConcurrentHashMap<>();

  /** Who asks for the same types looks behind at the same times. */
  private record Line(String queue, List<String> types) {}

  /** Where the claims of a line stand, and whose turn it is. */
  private record Stand(LaneCursor cursor, Turn turn) {}

  Claiming(PostgresTaskQueue queue, ClaimStatement statement, RepeatedClaim repeated) {
    this.queue = queue;
    this.statement = statement;
    this.repeated = repeated;
  }

  List<Claim> claim(Database database, ClaimRequest request) {
    if (request.token().isPresent()) {
      UUID token = request.token().get();
      List<TaskRow> rows = write(database, token, c -> repeated.run(c, request, token));
      return claims(request, rows, List.copyOf(LaneCursor.lanes(request, 0)), token);
    }
    if (stands.size() > MAX_STANDS) {
      stands.clear();
    }
    Stand stand =
        stands.computeIfAbsent(
            new Line(request.queue(), request.types()),
            line -> new Stand(new LaneCursor(), new Turn()));
    Runnable passTurn = request.limit() >= MANY ? stand.turn().await() : Turn.NONE;
    try {
      return claim(database, request, stand.cursor(), passTurn);
    } finally {
      passTurn.run();
    }
  }

  private List<Claim> claim(
      Database database, ClaimRequest request, LaneCursor cursor, Runnable passTurn) {
    long rotation = rotations.getAndIncrement();
    List<Claim> claims;
    do {
      claims = claimOnce(database, request, cursor, rotation, passTurn);
      // A task that is failed or cancelled instead of claimed does not count in the limit.
    } while (claims.removeIf(Claiming::buried) && claims.isEmpty());
    return claims;
  }

  private List<Claim> claimOnce(
      Database database,
      ClaimRequest request,
      LaneCursor cursor,
      long rotation,
      Runnable passTurn) {
    Set<String> lookBehind = cursor.lookBehindDue(request, System.nanoTime());
    boolean alsoTouched = !lookBehind.isEmpty() || request.limit() < MANY || !cursor.mayBeMore();
    Map<Lane, Position> lanes = cursor.lanes(request, rotation, lookBehind);
    // The next one is to see that this one has looked behind.
    Runnable answered = lookBehind.isEmpty() ? passTurn : Turn.NONE;
    UUID token = UUID.randomUUID();
    ClaimStatement.Taken taken =
        write(
            database,
            token,
            connection -> {
              // From here on: to wait for a connection is not what a look-behind costs.
              long begun = System.nanoTime();
              ClaimStatement.Taken result =
                  statement.run(connection, request, lanes, alsoTouched, token, answered);
              cursor.claimed(result, lookBehind, begun, System.nanoTime());
              return result;
            });
    return claims(request, taken.rows(), List.copyOf(lanes.keySet()), token);
  }

  /** Whoever does not learn what was claimed needs the token to ask again. */
  private static <T> T write(Database database, UUID token, Session.Work<T> work) {
    try {
      return database.write("claim", work);
    } catch (OutcomeUnknownException e) {
      throw new OutcomeUnknownException(
          "claim", Optional.of(token), requireNonNullElse(e.getCause(), e));
    }
  }

  private List<Claim> claims(
      ClaimRequest request, List<TaskRow> rows, List<Lane> order, UUID token) {
    return rows.stream()
        .sorted(
            Comparator.comparing((TaskRow row) -> order.indexOf(row.lane()))
                .thenComparing(TaskRow::position))
        .map(row -> new Claim(queue, row.task(), token, row.alone(), request.deleteCompleted()))
        .collect(Collectors.toCollection(ArrayList::new));
  }

  private static boolean buried(Claim claim) {
    switch (claim.task().status()) {
      case FAILED -> log.warn("{} failed: it lost its last lease while it ran alone", claim.task());
      case CANCELLED -> log.info("{} cancelled, as somebody asked", claim.task());
      default -> {
        return false;
      }
    }
    return true;
  }

  /** A task that went back to its place may lie behind the cursor. */
  void putBack(ClaimUpdate update, Outcome outcome) {
    if (outcome == Outcome.APPLIED
        && update instanceof ClaimUpdate.Release release
        && release.delay().isZero()) {
      Task task = update.claim().task();
      Lane lane = new Lane(task.type(), task.priority());
      Position position = new Position(task.runAt(), task.id());
      stands.forEach(
          (line, stand) -> {
            if (line.queue().equals(task.queue())) {
              stand.cursor().putBack(lane, position);
            }
          });
    }
  }
}
