package dev.dibs.examples.benchmark.contender;

/** Who takes part. */
public final class Contenders {
  private Contenders() {}

  /**
   * The contender of this description, see {@link Settings}; what it does not say is at the best
   * that the sweep found.
   */
  public static Contender of(String description) {
    Settings settings = Settings.parse(description);
    Contender contender =
        switch (settings.name()) {
          case "dibs", "dibs-delete" -> new Dibs(settings);
          case "sql-limit", "sql-limit-delete" -> new SqlLimit(settings);
          case "textbook" -> new Textbook(settings);
          case "db-scheduler" -> new DbScheduler(settings);
          case "jobrunr" -> new JobRunrServer(settings);
          default -> throw new IllegalArgumentException("no contender " + settings.name());
        };
    settings.allUsed();
    return contender;
  }
}
