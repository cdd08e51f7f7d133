package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.NewTask;
import dev.dibs.TaskQueue;
import dev.dibs.jdbc.PostgresTaskQueue;
import dev.dibs.testkit.DibsPostgres;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.util.PSQLException;

/** Unique keys where enqueues race. */
@Timeout(60)
class UniqueKeyIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  private static final int THREADS = 8;

  /** Open connections: who has to connect first comes too late to race. */
  private static final HikariDataSource pool = new HikariDataSource();

  private TaskQueue queue;

  @BeforeAll
  static void open() {
    pool.setDataSource(postgres.dataSource());
    pool.setMaximumPoolSize(THREADS);
  }

  @AfterAll
  static void close() {
    pool.close();
  }

  @BeforeEach
  void empty() throws Exception {
    try (Connection connection = postgres.connect()) {
      Db.execute(connection, "TRUNCATE tasks");
    }
    queue = PostgresTaskQueue.create(pool, postgres.schema());
  }

  @Test
  void enqueue_sameKeyFromManyThreads_oneTaskAndAllGetItsId() throws Exception {
    for (int round = 0; round < 20; round++) {
      String key = "round " + round;
      List<UUID> ids = together(THREADS, i -> queue.enqueue(NewTask.of("a", "1").uniqueKey(key)));
      assertThat(new HashSet<>(ids)).hasSize(1);
    }
    assertThat(rows()).isEqualTo(20);
  }

  @Test
  void enqueue_sameWindowFromManyThreads_oneTaskWhateverBecomesOfIt() throws Exception {
    NewTask first = NewTask.of("a", "1").uniqueKey("k", Duration.ofDays(3650));
    queue.enqueue(first);
    queue.claim(ClaimRequest.of("a")).get(0).complete();
    List<UUID> ids =
        together(
            THREADS,
            i -> queue.enqueue(NewTask.of("a", "1").uniqueKey("k", Duration.ofDays(3650))));
    assertThat(ids).containsOnly(first.id());
  }

  /** While others enqueue the same keys, some are claimed and completed: keys come and go. */
  @Test
  void enqueueAll_sameKeysInOtherOrders_noDeadlockAndNoKeyTwice() throws Exception {
    List<Long> sizes =
        together(
            THREADS,
            thread -> {
              Random random = new Random(thread);
              long made = 0;
              for (int round = 0; round < 15; round++) {
                List<NewTask> tasks = new ArrayList<>();
                for (int i = 0; i < 50; i++) {
                  tasks.add(NewTask.of("a", "1").uniqueKey("key " + i));
                }
                Collections.shuffle(tasks, random);
                List<UUID> ids = queue.enqueueAll(tasks);
                assertThat(ids).hasSize(50).doesNotHaveDuplicates();
                for (int i = 0; i < 50; i++) {
                  made += ids.get(i).equals(tasks.get(i).id()) ? 1 : 0;
                }
                queue.claim(ClaimRequest.of("a").limit(10)).forEach(Claim::complete);
              }
              return made;
            });
    assertThat(rows()).isEqualTo(sizes.stream().mapToLong(Long::longValue).sum());
  }

  /** The control for the order of keys: what happens to two lists that are sent as they are. */
  @Test
  void insert_sameKeysInOppositeOrders_deadlocks() throws Exception {
    try (Connection first = postgres.connect();
        Connection second = postgres.connect()) {
      first.setAutoCommit(false);
      second.setAutoCommit(false);
      Db.execute(first, insert("x"));
      Db.execute(second, insert("y"));
      List<Boolean> victims =
          together(
              2,
              i -> {
                try {
                  Db.execute(i == 0 ? first : second, insert(i == 0 ? "y" : "x"));
                  return false;
                } catch (PSQLException e) {
                  assertThat(e.getSQLState()).isEqualTo("40P01");
                  (i == 0 ? first : second).rollback();
                  return true;
                }
              });
      assertThat(victims).containsExactlyInAnyOrder(true, false);
      first.rollback();
      second.rollback();
    }
  }

  private static String insert(String key) {
    return "INSERT INTO tasks (type, payload, unique_key) VALUES ('a', '1', '"
        + key
        + "') ON CONFLICT DO NOTHING";
  }

  private interface Part<T> {
    T of(int thread) throws Exception;
  }

  private static <T> List<T> together(int threads, Part<T> part) throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      CountDownLatch start = new CountDownLatch(1);
      List<Future<T>> futures = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        int thread = i;
        Callable<T> task =
            () -> {
              start.await();
              return part.of(thread);
            };
        futures.add(executor.submit(task));
      }
      start.countDown();
      List<T> results = new ArrayList<>();
      for (Future<T> future : futures) {
        results.add(future.get());
      }
      return results;
    } finally {
      executor.shutdownNow();
    }
  }

  private static long rows() throws Exception {
    try (Connection connection = postgres.connect()) {
      return Long.parseLong(Db.query(connection, "SELECT count(*) FROM tasks"));
    }
  }
}
