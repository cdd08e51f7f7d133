package dev.dibs.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * Says what is valid and what becomes of it, from the documented bounds and the server's own {@code
 * ($1::jsonb)::text}, never from our code.
 */
class HostileOracle {
  /** A JSON text, or what passes itself off as one, and what the server makes of it. */
  record Json(String text, String normal) {
    /** Whether it must be accepted under a limit of so many bytes. */
    boolean isValid(int maxBytes) {
      return normal != null && text.getBytes(UTF_8).length <= maxBytes && depth(text) <= 1000;
    }

    /** Whether it holds a number that counts as much longer than it is written. */
    boolean mayBeTooLong() {
      return EXPONENT.matcher(text).find();
    }
  }

  private static final Pattern EXPONENT = Pattern.compile("[0-9][eE][+-]?[0-9]{3,}");
  private static final String NORMAL_FORM =
      """
      CREATE FUNCTION pg_temp.normal_form(text) RETURNS text LANGUAGE plpgsql AS $$
      BEGIN
        RETURN ($1::jsonb)::text;
      EXCEPTION WHEN OTHERS THEN
        RETURN NULL;
      END $$
      """;

  private final Connection server;
  private final Deque<Json> stock = new ArrayDeque<>();

  HostileOracle(Connection server) throws SQLException {
    this.server = server;
    try (Statement statement = server.createStatement()) {
      statement.execute("DROP FUNCTION IF EXISTS pg_temp.normal_form");
      statement.execute(NORMAL_FORM);
    }
  }

  /** The next of many, which are shown to the server a hundred at a time. */
  Json json(Supplier<String> generator) throws SQLException {
    if (stock.isEmpty()) {
      List<String> texts = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        texts.add(generator.get());
      }
      List<String> normal = normalForms(texts);
      for (int i = 0; i < texts.size(); i++) {
        stock.add(new Json(texts.get(i), normal.get(i)));
      }
    }
    return stock.remove();
  }

  /** In the order of the texts; null for one that the server refuses or cannot even be sent. */
  List<String> normalForms(List<String> texts) throws SQLException {
    List<String> normal = new ArrayList<>();
    Object[] sent = texts.stream().map(text -> isText(text) ? text : "").toArray();
    try (PreparedStatement statement =
        server.prepareStatement(
            "SELECT pg_temp.normal_form(t) FROM unnest(?::text[]) WITH ORDINALITY u(t, i) ORDER BY"
                + " i")) {
      statement.setArray(1, server.createArrayOf("text", sent));
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          normal.add(rows.getString(1));
        }
      }
    }
    return normal;
  }

  /** Whether PostgreSQL can hold it. */
  static boolean isText(String text) {
    return text.indexOf('\0') < 0 && UTF_8.newEncoder().canEncode(text);
  }

  static boolean isName(String name) {
    return name != null
        && isText(name)
        && !name.isBlank()
        && name.codePointCount(0, name.length()) <= 200;
  }

  /** What is kept of an error's text. */
  static String error(String text) {
    StringBuilder clean = new StringBuilder();
    text.codePoints()
        .limit(4001)
        .map(c -> c == 0 || (c >= 0xD800 && c <= 0xDFFF) ? 0xFFFD : c)
        .forEach(clean::appendCodePoint);
    int end = Math.min(clean.length(), 4000);
    boolean split = end < clean.length() && Character.isLowSurrogate(clean.charAt(end));
    return clean.substring(0, split ? end - 1 : end);
  }

  /** Of a text that the server takes. */
  private static int depth(String json) {
    int depth = 0;
    int deepest = 0;
    boolean string = false;
    for (int i = 0; i < json.length(); i++) {
      char c = json.charAt(i);
      if (string && c == '\\') {
        i++;
      } else if (c == '"') {
        string = !string;
      } else if (!string && (c == '[' || c == '{')) {
        deepest = Math.max(deepest, ++depth);
      } else if (!string && (c == ']' || c == '}')) {
        depth--;
      }
    }
    return deepest;
  }
}
