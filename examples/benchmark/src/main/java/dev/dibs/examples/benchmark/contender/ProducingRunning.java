package dev.dibs.examples.benchmark.contender;

/** A worker that finds at once what is enqueued through it, in its own process. */
public interface ProducingRunning extends Contender.Running {
  /** What enqueues so. */
  Contender.Producer producer();
}
