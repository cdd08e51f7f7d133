package dev.dibs.examples.benchmark.workload;

import dev.dibs.examples.benchmark.measure.Stage;
import java.util.ArrayList;
import java.util.List;

/** Which settings suit the peers best; what it found is what {@code Contenders} takes. */
final class Sweep implements Workload {
  @Override
  public String name() {
    return "sweep";
  }

  @Override
  public String about() {
    return "Drains of db-scheduler, JobRunr and the SQL limit with many settings, half as long as the real"
        + " ones. About 15 minutes; one alternation only.";
  }

  @Override
  public String base() {
    return "";
  }

  private static List<String> settings() {
    List<String> all = new ArrayList<>();
    for (int threads : new int[] {20, 50, 100, 200}) {
      for (String limits : List.of("0.5,upper=1", "1,upper=4", "1,upper=10", "4,upper=20")) {
        all.add("db-scheduler:threads=" + threads + ",lower=" + limits);
      }
    }
    all.add("db-scheduler:threads=50,lower=10,upper=50");
    all.add("db-scheduler:threads=50,lower=4,upper=20,connections=10");
    all.add("db-scheduler:threads=50,lower=4,upper=20,connections=20");
    all.add("db-scheduler:threads=50,lower=0.5,upper=3,strategy=fetch");
    for (int workers : new int[] {16, 32, 64, 128, 256, 512}) {
      all.add("jobrunr:workers=" + workers);
    }
    all.add("jobrunr:workers=128,connections=10");
    all.add("jobrunr:workers=128,connections=40");
    all.add("jobrunr:workers=128,json=gson");
    all.add("jobrunr:workers=128,rewrite=true");
    for (int batch : new int[] {100, 500, 1_000}) {
      for (int threads : new int[] {1, 2, 4}) {
        all.add("sql-limit:threads=" + threads + ",batch=" + batch);
      }
    }
    all.add("textbook:threads=4");
    all.add("textbook:threads=8");
    all.add("textbook:threads=16");
    return all;
  }

  @Override
  public void run(Bench bench) {
    for (String contender : settings()) {
      bench.run(
          name(),
          contender,
          1,
          contender,
          () -> {
            try (Stage stage = bench.open(bench.plan(contender))) {
              return bench.drain(stage, bench.scaled(stage.contender().tasks() / 2), 200);
            }
          });
    }
  }
}
