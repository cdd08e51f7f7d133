package dev.dibs.it;

import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;

/**
 * Functions and operators that somebody who may create in a schema puts there: of the names that
 * PostgreSQL's own have, for types that those take only by a conversion or as any type. Whoever has
 * the schema in the search path and does not say which function is meant gets these.
 */
final class Traps {
  private static final String LAY =
      """
      DO $$
      DECLARE
        here text := quote_ident(current_schema());
        kinds text[] := '{smallint,integer,bigint,double precision,numeric,text,varchar,uuid,jsonb,interval,timestamptz,tstzrange,oid,regclass,name,"char",
          uuid[],text[],integer[],smallint[],bigint[],timestamptz[]}';
        body text := 'RETURNS boolean LANGUAGE plpgsql AS $t$ BEGIN RAISE EXCEPTION ''trapped''; END $t$';
        l text;
        r text;
        named text;
      BEGIN
        PERFORM set_config('search_path', 'pg_catalog', true);
        FOREACH l IN ARRAY kinds LOOP
          FOREACH named IN ARRAY '{unnest,cardinality,upper,lower,array_agg,age,to_jsonb,floor,to_hex,jsonb_build_array,
              jsonb_build_object,hashtext,hashtextextended,left,sum,max,min,count,string_agg}'::text[] LOOP
            IF to_regprocedure(format('%I(%s)', named, l)) IS NULL THEN
              EXECUTE format('CREATE FUNCTION %s.%I(%s) %s', here, named, l, body);
            END IF;
          END LOOP;
          FOREACH r IN ARRAY kinds LOOP
            EXECUTE format('CREATE FUNCTION %s.trap(%s, %s) %s', here, l, r, body);
            FOREACH named IN ARRAY '{%,/,*,+,-,=,<>,<,>,<=,>=,||}'::text[] LOOP
              IF NOT EXISTS (
                SELECT FROM pg_operator
                WHERE oprnamespace = 'pg_catalog'::regnamespace AND oprname = named AND oprleft = l::regtype AND oprright = r::regtype
              ) THEN
                EXECUTE format('CREATE OPERATOR %s.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = %s.trap)', here, named, l, r, here);
              END IF;
            END LOOP;
            FOREACH named IN ARRAY '{power,round,format,generate_series,jsonb_build_array,jsonb_build_object,hashtextextended,
                lpad,right,tstzrange}'::text[] LOOP
              IF to_regprocedure(format('%I(%s, %s)', named, l, r)) IS NULL THEN
                EXECUTE format('CREATE FUNCTION %s.%I(%s, %s) %s', here, named, l, r, body);
              END IF;
            END LOOP;
          END LOOP;
        END LOOP;
        EXECUTE format('CREATE FUNCTION %s.jsonb_build_object(text, integer, text, timestamptz, text, text) %s', here, body);
      END $$
      """;

  private Traps() {}

  /** Lays them in a schema. */
  static void lay(DataSource dataSource, String schema) {
    try (Connection connection = dataSource.getConnection()) {
      connection.setSchema(schema);
      Db.execute(connection, LAY);
    } catch (SQLException e) {
      throw new IllegalStateException("the traps could not be laid", e);
    }
  }
}
