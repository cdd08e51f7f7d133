package dev.dibs.examples.shellworker;

/**
 * What the workers did.
 *
 * @param tasks how many there were
 * @param completed how many the queue has as completed
 * @param byJava how many the Java worker did
 * @param byShell how many the shell worker did
 * @param twice how many were done more than once
 * @param harmed how many payloads arrived otherwise than they were sent
 */
record Greeted(int tasks, int completed, int byJava, int byShell, int twice, int harmed) {
  boolean isRight() {
    return completed == tasks && byJava + byShell == tasks && twice == 0 && harmed == 0;
  }

  String summary() {
    return completed
        + " of "
        + tasks
        + " tasks completed: "
        + byJava
        + " by the Java worker, "
        + byShell
        + " by the shell worker; "
        + twice
        + " done twice, "
        + harmed
        + " payloads harmed.";
  }
}
