package dev.dibs.jdbc;

import static dev.dibs.jdbc.DoctorIT.assertOnly;
import static dev.dibs.jdbc.DurableServer.SCHEMA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.it.PgBouncer;
import dev.dibs.jdbc.Doctor.Severity;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;

/** The check for poolers knows a real one; where none is installed, DoctorIT plays one. */
@Timeout(120)
class DoctorPoolerIT {
  @RegisterExtension static final DurableServer server = new DurableServer();

  @Test
  void check_throughPgBouncer_isFoundUnlessNothingIsPrepared(@TempDir Path directory)
      throws Exception {
    if (PgBouncer.program().isEmpty()) {
      String skipped = "DoctorPoolerIT is skipped: no pgbouncer is installed";
      System.out.println(skipped);
      Assumptions.abort(skipped);
    }
    try (PgBouncer bouncer =
        PgBouncer.start(PgBouncer.program().orElseThrow(), server.dataSource(), 5, directory)) {
      PGSimpleDataSource dataSource = bouncer.dataSource("&socketTimeout=60");
      assertOnly(Doctor.check(dataSource, SCHEMA))
          .isEqualTo(Severity.WARNING, "prepareThreshold is 5", "add prepareThreshold=0");
      dataSource.setPrepareThreshold(0);
      for (int i = 0; i < 10; i++) {
        assertThat(Doctor.check(dataSource, SCHEMA)).isEmpty();
      }
    }
  }
}
