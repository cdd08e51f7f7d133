package dev.dibs.examples.ledger;

import dev.dibs.Claim;
import dev.dibs.Handler;
import java.io.IOException;

/**
 * Kills its process at the worst moment of one run: the handler's transaction is committed, and the
 * worker does not know it yet.
 */
final class KilledAtRun implements Handler {
  private final int last;
  private final Handler handler;
  private int runs;

  KilledAtRun(int last, Handler handler) {
    this.last = last;
    this.handler = handler;
  }

  @Override
  public void handle(Claim task) throws Exception {
    handler.handle(task);
    count();
  }

  /** Synchronized: whoever comes while the process is being killed waits, and goes with it. */
  private synchronized void count() throws InterruptedException {
    runs++;
    if (runs == last) {
      kill();
    }
  }

  /** No shutdown hook, no finally, no last word. */
  private static void kill() throws InterruptedException {
    try {
      new ProcessBuilder("kill", "-9", Long.toString(ProcessHandle.current().pid()))
          .start()
          .waitFor();
    } catch (IOException e) {
      // A system without this program: the next best thing.
      Runtime.getRuntime().halt(LedgerWorker.KILLED);
    }
  }
}
