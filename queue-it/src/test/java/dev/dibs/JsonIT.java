package dev.dibs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.testkit.TestPostgres;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import net.jqwik.api.statistics.Statistics;

/**
 * Holds our verdict on a text against PostgreSQL's own, a hundred texts per round trip.
 *
 * <p>Nothing is shrunk: each text that fails is named alone, and jqwik shrinks in threads that it
 * leaves running after ten seconds, which would then share the connection with the next test.
 */
class JsonIT {
  private static final String PRINTED_BYTES =
      """
      CREATE FUNCTION pg_temp.printed_bytes(text) RETURNS bigint LANGUAGE plpgsql AS $$
      BEGIN
        RETURN octet_length($1::jsonb::text);
      EXCEPTION WHEN OTHERS THEN
        RETURN -1;
      END $$
      """;

  private static final Pattern EXPONENT = Pattern.compile("[0-9][eE]");

  private static Connection connection;
  private static PreparedStatement printedBytes;

  @BeforeContainer
  static void connect() throws SQLException {
    connection = TestPostgres.connect();
    try (Statement statement = connection.createStatement()) {
      statement.execute(PRINTED_BYTES);
    }
    printedBytes =
        connection.prepareStatement(
            "SELECT pg_temp.printed_bytes(t) FROM unnest(?::text[]) WITH ORDINALITY u(t, i) ORDER"
                + " BY i");
  }

  @AfterContainer
  static void close() throws SQLException {
    connection.close();
  }

  @Property(tries = 200, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
  void check_anyText_decidesAsPostgresDoes(@ForAll("texts") List<String> texts)
      throws SQLException {
    for (String text : texts) {
      Statistics.label("accepted").collect(accepts(text));
    }
    Statistics.label("accepted")
        .coverage(c -> c.check(true).percentage(share -> share > 20 && share < 80));
    assertThat(disagreements(JsonIT::accepts, texts)).isEmpty();
  }

  @Property(tries = 100, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
  void check_surrogates_areDecidedAsPostgresDoes(@ForAll("surrogates") List<String> texts)
      throws SQLException {
    assertThat(disagreements(JsonIT::accepts, texts)).isEmpty();
  }

  @Property(tries = 100, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
  void check_numbersAtTheLimits_areDecidedAsPostgresDoes(@ForAll("limitNumbers") List<String> texts)
      throws SQLException {
    assertThat(disagreements(JsonIT::accepts, texts)).isEmpty();
  }

  @Property(tries = 20, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
  void check_deepTexts_areDecidedAsPostgresDoes(@ForAll("deep") List<String> texts)
      throws SQLException {
    assertThat(disagreements(JsonIT::accepts, texts)).isEmpty();
  }

  @Example
  void check_deeperThanTheMaximum_isRefusedThoughPostgresTakesIt() throws SQLException {
    String text = "[".repeat(Json.MAX_DEPTH + 1) + "]".repeat(Json.MAX_DEPTH + 1);
    assertThat(accepts(text)).isFalse();
    assertThat(printedBytes(List.of(text)).get(0)).isPositive();
  }

  @Example
  void check_deepestText_needsLittleOfTheServersStack() throws SQLException {
    String deepest = "{\"a\":".repeat(Json.MAX_DEPTH) + 1 + "}".repeat(Json.MAX_DEPTH);
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET max_stack_depth = '200kB'");
      try {
        assertThat(disagreements(JsonIT::accepts, List.of(deepest))).isEmpty();
      } finally {
        statement.execute("RESET max_stack_depth");
      }
    }
  }

  @Example
  void check_exponentThatOnlyOldVersionsRefuse_isRefused() {
    assertThat(accepts("0e1073741823")).isFalse();
  }

  @Example
  void check_exponents_countWhatPostgresPrintsNotWhatItStores() throws SQLException {
    String text = "[" + "1e131071,".repeat(100) + "0]";
    long printed = printedBytes(List.of(text)).get(0);
    assertThat(printed).isGreaterThan(13_000_000);
    assertThat((long) Json.check(text)).isBetween(printed - 100, printed);
    try (PreparedStatement cast = connection.prepareStatement("SELECT pg_column_size(?::jsonb)")) {
      cast.setString(1, text);
      try (ResultSet stored = cast.executeQuery()) {
        assertThat(stored.next()).isTrue();
        assertThat(stored.getInt(1)).isLessThan(2_000);
      }
    }
  }

  /** The mutants that show that the comparison can fail. */
  @Example
  void disagreements_lenientScanners_areFound() throws SQLException {
    assertThat(disagreements(t -> accepts(t.replace("\\u0000", "\\u0001")), List.of("\"\\u0000\"")))
        .hasSize(1);
    assertThat(disagreements(t -> accepts(t.replace("e131072", "e1")), List.of("1e131072")))
        .hasSize(1);
    assertThat(disagreements(t -> accepts(t.strip()), List.of("\u2028{}"))).hasSize(1);
    assertThat(disagreements(t -> false, List.of("{}"))).hasSize(1);
  }

  @Provide
  Arbitrary<List<String>> texts() {
    return JsonTexts.any().list().ofSize(100);
  }

  @Provide
  Arbitrary<List<String>> surrogates() {
    return JsonTexts.surrogates().list().ofSize(100);
  }

  @Provide
  Arbitrary<List<String>> limitNumbers() {
    return JsonTexts.limitNumbers().list().ofSize(100);
  }

  @Provide
  Arbitrary<List<String>> deep() {
    return JsonTexts.deep(Json.MAX_DEPTH).list().ofSize(10);
  }

  private static boolean accepts(String text) {
    try {
      Json.check(text);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** Returns one line for each text on which the verdict or the size is not the server's. */
  private static List<String> disagreements(Predicate<String> ours, List<String> texts)
      throws SQLException {
    var found = new ArrayList<String>();
    List<Long> printed = printedBytes(texts);
    for (int i = 0; i < texts.size(); i++) {
      String text = texts.get(i);
      boolean accepted = printed.get(i) >= 0;
      if (ours.test(text) != accepted) {
        found.add((accepted ? "PostgreSQL accepts " : "PostgreSQL refuses ") + shown(text));
      } else if (accepted && !sizeFits(text, printed.get(i))) {
        found.add(Json.check(text) + " is not the size of " + shown(text));
      }
    }
    return found;
  }

  private static boolean sizeFits(String text, long printed) {
    long size = Json.check(text);
    long utf8 = text.getBytes(UTF_8).length;
    boolean exponents = EXPONENT.matcher(text).find();
    // jsonb prints a space behind each comma and colon, so at most twice the size.
    return (exponents ? size >= utf8 : size == utf8) && 2 * size >= printed;
  }

  private static List<Long> printedBytes(List<String> texts) throws SQLException {
    // What has no form in UTF-8, or holds U+0000, cannot even be sent.
    List<Boolean> sendable =
        texts.stream().map(t -> UTF_8.newEncoder().canEncode(t) && t.indexOf('\0') < 0).toList();
    Stream<String> sent =
        Stream.iterate(0, i -> i < texts.size(), i -> i + 1)
            .map(i -> sendable.get(i) ? texts.get(i) : "");
    printedBytes.setArray(1, connection.createArrayOf("text", sent.toArray()));
    var printed = new ArrayList<Long>();
    try (ResultSet rows = printedBytes.executeQuery()) {
      while (rows.next()) {
        printed.add(rows.getLong(1));
      }
    }
    return printed;
  }

  private static String shown(String text) {
    var shown = new StringBuilder();
    text.chars()
        .limit(200)
        .forEach(c -> shown.append(c < ' ' || c > '~' ? String.format("<%04x>", c) : (char) c));
    return shown + " (" + text.length() + " characters)";
  }
}
