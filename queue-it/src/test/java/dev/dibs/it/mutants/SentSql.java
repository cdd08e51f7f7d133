package dev.dibs.it.mutants;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A DataSource, or a connection of it, that leaves a part out of each statement which is prepared.
 * What the server keeps in functions stays as it is.
 *
 * @param target whose calls these are
 * @param part what is left out
 */
record SentSql(Object target, String part) implements InvocationHandler {
  static DataSource without(String part, DataSource dataSource) {
    return wrap(DataSource.class, new SentSql(dataSource, part));
  }

  @Override
  public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments)
      throws Throwable {
    if (method.getName().equals("prepareStatement") && arguments != null) {
      arguments[0] = ((String) arguments[0]).replace(part, "");
    }
    try {
      Object result = method.invoke(target, arguments);
      boolean leadsOn = result instanceof Connection && !method.getName().equals("unwrap");
      return leadsOn ? wrap(Connection.class, new SentSql(result, part)) : result;
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private static <T> T wrap(Class<T> type, SentSql handler) {
    return type.cast(
        Proxy.newProxyInstance(SentSql.class.getClassLoader(), new Class<?>[] {type}, handler));
  }
}
