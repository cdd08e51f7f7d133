package dev.dibs.examples.benchmark.contender;

import org.jobrunr.jobs.lambdas.JobRequest;
import org.jobrunr.jobs.lambdas.JobRequestHandler;

/** A task in the form that JobRunr stores. It makes both by reflection, so they are public. */
@SuppressWarnings("serial") // It is stored as JSON.
public final class NumberedRequest implements JobRequest {
  private String payload = "";

  /** For its JSON mapper. */
  public NumberedRequest() {}

  NumberedRequest(String payload) {
    this.payload = payload;
  }

  @Override
  public Class<Handler> getJobRequestHandler() {
    return Handler.class;
  }

  /** Handles one. */
  public static final class Handler implements JobRequestHandler<NumberedRequest> {
    private final Work work;

    Handler(Work work) {
      this.work = work;
    }

    @Override
    public void run(NumberedRequest request) {
      work.handle(request.payload);
    }
  }
}
