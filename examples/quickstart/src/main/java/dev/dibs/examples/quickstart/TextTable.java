package dev.dibs.examples.quickstart;

import java.util.List;
import java.util.stream.IntStream;

/** Rows of text in aligned columns: the first to the left, the others to the right. */
final class TextTable {
  private TextTable() {}

  static List<String> format(List<List<String>> rows) {
    int[] widths =
        IntStream.range(0, rows.get(0).size())
            .map(i -> rows.stream().mapToInt(row -> row.get(i).length()).max().orElse(0))
            .toArray();
    return rows.stream().map(row -> line(row, widths)).toList();
  }

  private static String line(List<String> row, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < row.size(); i++) {
      String space = " ".repeat(widths[i] - row.get(i).length());
      line.append(i == 0 ? row.get(i) + space : "  " + space + row.get(i));
    }
    return line.toString().stripTrailing();
  }
}
