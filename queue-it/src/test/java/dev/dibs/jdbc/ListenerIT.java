package dev.dibs.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.NewTask;
import dev.dibs.TaskQueue;
import dev.dibs.Worker;
import dev.dibs.it.Db;
import dev.dibs.it.ForwardingTaskQueue;
import dev.dibs.it.Poll;
import dev.dibs.testkit.DibsPostgres;
import dev.dibs.testkit.wire.FaultProxy;
import dev.dibs.testkit.wire.WireTap;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

/** What a queue hears of other processes, and what it knows about whether it hears. */
@Timeout(120)
class ListenerIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  private static final Duration NEVER = Duration.ofHours(1);
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final String EARS = "dibs ears";
  private static final String MY_EARS =
      "FROM pg_stat_activity WHERE application_name = '" + EARS + "'";

  private final TaskQueue producer =
      PostgresTaskQueue.create(postgres.dataSource(), postgres.schema());

  @BeforeEach
  void empty() throws SQLException {
    Db.execute(postgres.schemaDataSource(), "TRUNCATE tasks");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void worker_neverPolls_startsWhatAnotherQueueObjectEnqueuesIfItListens(boolean listens)
      throws Exception {
    PostgresTaskQueue.Builder builder =
        PostgresTaskQueue.builder(postgres.dataSource()).schema(postgres.schema());
    CountedClaims queue = new CountedClaims((listens ? builder.listenOn(ears()) : builder).build());
    CountDownLatch ran = new CountDownLatch(1);
    CountDownLatch ranWithin = new CountDownLatch(1);
    try (Worker worker = Worker.builder(queue).pollInterval(NEVER).build()) {
      worker.register("own", task -> ran.countDown());
      worker.register("within", task -> ranWithin.countDown()).start();
      queue.awaitIdle(listens);
      producer.enqueue("own", "1");
      try (Connection connection = postgres.connect()) {
        connection.setAutoCommit(false);
        producer.within(connection).enqueue("within", "1");
        connection.commit();
      }
      long millis = listens ? SOON.toMillis() : 500;
      assertThat(ran.await(millis, TimeUnit.MILLISECONDS)).isEqualTo(listens);
      assertThat(ranWithin.await(millis, TimeUnit.MILLISECONDS)).isEqualTo(listens);
    }
  }

  @Test
  void hint_ofAnotherSchema_isIgnoredAndMoreAtOnceWakeOnce() throws Exception {
    Wakes wakes = new Wakes();
    PostgresTaskQueue queue = listening(ears());
    queue.addWakeUp(wakes);
    try (Connection connection = postgres.connect()) {
      awaitHearing(queue, wakes);
      notify(connection, "other", postgres.schema() + " more", "");
      connection.setAutoCommit(false);
      notify(connection, "x", postgres.schema(), "y", postgres.schema(), "z");
      connection.commit();
      wakes.await(1);
      notify(connection, postgres.schema());
      connection.commit();
      wakes.await(1);
      assertThat(wakes.count()).isZero();
    } finally {
      queue.removeWakeUp(wakes);
    }
  }

  /** Nobody tells of the second task: the hint for it is lost with the connection. */
  @Test
  void connection_terminated_isTakenAnewAndWhatWasMissedIsFound() throws Exception {
    PostgresTaskQueue listening = listening(ears());
    CountedClaims queue = new CountedClaims(listening);
    CountDownLatch ran = new CountDownLatch(3);
    try (Worker worker = Worker.builder(queue).pollInterval(NEVER).build();
        Connection operator = postgres.connect()) {
      worker.register("a", task -> ran.countDown()).start();
      queue.awaitIdle(true);
      producer.enqueue("a", "1");
      Poll.until("heard of the first", SOON, () -> ran.getCount() == 2);
      Db.execute(operator, "INSERT INTO tasks (type, payload) VALUES ('a', '2')");
      String pid = Db.query(operator, "SELECT pid " + MY_EARS);
      Db.execute(operator, "SELECT pg_terminate_backend(pid) " + MY_EARS);
      Db.await(operator, "SELECT count(*) = 1 " + MY_EARS + " AND pid <> " + pid);
      Poll.until("the second was found", SOON, () -> ran.getCount() == 1);
      Poll.until("hears again", SOON, listening::hearsOthers);
      producer.enqueue("a", "3");
      assertThat(ran.await(30, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void connection_silentWithoutBeingClosed_isNoticed() throws Exception {
    assertThat(Listener.Pace.USUAL.every().plus(Listener.Pace.USUAL.within()))
        .isLessThan(Duration.ofSeconds(20));
    PGSimpleDataSource ears = ears();
    try (FaultProxy proxy = FaultProxy.to(ears.getServerNames()[0], ears.getPortNumbers()[0])) {
      through(proxy.port(), ears);
      Wakes wakes = new Wakes();
      PostgresTaskQueue queue =
          PostgresTaskQueue.builder(postgres.dataSource())
              .schema(postgres.schema())
              .listenOn(ears)
              .pace(new Listener.Pace(Duration.ofMillis(200), Duration.ofMillis(500)))
              .build();
      queue.addWakeUp(wakes);
      try {
        awaitHearing(queue, wakes);
        proxy.fallSilent();
        Poll.until("noticed", SOON, () -> !queue.hearsOthers());
        wakes.await(1);
        proxy.heal();
        proxy.closeSilent();
        Poll.until("hears again", SOON, queue::hearsOthers);
      } finally {
        queue.removeWakeUp(wakes);
      }
    }
  }

  /** Of two databases of one server, and the other way round: it is the probe that tells. */
  @Test
  void listenOn_anotherDatabase_isNotTrusted() throws Exception {
    PGSimpleDataSource elsewhere = ears();
    elsewhere.setDatabaseName("template1");
    Wakes wakes = new Wakes();
    PostgresTaskQueue queue =
        PostgresTaskQueue.builder(postgres.dataSource())
            .schema(postgres.schema())
            .listenOn(elsewhere)
            .pace(new Listener.Pace(Duration.ofMillis(100), Duration.ofMillis(200)))
            .build();
    queue.addWakeUp(wakes);
    try {
      // It wakes after each LISTEN.
      wakes.await(2);
      assertThat(queue.hearsOthers()).isFalse();
    } finally {
      queue.removeWakeUp(wakes);
    }
  }

  @Test
  void wakeUp_lastOneRemoved_endsThreadAndConnection() throws Exception {
    PostgresTaskQueue queue = listening(ears());
    Wakes first = new Wakes();
    Wakes second = new Wakes();
    try (Connection operator = postgres.connect()) {
      assertThat(Db.query(operator, "SELECT count(*) " + MY_EARS)).isEqualTo("0");
      queue.addWakeUp(first);
      queue.addWakeUp(second);
      Poll.until("hears", SOON, queue::hearsOthers);
      assertThat(Db.query(operator, "SELECT count(*) " + MY_EARS)).isEqualTo("1");
      queue.removeWakeUp(first);
      assertThat(queue.hearsOthers()).isTrue();
      queue.removeWakeUp(second);
      assertThat(queue.hearsOthers()).isFalse();
      Db.await(operator, "SELECT count(*) = 0 " + MY_EARS);
      queue.addWakeUp(first);
      Poll.until("hears again", SOON, queue::hearsOthers);
      queue.removeWakeUp(first);
      Db.await(operator, "SELECT count(*) = 0 " + MY_EARS);
    }
  }

  @Test
  void worker_idle_sendsAtMostTwoStatementsPerSecondWhileItHears() throws Exception {
    try (WireTap hearing = tap();
        WireTap polling = tap()) {
      PostgresTaskQueue queue =
          PostgresTaskQueue.builder(through(hearing.port(), ears()))
              .schema(postgres.schema())
              .listenOn(through(hearing.port(), ears()))
              .build();
      TaskQueue deaf = PostgresTaskQueue.create(through(polling.port(), ears()), postgres.schema());
      try (Worker worker = Worker.builder(queue).build();
          Worker control = Worker.builder(deaf).build()) {
        worker.register("a", task -> {}).start();
        control.register("b", task -> {}).start();
        Poll.until("hears", SOON, queue::hearsOthers);
        // The pause that began before it heard.
        Db.execute(postgres.dataSource(), "SELECT pg_sleep(0.2)");
        hearing.reset();
        polling.reset();
        Db.execute(postgres.dataSource(), "SELECT pg_sleep(2)");
        long heard = hearing.statements();
        long polled = polling.statements();
        System.out.printf("idle for 2 s: %d statements hearing, %d polling%n", heard, polled);
        assertThat(heard).isLessThanOrEqualTo(4);
        assertThat(polled).isGreaterThan(8);
      }
    }
  }

  private static WireTap tap() throws SQLException {
    PGSimpleDataSource source = ears();
    return WireTap.to(source.getServerNames()[0], source.getPortNumbers()[0]);
  }

  private static PGSimpleDataSource through(int port, PGSimpleDataSource source) {
    source.setServerNames(new String[] {"localhost"});
    source.setPortNumbers(new int[] {port});
    source.setSslMode("disable");
    return source;
  }

  private static PGSimpleDataSource ears() throws SQLException {
    PGSimpleDataSource source = postgres.dataSource().unwrap(PGSimpleDataSource.class);
    source.setApplicationName(EARS);
    return source;
  }

  private static PostgresTaskQueue listening(PGSimpleDataSource ears) {
    return PostgresTaskQueue.builder(postgres.dataSource())
        .schema(postgres.schema())
        .listenOn(ears)
        .build();
  }

  /** It wakes once after LISTEN, before it has heard anything. */
  private static void awaitHearing(PostgresTaskQueue queue, Wakes wakes) throws Exception {
    Poll.until("hears", SOON, queue::hearsOthers);
    wakes.await(1);
    wakes.forget();
  }

  private static void notify(Connection connection, String... payloads) throws SQLException {
    for (String payload : payloads) {
      Db.query(connection, "SELECT pg_notify('dibs', '" + payload + "')");
    }
  }

  /** Tells when a worker has looked and found nothing, and nothing more will make it look. */
  private static final class CountedClaims extends ForwardingTaskQueue {
    private volatile int empty;

    CountedClaims(TaskQueue queue) {
      super(queue);
    }

    @Override
    public synchronized List<Claim> claim(ClaimRequest request) {
      List<Claim> claims = super.claim(request);
      empty += claims.isEmpty() ? 1 : 0;
      return claims;
    }

    /** It looks at its start, and again after LISTEN, which may be during the first. */
    void awaitIdle(boolean listens) throws Exception {
      Poll.until("it looked", SOON, () -> empty > 0 && hearsOthers() == listens);
      if (listens) {
        NewTask none = NewTask.of("nobody's", "1").delay(NEVER);
        enqueue(none);
        int before = empty;
        Poll.until("it looked again", SOON, () -> empty > before);
      }
    }
  }
}
