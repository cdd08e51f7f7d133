package dev.dibs.testkit;

import dev.dibs.Claim;

/** Ends a handler at the point where its worker is said to die; nothing is to catch it. */
final class WorkerCrashed extends Error {
  private static final long serialVersionUID = 1;

  WorkerCrashed(Claim claim) {
    super("the worker died here, as TestWorker.crashWorker() was told to let it: " + claim);
  }
}
