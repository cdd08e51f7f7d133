package dev.dibs.examples.benchmark.contender;

import com.zaxxer.hikari.HikariDataSource;
import org.postgresql.ds.PGSimpleDataSource;

/** Connections to the databases of the contenders. */
public final class Pools {
  private Pools() {}

  /** A source without a pool. */
  public static PGSimpleDataSource direct(String url) {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setURL(url);
    // The wire tap reads what passes.
    source.setSslMode("disable");
    return source;
  }

  /** A pool of the size that the contender wants. */
  public static HikariDataSource open(String url, Contender contender) {
    PGSimpleDataSource source = direct(url);
    source.setReWriteBatchedInserts(contender.rewritesInserts());
    HikariDataSource pool = new HikariDataSource();
    pool.setDataSource(source);
    pool.setMaximumPoolSize(contender.connections());
    return pool;
  }
}
