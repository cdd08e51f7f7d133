package dev.dibs.testkit;

import java.util.Map;
import java.util.TreeMap;

/** A running PostgreSQL, wherever it came from. */
interface TestServer extends AutoCloseable {

  /** How a superuser reaches the test database, user and password included. */
  String jdbcUrl();

  /** Whether a schema that was kept can still be looked at when this JVM has ended. */
  boolean outlivesJvm();

  @Override
  void close();

  /** Server settings for a server that is started here; a storm needs the many connections. */
  static Map<String, String> options() {
    String durable = Setting.DURABLE.isOn() ? "on" : "off";
    Map<String, String> options = new TreeMap<>();
    options.put("fsync", durable);
    options.put("synchronous_commit", durable);
    options.put("full_page_writes", durable);
    options.put("max_connections", "300");
    return options;
  }
}
