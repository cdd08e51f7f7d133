package dev.dibs.it;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** A DataSource whose calls go by a wrapper, as do those of the connections that it gives. */
public final class WrappedSource {
  private WrappedSource() {}

  /** What a wrapper does with a call of the real source, connection or prepared statement. */
  @FunctionalInterface
  public interface Wrapping {
    @Nullable Object call(Object real, Method method, Object @Nullable [] arguments)
        throws Throwable;
  }

  public static DataSource of(DataSource real, Wrapping wrapping) {
    return wrap(DataSource.class, real, wrapping);
  }

  /** What is not a connection or prepared statement by its declared type is given as it is. */
  public static <T> T wrap(Class<T> type, Object real, Wrapping wrapping) {
    InvocationHandler handler =
        (proxy, method, arguments) -> {
          Object result = wrapping.call(real, method, arguments);
          Class<?> given = method.getReturnType();
          boolean leadsOn = given == Connection.class || given == PreparedStatement.class;
          return leadsOn ? wrap(given, result, wrapping) : result;
        };
    return type.cast(
        Proxy.newProxyInstance(
            WrappedSource.class.getClassLoader(), new Class<?>[] {type}, handler));
  }

  /** The call as it came. */
  public static @Nullable Object pass(Object real, Method method, Object @Nullable [] arguments)
      throws Throwable {
    try {
      return method.invoke(real, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
