package dev.dibs.examples.quickstart;

/**
 * What it all comes to.
 *
 * @param tasks how many each queue was given
 * @param naive the runs of the naive queue
 * @param dibs the runs of Dibs
 * @param completed the tasks that Dibs has as completed
 * @param lost the tasks that Dibs does not have as completed by a run that ended well
 */
record Verdict(int tasks, Repeats naive, Repeats dibs, long completed, long lost) {
  boolean passed() {
    return naive.duplicates() > 0 && dibs.duplicates() == 0 && lost == 0 && completed == tasks;
  }

  String line() {
    return "verdict: naive "
        + naive.duplicates()
        + " duplicates of "
        + tasks
        + ", dibs "
        + dibs.duplicates()
        + " duplicates, "
        + lost
        + " lost, "
        + completed
        + " completed";
  }
}
