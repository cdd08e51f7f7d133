package dev.dibs.testkit;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.Set;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * One object of a DataSource whose statements a {@link KillSwitch} counts: the source itself, a
 * connection, a statement or its rows. What is unwrapped from it is not counted.
 */
final class KillableSource implements InvocationHandler {
  /** What may be called on the objects of a killed handler: to give them back. */
  private static final Set<String> AFTER_DEATH =
      Set.of("close", "isClosed", "abort", "equals", "hashCode", "toString");

  private static final int SHOWN = 200;

  private final KillSwitch killSwitch;
  private final Object target;
  private final @Nullable Object parent;
  private final String sql;

  private KillableSource(
      KillSwitch killSwitch, Object target, @Nullable Object parent, @Nullable Object sql) {
    this.killSwitch = killSwitch;
    this.target = target;
    this.parent = parent;
    this.sql = sql instanceof String text ? text : "";
  }

  static DataSource of(DataSource source, KillSwitch killSwitch) {
    return wrap(DataSource.class, new KillableSource(killSwitch, source, null, null));
  }

  @Override
  public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments)
      throws Throwable {
    String name = method.getName();
    if (name.equals("equals") && arguments != null) {
      return proxy == arguments[0];
    }
    if (!AFTER_DEATH.contains(name)) {
      killSwitch.checkAlive();
    }
    if ((target instanceof Statement && name.equals("getConnection"))
        || (target instanceof ResultSet && name.equals("getStatement"))) {
      return parent;
    }
    String statement = statement(name, arguments);
    Object result;
    try {
      result = method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause() == null ? e : e.getCause();
    }
    if (!statement.isEmpty()) {
      killSwitch.done(statement);
    }
    return wrapped(proxy, name, result, arguments);
  }

  /** What this call is to the server; empty if it is nothing to count. */
  private String statement(String method, Object @Nullable [] arguments) throws Exception {
    if (target instanceof Statement && method.startsWith("execute")) {
      return shown(arguments != null && arguments[0] instanceof String text ? text : sql);
    }
    if (!(target instanceof Connection connection)) {
      return "";
    }
    boolean ends =
        method.equals("setAutoCommit")
            && arguments != null
            && arguments[0].equals(true)
            && !connection.getAutoCommit();
    if (method.equals("commit") || ends) {
      return "COMMIT";
    }
    return method.equals("rollback") ? "ROLLBACK" : "";
  }

  private @Nullable Object wrapped(
      Object proxy, String method, @Nullable Object result, Object @Nullable [] arguments) {
    if (method.equals("unwrap") || result == null) {
      return result;
    }
    @Nullable Object argument = arguments == null ? null : arguments[0];
    if (result instanceof Connection connection && target instanceof DataSource) {
      killSwitch.opened(connection);
      return wrap(Connection.class, new KillableSource(killSwitch, result, proxy, null));
    }
    if (result instanceof Statement && target instanceof Connection) {
      return wrap(kind(result), new KillableSource(killSwitch, result, proxy, argument));
    }
    if (result instanceof ResultSet && target instanceof Statement) {
      return wrap(ResultSet.class, new KillableSource(killSwitch, result, proxy, null));
    }
    return result;
  }

  private static Class<? extends Statement> kind(Object statement) {
    if (statement instanceof CallableStatement) {
      return CallableStatement.class;
    }
    return statement instanceof PreparedStatement ? PreparedStatement.class : Statement.class;
  }

  private static <T> T wrap(Class<T> type, KillableSource handler) {
    return type.cast(
        Proxy.newProxyInstance(
            KillableSource.class.getClassLoader(), new Class<?>[] {type}, handler));
  }

  private static String shown(String sql) {
    String line = sql.isBlank() ? "a batch" : sql.strip().replaceAll("\\s+", " ");
    return line.length() <= SHOWN ? line : line.substring(0, SHOWN) + "…";
  }
}
