package dev.dibs.it.mutants;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.NewTask;
import dev.dibs.TaskQueue;
import dev.dibs.it.Db;
import dev.dibs.it.ForwardingTaskQueue;
import dev.dibs.it.WrappedSource;
import dev.dibs.it.WrappedSource.Wrapping;
import dev.dibs.it.mutants.StormScene.Subject;
import java.sql.Connection;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.Function;
import javax.sql.DataSource;

/** What the claimers of a storm work with, and in which environment. */
final class Subjects {
  private static final int TRAPPED = 12;
  private static final String TRAP =
      "-c plan_cache_mode=force_generic_plan -c enable_hashjoin=off -c enable_mergejoin=off";

  /** Around a queue of the real kind: its connections and schema. */
  interface Fence {
    TaskQueue of(DataSource dataSource, String schema, TaskQueue queue);
  }

  private Subjects() {}

  /** A claim of plain SQL. */
  static Subject plain(String sql) {
    return over((pool, queue) -> new PlainClaim(pool, queue, sql));
  }

  /** One queue on the ground's connections for all claimers. */
  static Subject over(BiFunction<DataSource, TaskQueue, TaskQueue> wrong) {
    return ground -> {
      TaskQueue queue = wrong.apply(ground.dataSource(), ground.queue());
      return claimer -> queue;
    };
  }

  /**
   * The queue itself on connections that leave a part out of each statement which is prepared. What
   * the server keeps in functions stays as it is.
   */
  static Subject sendingWithout(String part) {
    Wrapping without =
        (real, method, arguments) -> {
          if (method.getName().equals("prepareStatement") && arguments != null) {
            arguments[0] = ((String) arguments[0]).replace(part, "");
          }
          return WrappedSource.pass(real, method, arguments);
        };
    return ground -> {
      DataSource connections = WrappedSource.of(ground.dataSource(), without);
      return claimer -> ground.queue(connections);
    };
  }

  /** Each claimer completes behind such a fence. */
  static Subject fenced(Fence fence) {
    return ground -> claimer -> fence.of(ground.dataSource(), ground.schema(), ground.queue());
  }

  /** A claim of plain SQL, and beside it somebody who puts back what seems abandoned. */
  static Subject reaped(String sql, Function<DataSource, Reaper> kind) {
    return ground -> {
      Reaper reaper = kind.apply(ground.dataSource());
      ground.beside("reaper", reaper);
      return over((pool, queue) -> reaper.writingBehindItsBack(new PlainClaim(pool, queue, sql)))
          .on(ground);
    };
  }

  /** A producer that enqueues in an order of its own, so that the heap does not lie in order. */
  static Subject shuffled(BiFunction<DataSource, TaskQueue, TaskQueue> wrong) {
    return over(
        (pool, right) ->
            new ForwardingTaskQueue(wrong.apply(pool, right)) {
              @Override
              public List<UUID> enqueueAll(List<NewTask> tasks) {
                List<NewTask> shuffled = new ArrayList<>(tasks);
                Collections.shuffle(shuffled, new Random(tasks.size()));
                super.enqueueAll(shuffled);
                return tasks.stream().map(NewTask::id).toList();
              }
            });
  }

  /** Hands out what a statement returned as it came. */
  static TaskQueue asItComes(DataSource pool, TaskQueue queue) {
    return new PlainClaim(pool, queue, ClaimSql.UNORDERED) {
      @Override
      List<Claim> order(List<Claim> claims) {
        return claims;
      }
    };
  }

  /**
   * On connections that have planned their claim while the table was empty, keep that plan, and may
   * not hash or merge.
   */
  static Subject trapped(BiFunction<DataSource, TaskQueue, TaskQueue> wrong) {
    return ground -> {
      DataSource pool = ground.connections(TRAPPED, TRAP);
      TaskQueue queue = wrong.apply(pool, ground.queue(pool));
      Db.execute(ground.dataSource(), "VACUUM ANALYZE tasks");
      Deque<Connection> all = new ArrayDeque<>();
      try {
        for (int i = 0; i < TRAPPED; i++) {
          queue.claim(ClaimRequest.of("a", "b"));
          all.add(pool.getConnection());
        }
      } finally {
        for (Connection connection : all) {
          connection.close();
        }
      }
      return claimer -> queue;
    };
  }
}
