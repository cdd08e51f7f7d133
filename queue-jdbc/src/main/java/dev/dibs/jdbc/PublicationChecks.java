package dev.dibs.jdbc;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * Publications that have the server refuse changes of the table {@code tasks} (execReplication.c,
 * {@code CheckCmdReplicaIdentity}).
 */
final class PublicationChecks {
  /** Since this version a publication of a table may have a filter and a list of columns. */
  private static final int FILTERS = 15;

  /**
   * Nothing identifies a row, or, since PostgreSQL 18, all columns do and the generated ones are
   * not sent.
   */
  private static final String UNSENDABLE =
      """
      SELECT p.pubname, p.pubupdate, c.relreplident = 'f'
      FROM pg_publication p JOIN pg_publication_tables t ON t.pubname = p.pubname
      JOIN pg_namespace n ON n.nspname = t.schemaname
      JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = t.tablename
      WHERE n.nspname = ? AND c.relname = 'tasks' AND (p.pubupdate OR p.pubdelete)
        AND (c.relreplident = 'n' OR c.relreplident = 'f' AND pg_catalog.to_jsonb(p) ->> 'pubgencols' = 'n')
      ORDER BY p.pubname
      """;

  /**
   * The filter goes by columns that do not identify a row, or the list leaves out one that does.
   * Where the whole row does (FULL), any filter will do and no list. Each with what it would be if
   * it were right.
   */
  private static final String UNFIT =
      """
      SELECT p.pubname, p.pubupdate, c.relreplident = 'f', filter.strangers, list.absent,
        CASE WHEN filter.strangers IS NULL THEN pg_get_expr(r.prqual, c.oid) END, list.complete
      FROM pg_publication p JOIN pg_publication_rel r ON r.prpubid = p.oid
      JOIN pg_class c ON c.oid = r.prrelid JOIN pg_namespace n ON n.oid = c.relnamespace,
        LATERAL (
          SELECT ARRAY(
            SELECT a.attnum FROM pg_index x JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (x.indkey)
            WHERE x.indrelid = c.oid
              AND CASE c.relreplident WHEN 'd' THEN x.indisprimary WHEN 'i' THEN x.indisreplident ELSE false END)
        ) AS identity (columns),
        LATERAL (
          SELECT string_agg(a.attname::text, ', ' ORDER BY a.attnum) FROM pg_attribute a
          WHERE a.attrelid = c.oid AND c.relreplident <> 'f' AND a.attnum <> ALL (identity.columns)
            AND a.attnum::text IN (SELECT m[1] FROM regexp_matches(r.prqual::text, ':varattno (\\d+)', 'g') AS m)
        ) AS filter (strangers),
        LATERAL (
          SELECT string_agg(CASE WHEN a.attnum <> ALL (r.prattrs) THEN a.attname::text END, ', ' ORDER BY a.attnum),
            string_agg(quote_ident(a.attname::text), ', ' ORDER BY a.attnum)
          FROM pg_attribute a
          WHERE a.attrelid = c.oid AND r.prattrs IS NOT NULL AND (a.attnum = ANY (r.prattrs) OR a.attnum = ANY (identity.columns))
        ) AS list (absent, complete)
      WHERE n.nspname = ? AND c.relname = 'tasks' AND (p.pubupdate OR p.pubdelete) AND c.relreplident <> 'n'
        AND (filter.strangers IS NOT NULL OR list.absent IS NOT NULL OR c.relreplident = 'f' AND r.prattrs IS NOT NULL)
      ORDER BY p.pubname
      """;

  private PublicationChecks() {}

  static void make(Examination examination) {
    examination.make("publications", PublicationChecks::unsendable);
    examination.make("filters of publications", PublicationChecks::unfit);
  }

  private static void unsendable(Examination examination) throws SQLException {
    record Unsendable(String publication, boolean updates, boolean full) {}
    for (Unsendable one :
        examination.list(
            UNSENDABLE,
            row -> new Unsendable(row.getString(1), row.getBoolean(2), row.getBoolean(3)),
            examination.schema())) {
      examination.problem(
          "the publication "
              + one.publication
              + (one.full
                  ? " does not send the generated columns of the table tasks, whose replica identity"
                      + " is FULL"
                  : " sends changes of the table tasks, which has no replica identity")
              + refused(one.updates),
          one.full
              ? "ALTER PUBLICATION "
                  + Schema.quoted(one.publication)
                  + " SET (publish_generated_columns = stored)"
              : "ALTER TABLE " + examination.qualified("tasks") + " REPLICA IDENTITY DEFAULT");
    }
  }

  private static void unfit(Examination examination) throws SQLException {
    record Unfit(
        String publication,
        boolean updates,
        boolean full,
        @Nullable String strangers,
        @Nullable String absent,
        @Nullable String filter,
        @Nullable String list) {}
    if (examination.connection().getMetaData().getDatabaseMajorVersion() < FILTERS) {
      return;
    }
    String tasks = examination.qualified("tasks");
    for (Unfit one :
        examination.list(
            UNFIT,
            row ->
                new Unfit(
                    row.getString(1),
                    row.getBoolean(2),
                    row.getBoolean(3),
                    row.getString(4),
                    row.getString(5),
                    row.getString(6),
                    row.getString(7)),
            examination.schema())) {
      String alter = "ALTER PUBLICATION " + Schema.quoted(one.publication);
      examination.problem(
          "the publication "
              + one.publication
              + (one.strangers != null
                  ? " filters the table tasks by " + one.strangers + ", not of its replica identity"
                  : one.full
                      ? " lists columns of the table tasks, whose replica identity is FULL"
                      : " leaves out " + one.absent + ", the replica identity of the table tasks")
              + refused(one.updates),
          one.full
              ? "ALTER TABLE " + tasks + " REPLICA IDENTITY DEFAULT"
              : alter
                  + " DROP TABLE "
                  + tasks
                  + "; "
                  + alter
                  + " ADD TABLE "
                  + tasks
                  + (one.list == null ? "" : " (" + one.list + ")")
                  + (one.filter == null ? "" : " WHERE (" + one.filter + ")"));
    }
  }

  private static String refused(boolean updates) {
    return updates ? "; every claim is refused" : "; no task can be deleted";
  }
}
