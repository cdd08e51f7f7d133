package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.testkit.DibsPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class ContainerIT {

  @Test
  void create_testcontainersAskedFor_runsInContainer(@TempDir Path directory) throws Exception {
    ChildJvm.Ended child =
        new ChildJvm()
            .needingDocker()
            .with("dibs.test.postgres", "testcontainers")
            .run(InContainer.class, directory);

    if (child.missesDocker()) {
      String skipped = "ContainerIT is skipped: no Docker engine answers";
      System.out.println(skipped);
      Assumptions.abort(skipped);
    }
    assertThat(child.exit()).as(child::output).isZero();
  }

  static class InContainer {

    @RegisterExtension static final DibsPostgres postgres = DibsPostgres.withEmptySchema();

    @Test
    void connect_container_dataIsInside() throws SQLException {
      try (Connection connection = postgres.connect();
          PreparedStatement statement = connection.prepareStatement("show data_directory");
          ResultSet row = statement.executeQuery()) {
        row.next();
        assertThat(row.getString(1)).startsWith("/var/lib/postgresql");
      }
    }
  }
}
