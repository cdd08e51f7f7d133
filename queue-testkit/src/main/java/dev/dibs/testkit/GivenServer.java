package dev.dibs.testkit;

/** A server that somebody else runs; it is used, never stopped. */
final class GivenServer implements TestServer {

  private final String jdbcUrl;

  private GivenServer(String jdbcUrl) {
    this.jdbcUrl = jdbcUrl;
  }

  static TestServer at(String jdbcUrl) {
    if (!jdbcUrl.startsWith("jdbc:postgresql:")) {
      // The value may hold a password, so the message shows only where it came from.
      throw new IllegalStateException(
          Setting.JDBC_URL + " must start with jdbc:postgresql: and name a superuser's database");
    }
    return new GivenServer(jdbcUrl);
  }

  @Override
  public String jdbcUrl() {
    return jdbcUrl;
  }

  @Override
  public boolean outlivesJvm() {
    return true;
  }

  @Override
  public void close() {}
}
