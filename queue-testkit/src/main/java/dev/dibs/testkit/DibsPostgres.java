package dev.dibs.testkit;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestWatcher;

/**
 * A JUnit 5 extension that gives each test class a schema of its own on a real PostgreSQL.
 *
 * <p>There is one server per test JVM, started by the first class that needs it. It is, in this
 * order:
 *
 * <ol>
 *   <li>the database that the system property {@code dibs.test.jdbcUrl} or the environment variable
 *       {@code DIBS_TEST_JDBC_URL} names, with a superuser's user and password in the URL;
 *   <li>a container, if {@code dibs.test.postgres} ({@code DIBS_TEST_POSTGRES}) is {@code
 *       testcontainers}; {@code dibs.test.image} ({@code DIBS_TEST_IMAGE}) replaces {@code
 *       postgres:17-alpine};
 *   <li>embedded binaries, or a container on a platform for which none exist.
 * </ol>
 *
 * <p>A server started here trades durability for speed unless {@code dibs.test.durable} ({@code
 * DIBS_TEST_DURABLE}) is {@code true}.
 *
 * <p>After each test the committed rows of {@code tasks} are checked; a test that leaves an
 * impossible row fails with the rule's name and a task's id. Tests that claim or finish tasks by a
 * plain {@code UPDATE}, as older workers do, carry the tag {@code writes-by-hand}, best as a class:
 * the whole table is looked at, also what an earlier test of the class has left in it. When all
 * tests of the class have passed, its schema is dropped; otherwise it is kept, and one printed line
 * opens it in psql.
 *
 * <p>Thread-safe while the tests of one class run, in any number of threads. Not for classes that
 * run at the same time and inherit one instance from a common superclass.
 *
 * <pre>{@code
 * class InvoiceQueueTest {
 *   @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();
 *
 *   @Test
 *   void enqueue_validTask_isPending() throws SQLException {
 *     try (Connection connection = postgres.connect()) {
 *       // the search path is this class's schema
 *     }
 *   }
 * }
 * }</pre>
 *
 * <p>Under {@code @ExtendWith(DibsPostgres.class)} a parameter of type {@code DibsPostgres} or
 * {@code DataSource} is filled in.
 */
public final class DibsPostgres
    implements BeforeAllCallback,
        AfterAllCallback,
        AfterEachCallback,
        ParameterResolver,
        TestWatcher {

  static final String WRITES_BY_HAND = "writes-by-hand";

  private static final Namespace NAMESPACE = Namespace.create(DibsPostgres.class);

  private final boolean install;
  private volatile @Nullable TestSession session;

  /** Same as {@link #create()}; JUnit calls it for {@code @ExtendWith}. */
  public DibsPostgres() {
    this(true);
  }

  private DibsPostgres(boolean install) {
    this.install = install;
  }

  /** An extension whose schema has the tables and functions of Dibs. */
  public static DibsPostgres create() {
    return new DibsPostgres(true);
  }

  /** An extension whose schema is empty, for tests of the installation itself. */
  public static DibsPostgres withEmptySchema() {
    return new DibsPostgres(false);
  }

  /**
   * A source of new, unpooled connections to the test database as superuser, with the server's
   * default search path.
   *
   * @throws IllegalStateException outside a test class, or if the extension's field is not static
   */
  public DataSource dataSource() {
    return session().dataSource();
  }

  /**
   * A source of new, unpooled connections to the test database as superuser, whose search path is
   * this class's schema: for code under test that names its tables without a schema.
   *
   * @throws IllegalStateException outside a test class, or if the extension's field is not static
   */
  public DataSource schemaDataSource() {
    return session().schemaDataSource();
  }

  /**
   * The name of this class's schema; at most 63 bytes of {@code a-z}, {@code 0-9} and {@code _}, so
   * it needs no quotes.
   *
   * @throws IllegalStateException outside a test class, or if the extension's field is not static
   */
  public String schema() {
    return session().schema().name();
  }

  /**
   * Opens a connection whose search path is this class's schema; the caller closes it.
   *
   * @throws IllegalStateException outside a test class, or if the extension's field is not static
   * @throws SQLException if the server refuses the connection
   */
  public Connection connect() throws SQLException {
    return session().connect();
  }

  /**
   * The JDBC URL of the test database, with user and password, without the schema.
   *
   * @throws IllegalStateException outside a test class, or if the extension's field is not static
   */
  public String jdbcUrl() {
    return session().jdbcUrl();
  }

  @Override
  public void beforeAll(ExtensionContext context) throws SQLException {
    TestSession current = session;
    if (current == null) {
      session = TestSession.begin(context, server(context), install);
    } else if (!current.encloses(context)) {
      throw new IllegalStateException(
          "One DibsPostgres serves one test class at a time: declare a field in each class instead"
              + " of inheriting it, or do not run the classes in parallel");
    }
  }

  @Override
  public void afterEach(ExtensionContext context) throws SQLException {
    boolean byHand = context.getTags().contains(WRITES_BY_HAND);
    try (Connection connection = connect()) {
      List<String> violations = TableInvariants.violations(connection, byHand);
      if (!violations.isEmpty()) {
        throw new AssertionError(
            "After %s the table %s.tasks breaks %s"
                .formatted(context.getDisplayName(), schema(), String.join("; ", violations)));
      }
    }
  }

  @Override
  public void testFailed(ExtensionContext context, @Nullable Throwable cause) {
    session().keep();
  }

  @Override
  public void afterAll(ExtensionContext context) throws SQLException {
    TestSession current = session;
    if (current == null) {
      // It did not begin; why is told already.
      return;
    }
    if (context.getExecutionException().isPresent()) {
      current.keep();
    }
    if (current.belongsTo(context)) {
      session = null;
      current.end();
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return type == DibsPostgres.class || type == DataSource.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == DataSource.class ? dataSource() : this;
  }

  private static TestServer server(ExtensionContext context) {
    // JUnit closes the value with the run, hence before the JVM's end and its shutdown hooks.
    return context
        .getRoot()
        .getStore(NAMESPACE)
        .getOrComputeIfAbsent(SharedServer.class, key -> SharedServer.use(), SharedServer.class)
        .server();
  }

  private TestSession session() {
    TestSession current = session;
    if (current == null) {
      throw new IllegalStateException(
          "DibsPostgres has no schema outside a test class; declare its field static");
    }
    return current;
  }
}
