package dev.dibs.jdbc;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TurnTest {
  private final Turn turn = new Turn();

  /** With a bound for each who waits, the last of many would go ahead, and so all would at once. */
  @Test
  void await_longerThanOneMayHang_whileTheTurnGoesOn_isHad() throws Exception {
    int threads = 6;
    BlockingQueue<Runnable> had = new LinkedBlockingQueue<>();
    List<Thread> waiting = new ArrayList<>();
    Runnable pass = turn.await();
    for (int i = 0; i < threads; i++) {
      Thread thread =
          new Thread(
              () -> {
                Runnable mine = turn.await();
                had.add(mine);
                holdForALittle();
                mine.run();
              });
      thread.start();
      waiting.add(thread);
    }
    holdForALittle();
    pass.run();
    for (int i = 0; i < threads; i++) {
      assertNotSame(Turn.NONE, had.poll(30, TimeUnit.SECONDS));
    }
    for (Thread thread : waiting) {
      thread.join();
    }
  }

  @Test
  void await_whileSomebodyHangs_goesAheadWithoutIt() {
    assertNotSame(Turn.NONE, turn.await());
    assertSame(Turn.NONE, turn.await());
  }

  @Test
  void await_passedOnTwice_isHadByOne() {
    Runnable pass = turn.await();
    pass.run();
    pass.run();
    assertNotSame(Turn.NONE, turn.await());
    assertSame(Turn.NONE, turn.await());
  }

  @Test
  void await_interrupted_goesAheadAndStaysInterrupted() {
    assertNotSame(Turn.NONE, turn.await());
    Thread.currentThread().interrupt();
    assertSame(Turn.NONE, turn.await());
    assertTrue(Thread.interrupted());
  }

  /** A claim that takes its time, well below that of one that hangs. */
  private static void holdForALittle() {
    try {
      assertFalse(new CountDownLatch(1).await(300, TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
