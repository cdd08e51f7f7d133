package dev.dibs;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The threads that handlers run on: virtual ones where the JDK has them (21 and later). */
final class HandlerThreads {
  private HandlerThreads() {}

  /**
   * One thread for each attempt; the worker sees to it that there are never more than its slots.
   * They inherit nothing of the thread that happens to ask for them.
   */
  static ExecutorService create(String worker) {
    @Nullable ExecutorService virtual = virtual(worker);
    if (virtual != null) {
      return virtual;
    }
    AtomicInteger count = new AtomicInteger();
    return Executors.newCachedThreadPool(
        attempt -> {
          String name = worker + "-handler-" + count.incrementAndGet();
          Thread thread = new Thread(null, attempt, name, 0, false);
          thread.setDaemon(true);
          return thread;
        });
  }

  /** By reflection, because this is compiled for 17; null where there are none. */
  private static @Nullable ExecutorService virtual(String worker) {
    try {
      Class<?> builderType = Class.forName("java.lang.Thread$Builder");
      Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
      builder =
          builderType
              .getMethod("name", String.class, long.class)
              .invoke(builder, worker + "-handler-", 1L);
      builder =
          builderType
              .getMethod("inheritInheritableThreadLocals", boolean.class)
              .invoke(builder, false);
      Object factory = builderType.getMethod("factory").invoke(builder);
      return (ExecutorService)
          Executors.class
              .getMethod("newThreadPerTaskExecutor", ThreadFactory.class)
              .invoke(null, factory);
    } catch (ReflectiveOperationException e) {
      return null;
    }
  }
}
