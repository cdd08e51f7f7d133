package dev.dibs.examples.quickstart;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** A process of workers on the naive queue: each thread claims, works and completes. */
final class NaiveWorkerProcess {
  private NaiveWorkerProcess() {}

  /** Ends when there are no pending tasks left, or when the parent is gone. */
  public static void main(String[] args) throws Exception {
    Parent parent = new Parent(args);
    try (Database database = parent.openDatabase()) {
      NaiveQueue queue = new NaiveQueue(database);
      CarePlanHandler handler =
          new CarePlanHandler(
              new RunLog(database, "naive", parent.processName()),
              new Mailer(database),
              Integer.MAX_VALUE);
      ExecutorService threads =
          Executors.newFixedThreadPool(
              parent.concurrency(),
              work -> {
                Thread thread = new Thread(work);
                thread.setDaemon(true);
                return thread;
              });
      parent.awaitGo();
      List<Future<?>> workers = new ArrayList<>();
      for (int i = 0; i < parent.concurrency(); i++) {
        workers.add(
            threads.submit(
                () -> {
                  work(queue, handler);
                  return null;
                }));
      }
      parent.endWithIt();
      for (Future<?> worker : workers) {
        worker.get();
      }
      if (queue.deadlocks() > 0) {
        System.out.println(
            queue.deadlocks() + " of its UPDATEs ended in a deadlock and were tried again");
      }
    }
  }

  private static void work(NaiveQueue queue, CarePlanHandler handler) throws Exception {
    List<NaiveQueue.Task> tasks = queue.claim();
    while (!tasks.isEmpty()) {
      for (NaiveQueue.Task task : tasks) {
        handler.handle(task.id(), task.payload(), 1);
        queue.complete(task);
      }
      tasks = queue.claim();
    }
  }
}
