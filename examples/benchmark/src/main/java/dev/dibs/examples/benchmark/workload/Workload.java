package dev.dibs.examples.benchmark.workload;

/** One kind of work, done by all contenders that it fits. */
public interface Workload {
  /** As it is chosen on the command line. */
  String name();

  /** What it does and how long it takes about, in a sentence or two. */
  String about();

  /** The variant that rates are compared with in its table; empty for none. */
  String base();

  /** Does it. */
  void run(Bench bench) throws Exception;
}
