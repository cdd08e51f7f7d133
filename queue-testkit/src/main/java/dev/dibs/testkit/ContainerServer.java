package dev.dibs.testkit;

import java.util.ArrayList;
import java.util.List;
import org.testcontainers.postgresql.PostgreSQLContainer;
import org.testcontainers.utility.DockerImageName;

/** A server in a Docker container. Loaded only when asked for: Testcontainers is optional. */
final class ContainerServer implements TestServer {

  private static final String DEFAULT_IMAGE = "postgres:17-alpine";
  private static final String SUPERUSER = "postgres";

  private final PostgreSQLContainer container;

  private ContainerServer(PostgreSQLContainer container) {
    this.container = container;
  }

  static TestServer start() {
    DockerImageName image =
        DockerImageName.parse(Setting.IMAGE.value().orElse(DEFAULT_IMAGE))
            .asCompatibleSubstituteFor("postgres");
    PostgreSQLContainer container =
        new PostgreSQLContainer(image).withUsername(SUPERUSER).withPassword(SUPERUSER);
    container.setCommand(command());
    container.start();
    return new ContainerServer(container);
  }

  // No logging collector: Testcontainers waits for a line on the container's standard error.
  private static String[] command() {
    List<String> command = new ArrayList<>(List.of("postgres"));
    TestServer.options()
        .forEach(
            (name, value) -> {
              command.add("-c");
              command.add(name + "=" + value);
            });
    return command.toArray(String[]::new);
  }

  @Override
  public String jdbcUrl() {
    String url = container.getJdbcUrl();
    String credentials = "user=" + SUPERUSER + "&password=" + SUPERUSER;
    return url + (url.contains("?") ? "&" : "?") + credentials;
  }

  @Override
  public boolean outlivesJvm() {
    return false;
  }

  @Override
  public void close() {
    container.stop();
  }
}
