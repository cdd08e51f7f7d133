package dev.dibs.testkit.wire;

import dev.dibs.TaskQueue;
import dev.dibs.jdbc.PostgresTaskQueue;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.UUID;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGPooledConnection;
import org.postgresql.ds.PGSimpleDataSource;

/** One place to run operations at: a proxy, a client behind it, and a way around it. One thread. */
final class CutBench implements AutoCloseable {
  static final Duration PATIENT = Duration.ofSeconds(10);
  private static final Duration IMPATIENT = Duration.ofMillis(500);

  private final String jdbcUrl;
  private final Function<DataSource, TaskQueue> queues;
  private final Connection around;
  private final CutTable table;
  private final OneConnection kept;
  private final TaskQueue direct;
  private final FaultProxy proxy;
  private final CutClient warm;
  private final TaskQueue warmQueue;

  CutBench(String jdbcUrl, String schema, Function<DataSource, TaskQueue> queues)
      throws SQLException {
    this.jdbcUrl = jdbcUrl;
    this.queues = queues;
    PGSimpleDataSource server = new PGSimpleDataSource();
    server.setUrl(jdbcUrl);
    around = server.getConnection();
    around.setSchema(schema);
    table = new CutTable(around);
    kept = new OneConnection(around);
    direct = PostgresTaskQueue.create(kept, schema);
    proxy = FaultProxy.to(server.getServerNames()[0], server.getPortNumbers()[0]);
    warm = new CutClient(jdbcUrl, proxy.port(), false);
    warmQueue = queues.apply(warm);
  }

  /** Without a cut. */
  CutRun run(CutOperation operation) throws SQLException, InterruptedException {
    return run(operation, false, null, PATIENT);
  }

  /** Cut at this point; {@link CutRun#hasCut} is false if the operation has fewer messages. */
  CutRun run(CutPoint point) throws SQLException, InterruptedException {
    Duration patience = point.way() == Cut.Way.STALL ? IMPATIENT : PATIENT;
    while (true) {
      CutRun run = run(point.operation(), point.fresh(), point.cut(), patience);
      boolean tooSlow = !run.hasCut() && run.failure() != null;
      if (!tooSlow || patience.compareTo(PATIENT) >= 0) {
        return run;
      }
      // The machine is busy: the client gave up before the cut, which is no cut.
      patience = patience.multipliedBy(5);
    }
  }

  private CutRun run(CutOperation operation, boolean fresh, @Nullable Cut cut, Duration patience)
      throws SQLException, InterruptedException {
    kept.user = Thread.currentThread();
    warm.take();
    CutClient client = fresh ? new CutClient(jdbcUrl, proxy.port(), true) : warm;
    TaskQueue queue = fresh ? queues.apply(client) : warmQueue;
    if (!fresh) {
      // A connection with the same past each time: a driver changes what it sends as one gets old.
      warm.forget();
      queue.find(new UUID(0, 0));
    }
    String name = "cut " + UUID.randomUUID();
    CutCall call = operation.prepare(new CutStage(direct, queue, client, name));
    CutTable.State before = table.read(name);
    client.setPatience(patience);
    if (cut != null) {
      proxy.arm(cut);
    }
    String answer = "";
    Exception failure = null;
    try {
      answer = call.run();
    } catch (SQLException | RuntimeException e) {
      failure = e;
    }
    proxy.disarm();
    boolean hasCut = cut != null && proxy.hasCut();
    proxy.awaitEnds();
    CutTable.State after = table.read(name);
    client.setPatience(PATIENT);
    Exception repetitionFailure = null;
    if (failure != null) {
      try {
        answer = call.repeat(failure);
      } catch (SQLException | RuntimeException e) {
        repetitionFailure = e;
      }
    }
    CutTable.State end = table.read(name);
    table.delete(name);
    return new CutRun(hasCut, before, after, failure, end, repetitionFailure, answer);
  }

  @Override
  public void close() throws SQLException {
    proxy.close();
    try (warm) {
      around.close();
    }
  }

  /** Lends the same connection again and again, to the thread that works here. */
  private static final class OneConnection extends PGSimpleDataSource {
    private static final long serialVersionUID = 1L;
    private final transient PGPooledConnection pooled;
    private transient volatile Thread user = Thread.currentThread();

    OneConnection(Connection connection) {
      this.pooled = new PGPooledConnection(connection, true);
    }

    @Override
    public Connection getConnection() throws SQLException {
      CutClient.checkUser(user);
      return pooled.getConnection();
    }
  }
}
