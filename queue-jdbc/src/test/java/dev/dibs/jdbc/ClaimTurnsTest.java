package dev.dibs.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dibs.ClaimRequest;
import dev.dibs.DibsException;
import java.lang.reflect.Proxy;
import java.sql.SQLException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/** Claims of many tasks wait for each other, before they ask for a connection. */
class ClaimTurnsTest {
  private final CountDownLatch held = new CountDownLatch(1);
  private final BlockingQueue<String> arrivals = new LinkedBlockingQueue<>();
  private final DataSource stuck =
      (DataSource)
          Proxy.newProxyInstance(
              DataSource.class.getClassLoader(),
              new Class<?>[] {DataSource.class},
              (proxy, method, arguments) -> {
                arrivals.add(Thread.currentThread().getName());
                held.await();
                throw new SQLException("no connection", "08001");
              });
  private final PostgresTaskQueue queue = PostgresTaskQueue.create(stuck);

  @Test
  void waitsForItsTurnButNotForEver() throws Exception {
    Thread first = claimer("first");
    assertEquals("first", next());

    long begun = System.nanoTime();
    Thread second = claimer("second");
    assertEquals("second", next(), "a claim that hangs must not hold others for ever");
    assertTrue(System.nanoTime() - begun >= 1_000_000_000L, "it waited for its turn");

    held.countDown();
    for (Thread thread : new Thread[] {first, second}) {
      thread.join(30_000);
    }
  }

  private String next() throws InterruptedException {
    return arrivals.poll(30, TimeUnit.SECONDS);
  }

  private Thread claimer(String name) {
    Thread thread =
        new Thread(
            () -> {
              try {
                queue.claim(ClaimRequest.of("type").limit(100));
              } catch (DibsException expected) {
                // Nothing is there to claim from.
              }
            },
            name);
    thread.start();
    return thread;
  }
}
