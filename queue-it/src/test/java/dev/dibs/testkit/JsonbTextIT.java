package dev.dibs.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.JsonTexts;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/**
 * Holds our normal form of a text against {@code ?::jsonb::text}, a hundred per round trip; not
 * shrunk, for the reason that {@code JsonIT} gives.
 */
class JsonbTextIT {
  private static Connection connection;
  private static PreparedStatement normalForms;

  @BeforeContainer
  static void connect() throws SQLException {
    connection = TestPostgres.connect();
    normalForms =
        connection.prepareStatement(
            "SELECT t::jsonb::text FROM unnest(?::text[]) WITH ORDINALITY u(t, i) ORDER BY i");
  }

  @AfterContainer
  static void close() throws SQLException {
    connection.close();
  }

  @Property(tries = 100, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
  void normalize_anyStoredText_isWhatPostgresPrints(@ForAll("texts") List<String> texts)
      throws SQLException {
    assertThat(differences(JsonbText::normalize, texts)).isEmpty();
  }

  @Example
  void normalize_knownTexts_areWhatPostgresPrints() throws SQLException {
    List<String> texts =
        List.of(
            "[1e2, 1.50, -0, -0.00, 1E-2, 0e5, 0e-5, 0.0e1073741822, 1e0000000000000000001]",
            "1e131071",
            "-9.9e131071",
            "1e-16383",
            "9".repeat(131_072) + "." + "9".repeat(16_383),
            "0." + "0".repeat(300_000) + "1e300002",
            "{\"bb\":1,\"a\":2,\"bb\":[],\"\\u0061\":3,\"\":4}",
            "{\"\uFFFFx\":1,\"\uD83D\uDE00\":2,\"\u00e9\":3,\"zz\":4,\"y\":5}",
            "\"\\u0001\\u001F\\u007f\u007f\\/\\\\\\\"\\b\\f\\n\\r\\t\\u2028\\ud83d\\uDE00\"",
            "[".repeat(1000) + "]".repeat(1000),
            "{\"a\":".repeat(1000) + "{ }" + "}".repeat(1000));
    assertThat(differences(JsonbText::normalize, texts)).isEmpty();
  }

  /**
   * The mutant that leaves keys in the order of the alphabet shows that the comparison can fail.
   */
  @Example
  void differences_keysInAlphabeticalOrder_areFound() throws SQLException {
    assertThat(differences(text -> text, List.of("{\"aa\": 1, \"b\": 2}"))).hasSize(1);
  }

  @Provide
  Arbitrary<List<String>> texts() {
    return JsonTexts.stored().list().ofSize(100);
  }

  private static List<String> differences(UnaryOperator<String> ours, List<String> texts)
      throws SQLException {
    normalForms.setArray(1, connection.createArrayOf("text", texts.toArray()));
    var found = new ArrayList<String>();
    try (ResultSet rows = normalForms.executeQuery()) {
      for (String text : texts) {
        assertThat(rows.next()).isTrue();
        String expected = rows.getString(1);
        String actual = ours.apply(text);
        if (!actual.equals(expected)) {
          found.add("of " + text + " PostgreSQL makes " + expected + ", we make " + actual);
        }
      }
    }
    return found;
  }
}
