package dev.dibs.examples.benchmark.workload;

/** Rows of the table of Dibs, made by one statement. */
final class Rows {
  private Rows() {}

  /** Tasks that are numbered from 0, with these further columns and values. */
  static String insert(String columns, String values, int count) {
    return insert("bench", columns, values, count);
  }

  /** The same of another type. */
  static String insert(String type, String columns, String values, int count) {
    return "INSERT INTO tasks(type, payload"
        + (columns.isEmpty() ? "" : ", " + columns)
        + ") SELECT '"
        + type
        + "', jsonb_build_object('n', n, 'pad', repeat('x', 170))"
        + (values.isEmpty() ? "" : ", " + values)
        + " FROM generate_series(0, "
        + (count - 1)
        + ") AS n";
  }
}
