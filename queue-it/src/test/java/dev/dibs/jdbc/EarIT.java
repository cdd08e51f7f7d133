package dev.dibs.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.it.Db;
import dev.dibs.testkit.DibsPostgres;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.SocketFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.PGConnection;
import org.postgresql.ds.PGSimpleDataSource;

/** That this driver does not wait for more once something was heard. */
@Timeout(120)
class EarIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  private static final int SOON = 30_000;

  /** How often the driver has given a socket a millisecond to have more. */
  private static final AtomicInteger waits = new AtomicInteger();

  /** What the driver makes its sockets with, by the class's name. */
  public static final class Sockets extends SocketFactory {
    @Override
    public Socket createSocket() {
      return new Socket() {
        @Override
        public synchronized void setSoTimeout(int millis) throws SocketException {
          if (millis == 1) {
            waits.incrementAndGet();
          }
          super.setSoTimeout(millis);
        }
      };
    }

    @Override
    public Socket createSocket(String host, int port) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress local, int localPort) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Socket createSocket(InetAddress host, int port) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) {
      throw new UnsupportedOperationException();
    }
  }

  @Test
  void hear_ofOneNotification_doesNotWaitForAnotherAndLeavesTheDriverAsItWas() throws Exception {
    PGSimpleDataSource source = postgres.dataSource().unwrap(PGSimpleDataSource.class);
    source.setSocketFactory(Sockets.class.getName());
    try (Connection ears = source.getConnection();
        Connection mouth = postgres.connect()) {
      Db.execute(ears, "LISTEN dibs");
      waits.set(0);
      try (Ear ear = Ear.on(ears)) {
        say(mouth);
        assertThat(ear.hear(SOON)).hasSize(1);
        assertThat(waits).hasValue(0);
      }
      say(mouth);
      assertThat(ears.unwrap(PGConnection.class).getNotifications(SOON)).hasSize(1);
      assertThat(waits).hasValue(1);
    }
  }

  private static void say(Connection mouth) throws SQLException {
    Db.query(mouth, "SELECT pg_notify('dibs', 'x')");
  }
}
