package dev.dibs.examples.benchmark.contender;

import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;
import org.jobrunr.jobs.filters.ApplyStateFilter;
import org.jobrunr.jobs.mappers.JobMapper;
import org.jobrunr.jobs.states.StateName;
import org.jobrunr.scheduling.JobRequestScheduler;
import org.jobrunr.server.BackgroundJobServer;
import org.jobrunr.server.BackgroundJobServerConfiguration;
import org.jobrunr.server.JobActivator;
import org.jobrunr.storage.StorageProvider;
import org.jobrunr.storage.StorageProviderUtils.DatabaseOptions;
import org.jobrunr.storage.sql.postgres.PostgresStorageProvider;
import org.jobrunr.utils.mapper.JsonMapper;
import org.jobrunr.utils.mapper.gson.GsonJsonMapper;
import org.jobrunr.utils.mapper.jackson.JacksonJsonMapper;

/** JobRunr, which keeps what is done for a day and a half. */
final class JobRunrServer implements Contender {
  private final int workers;
  private final int connections;
  private final boolean gson;
  private final boolean rewrites;

  JobRunrServer(Settings settings) {
    this.workers = settings.integer("workers", 128);
    this.connections = settings.integer("connections", 40);
    this.gson = settings.text("json", "jackson").equals("gson");
    this.rewrites = settings.flag("rewrite", false);
  }

  @Override
  public String name() {
    return "jobrunr";
  }

  @Override
  public String settings() {
    return String.format(
        "%d workers, pool of %d, %s, JobRequest, poll 5 s (its least)%s",
        workers, connections, gson ? "Gson" : "Jackson", rewrites ? ", reWriteBatchedInserts" : "");
  }

  @Override
  public int connections() {
    return connections;
  }

  @Override
  public boolean rewritesInserts() {
    return rewrites;
  }

  @Override
  public void install(DataSource database) {
    new PostgresStorageProvider(database, DatabaseOptions.CREATE).close();
  }

  @Override
  public String table() {
    return "jobrunr_jobs";
  }

  @Override
  public String unfinished() {
    return "state <> 'SUCCEEDED'";
  }

  @Override
  public int tasks() {
    return 15_000;
  }

  @Override
  public Producer producer(DataSource pool) {
    JobRequestScheduler scheduler = new JobRequestScheduler(storage(pool));
    return new Producer() {
      @Override
      public void one(String payload) {
        scheduler.enqueue(new NumberedRequest(payload));
      }

      @Override
      public void many(List<String> payloads) {
        scheduler.enqueue(payloads.stream().map(NumberedRequest::new));
      }
    };
  }

  private JsonMapper json() {
    return gson ? new GsonJsonMapper() : new JacksonJsonMapper();
  }

  private StorageProvider storage(DataSource pool) {
    StorageProvider storage = new PostgresStorageProvider(pool, DatabaseOptions.NO_VALIDATE);
    storage.setJobMapper(new JobMapper(json()));
    return storage;
  }

  @Override
  public Running start(DataSource pool, Work work) throws SQLException {
    StorageProvider storage = storage(pool);
    JobActivator handlers =
        new JobActivator() {
          @Override
          public <T> T activateJob(Class<T> type) {
            return type.cast(new NumberedRequest.Handler(work));
          }
        };
    BackgroundJobServer server =
        new BackgroundJobServer(
            storage,
            json(),
            handlers,
            BackgroundJobServerConfiguration.usingStandardBackgroundJobServerConfiguration()
                .andWorkerCount(workers)
                .andPollIntervalInSeconds(5));
    ApplyStateFilter completions =
        (job, before, after) -> {
          if (after.getName() == StateName.SUCCEEDED) {
            work.tally().completed();
          }
        };
    server.setJobFilters(List.of(completions));
    server.start();
    return new Running() {
      @Override
      public void finish() throws InterruptedException {
        work.awaitCompletions();
      }

      @Override
      public void close() {
        server.stop();
        storage.close();
      }
    };
  }
}
