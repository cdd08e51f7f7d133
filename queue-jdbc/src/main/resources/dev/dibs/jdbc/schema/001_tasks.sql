-- Dibs, migration 1: the table tasks, its claim index and the functions for programs in any language.
--
-- Runs as it is in psql, Flyway or Liquibase (splitStatements:false), and from Java through Schema.install. It works in the
-- current schema, is one statement and so all or nothing, does nothing where it was already applied, and waits for others that
-- migrate the same schema. PostgreSQL 14 to 18, database encoding UTF8.
--
-- A tasks table with exactly the eight columns of the contract is adopted with its rows; one of any other shape is refused and
-- left as it is.
DO $dibs$
DECLARE
  here text := current_schema();
  path text := current_setting('search_path');
  existing oid;
  found text;
  grantee text;
BEGIN
  IF here IS NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'DIBS1',
      MESSAGE = 'there is no current schema to install into; create it and put it first in search_path';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('dibs schema ' || here, 0::bigint));
  -- Everything below, and every function made below, sees this schema first and temporary tables last. Others may create in it, so
  -- what takes arguments of any type is called by its full name, and operators get exactly the types that PostgreSQL has them for.
  PERFORM set_config('search_path', quote_ident(here) || ', pg_temp', true);

  IF to_regclass(quote_ident(here) || '.dibs_migrations') IS NOT NULL THEN
    IF EXISTS (SELECT FROM dibs_migrations WHERE version = 1) THEN
      PERFORM set_config('search_path', path, true);
      RETURN;
    END IF;
  END IF;
  IF getdatabaseencoding() <> 'UTF8' THEN
    RAISE EXCEPTION USING ERRCODE = 'DIBS1', MESSAGE = pg_catalog.format(
      'the encoding of database %I is %s; Dibs needs UTF8, or payloads could not be kept as they are',
      current_database(), getdatabaseencoding());
  END IF;

  existing := to_regclass(quote_ident(here) || '.tasks');
  IF existing IS NULL THEN
    CREATE TABLE tasks (
      id uuid PRIMARY KEY,
      type text NOT NULL,
      payload jsonb NOT NULL,
      status text DEFAULT 'pending',
      created_at timestamptz DEFAULT now(),
      started_at timestamptz,
      completed_at timestamptz,
      error text
    );
    existing := to_regclass(quote_ident(here) || '.tasks');
  ELSE
    IF (SELECT relkind FROM pg_class WHERE oid = existing) <> 'r' THEN
      RAISE EXCEPTION USING ERRCODE = 'DIBS1',
        MESSAGE = pg_catalog.format('%I.tasks is not an ordinary table; choose another schema for Dibs', here);
    END IF;
    LOCK TABLE tasks IN ACCESS EXCLUSIVE MODE;

    SELECT string_agg(difference, ', ' ORDER BY difference) INTO found
    FROM (
      SELECT CASE
          WHEN a.attname IS NULL THEN pg_catalog.format('%I %s is missing', c.name, c.type)
          WHEN c.name IS NULL THEN pg_catalog.format('%I %s is not of the contract', a.attname, format_type(a.atttypid, a.atttypmod))
          WHEN format_type(a.atttypid, a.atttypmod) <> c.type
            THEN pg_catalog.format('%I is %s instead of %s', a.attname, format_type(a.atttypid, a.atttypmod), c.type)
          WHEN a.attgenerated <> '' OR a.attidentity <> '' THEN pg_catalog.format('%I is generated', a.attname)
          WHEN c.required AND NOT a.attnotnull THEN pg_catalog.format('%I may be null', a.attname)
          WHEN c.optional AND a.attnotnull THEN pg_catalog.format('%I must not be null', a.attname)
        END AS difference
      FROM (VALUES
          ('id', 'uuid', true, false), ('type', 'text', true, false), ('payload', 'jsonb', true, false),
          ('status', 'text', false, false), ('created_at', 'timestamp with time zone', false, false),
          ('started_at', 'timestamp with time zone', false, true),
          ('completed_at', 'timestamp with time zone', false, true), ('error', 'text', false, true)
        ) AS c (name, type, required, optional)
      FULL JOIN (
        SELECT * FROM pg_attribute WHERE attrelid = existing AND attnum > 0 AND NOT attisdropped
      ) AS a ON a.attname::text = c.name
    ) AS differences
    WHERE difference IS NOT NULL;
    IF found IS NULL AND NOT EXISTS (
      SELECT FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = k.conrelid AND k.conkey OPERATOR(pg_catalog.=) ARRAY[a.attnum]
      WHERE k.conrelid = existing AND k.contype = 'p' AND a.attname = 'id'
    ) THEN
      found := 'id is not the primary key';
    END IF;
    IF found IS NOT NULL THEN
      RAISE EXCEPTION USING ERRCODE = 'DIBS1', MESSAGE = pg_catalog.format(
        '%I.tasks is not a table that Dibs can adopt: %s; nothing was changed; choose another schema for Dibs', here, found);
    END IF;

    SELECT string_agg(pg_catalog.format('%s row(s) with status %s', n, coalesce(quote_literal(status), 'NULL')), ', ') INTO found
    FROM (
      SELECT status, count(*) AS n FROM tasks
      WHERE status IS NULL OR status NOT IN ('pending', 'processing', 'completed', 'failed', 'cancelled')
      GROUP BY status ORDER BY status
    ) AS strays;
    IF found IS NULL THEN
      SELECT pg_catalog.format('%s row(s) with an empty type or one of more than 200 characters', count(*)) INTO found
      FROM tasks WHERE char_length(type) NOT BETWEEN 1 AND 200 HAVING count(*) > 0;
    END IF;
    IF found IS NOT NULL THEN
      RAISE EXCEPTION USING ERRCODE = 'DIBS1', MESSAGE = pg_catalog.format(
        '%I.tasks cannot be adopted as it is: %s; nothing was changed; correct these rows and run it again', here, found);
    END IF;

    SELECT string_agg(pg_catalog.format('%I', k.conname), ', ' ORDER BY k.conname) INTO found
    FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)
    WHERE k.conrelid = existing AND k.contype = 'c' AND a.attname = 'status' AND pg_catalog.cardinality(k.conkey) > 1;
    IF found IS NOT NULL THEN
      RAISE EXCEPTION USING ERRCODE = 'DIBS1', MESSAGE = pg_catalog.format(
        '%I.tasks cannot be adopted as it is: CHECK constraints tie status to other columns and would refuse what Dibs writes: '
        '%s; nothing was changed; drop them and run it again', here, found);
    END IF;
    IF (SELECT relpersistence FROM pg_class WHERE oid = existing) = 'u' THEN
      RAISE EXCEPTION USING ERRCODE = 'DIBS1', MESSAGE = pg_catalog.format(
        '%I.tasks cannot be adopted as it is: it is UNLOGGED, and a crash of the server would empty it; nothing was changed; '
        'ALTER TABLE %I.tasks SET LOGGED and run it again', here, here);
    END IF;

    -- Whatever checks or indexes the status would forbid cancelled tasks or cost every claim its HOT update.
    FOR found IN
      SELECT k.conname FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = k.conrelid AND k.conkey OPERATOR(pg_catalog.=) ARRAY[a.attnum]
      WHERE k.conrelid = existing AND k.contype = 'c' AND a.attname = 'status'
    LOOP
      EXECUTE pg_catalog.format('ALTER TABLE tasks DROP CONSTRAINT %I', found);
    END LOOP;
    IF EXISTS (
      SELECT FROM pg_index WHERE indrelid = existing AND indexrelid = to_regclass(quote_ident(here) || '.idx_tasks_pending')::oid
    ) THEN
      DROP INDEX idx_tasks_pending;
    END IF;
    IF to_regprocedure(quote_ident(here) || '.claim_task()') IS NOT NULL THEN
      DROP FUNCTION claim_task();
    END IF;
  END IF;

  SELECT string_agg(oid::regprocedure::text, ', ') INTO found FROM pg_proc
  WHERE pronamespace = quote_ident(here)::regnamespace::oid
    AND proname IN ('new_task_id', 'claim_task', 'complete_task', 'fail_task', 'extend_task', 'release_task');
  IF found IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'DIBS1', MESSAGE = pg_catalog.format(
      'schema %I has functions of the names that Dibs uses: %s; nothing was changed; drop them or choose another schema', here, found);
  END IF;

  -- UUIDv7 (RFC 9562): 48 bits of milliseconds, 12 bits of a millisecond's fraction, 62 random bits.
  IF to_regprocedure('pg_catalog.uuidv7()') IS NOT NULL THEN
    CREATE FUNCTION new_task_id() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS 'SELECT pg_catalog.uuidv7()';
  ELSE
    CREATE FUNCTION new_task_id() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $fn$
      SELECT (left(millis, 8) || '-' || right(millis, 4) || '-7'
          || lpad(to_hex(micros % 1000::bigint * 4096::bigint / 1000::bigint), 3, '0') || substr(random, 19))::uuid
      FROM (SELECT floor(extract(epoch FROM clock_timestamp())::numeric * 1000000::numeric)::bigint AS micros,
          gen_random_uuid()::text AS random) AS now,
        LATERAL (SELECT lpad(to_hex(micros / 1000::bigint), 12, '0') AS millis) AS hex
    $fn$;
  END IF;

  -- A claim changes no indexed column, so its new row version goes beside the old one (HOT) while the page has room. It is 32 bytes
  -- longer, so a little more than half of each page stays free.
  ALTER TABLE tasks SET (
    fillfactor = 45, toast_tuple_target = 512,
    autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 1000,
    autovacuum_analyze_scale_factor = 0.05, autovacuum_analyze_threshold = 1000
  );
  -- The end of a task writes its entry a second time, beside the first.
  EXECUTE (
    SELECT pg_catalog.format('ALTER INDEX %s SET (fillfactor = 50)', indexrelid::regclass)
    FROM pg_index WHERE indrelid = existing AND indisprimary);
  ALTER TABLE tasks ADD COLUMN run_at timestamptz;
  ALTER TABLE tasks
    ALTER COLUMN id SET DEFAULT new_task_id(),
    ALTER COLUMN type TYPE text COLLATE "C",
    ALTER COLUMN status SET DEFAULT 'pending',
    ALTER COLUMN status SET NOT NULL,
    ALTER COLUMN created_at SET DEFAULT now(),
    ADD COLUMN queue text COLLATE "C" NOT NULL DEFAULT 'default',
    ADD COLUMN priority smallint NOT NULL DEFAULT 3,
    -- Adopted tasks keep their place in the line.
    ALTER COLUMN run_at TYPE timestamptz USING
      CASE WHEN created_at BETWEEN '0001-01-01 00:00Z' AND '9999-12-31 23:59:59Z' THEN created_at ELSE now() END,
    ADD COLUMN attempt integer NOT NULL DEFAULT 0,
    ADD COLUMN max_attempts integer NOT NULL DEFAULT 20,
    ADD COLUMN token uuid,
    ADD COLUMN lease_until timestamptz,
    ADD COLUMN expiries integer NOT NULL DEFAULT 0,
    ADD COLUMN alone boolean NOT NULL DEFAULT false,
    ADD COLUMN live boolean GENERATED ALWAYS AS (status IN ('pending', 'processing')) STORED,
    -- Named as PostgreSQL names none: an adopted table may have checks of its own.
    ADD CONSTRAINT dibs_status
      CHECK (status IN ('pending', 'processing', 'completed', 'failed', 'cancelled')),
    ADD CONSTRAINT dibs_type CHECK (char_length(type) BETWEEN 1 AND 200);
  ALTER TABLE tasks
    ALTER COLUMN run_at SET DEFAULT clock_timestamp(),
    ALTER COLUMN run_at SET NOT NULL,
    ADD CONSTRAINT dibs_run_at CHECK (run_at BETWEEN '0001-01-01 00:00Z' AND '9999-12-31 23:59:59.999999Z'),
    ADD CONSTRAINT dibs_queue CHECK (char_length(queue) BETWEEN 1 AND 200),
    ADD CONSTRAINT dibs_priority CHECK (priority BETWEEN 1 AND 4),
    ADD CONSTRAINT dibs_attempt CHECK (attempt >= 0 AND max_attempts >= 1);
  -- Queue and type by numbers, which it compares faster than texts. Names may share one, so whoever goes by it asks for names too.
  CREATE INDEX tasks_claim_idx ON tasks (hashtext(queue), hashtext(type), priority, run_at, id) WHERE live;

  COMMENT ON TABLE tasks IS 'Dibs: one row per task; every task has exactly one claimant per attempt';
  COMMENT ON COLUMN tasks.run_at IS 'when the task is due, by this database''s clock';
  COMMENT ON COLUMN tasks.priority IS '1 (first) to 4 (last)';
  COMMENT ON COLUMN tasks.attempt IS 'claims so far that were not given back';
  COMMENT ON COLUMN tasks.token IS 'of the newest claim; every write of its holder demands it and status = processing';
  COMMENT ON COLUMN tasks.lease_until IS 'until when the claim holds without renewal';
  COMMENT ON COLUMN tasks.expiries IS 'leases that expired since an attempt last ended by itself';
  COMMENT ON COLUMN tasks.alone IS 'the claim is to run with nothing beside it, because two leases expired';
  COMMENT ON COLUMN tasks.live IS 'pending or processing; what the claim index holds';

  -- Each session keeps the plans of these functions. They stay right however the table grows, because a scan of the table, and in
  -- claim_task a sort instead of the index, does not count as possible where they are made.
  CREATE FUNCTION claim_task(types text[] DEFAULT NULL, queue text DEFAULT 'default', lease interval DEFAULT '1 hour')
  RETURNS SETOF tasks LANGUAGE plpgsql
  SET search_path FROM CURRENT SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_sort = off SET jit = off AS $fn$
  #variable_conflict use_column
  DECLARE
    due timestamptz := clock_timestamp();
    lane record;
    picked uuid;
    task tasks;
  BEGIN
    IF claim_task.queue IS NULL THEN
      RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'claim_task: queue must not be null';
    END IF;
    IF (claim_task.lease BETWEEN '1 millisecond' AND '30 days') IS NOT TRUE THEN
      RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
        MESSAGE = pg_catalog.format('claim_task: lease must be 1 millisecond to 30 days, was %s', coalesce(claim_task.lease::text, 'null'));
    END IF;
    LOOP
      task := NULL;
      FOR lane IN
        -- Lanes by a loose index scan: each step asks for the first entry behind the last lane. A lane's first entry is mostly
        -- its head; only where it is not (in flight, not yet due) is the lane walked. A type goes by its number here.
        WITH RECURSIVE entry AS (
          (SELECT hashtext(t.type) AS type, t.priority, t.run_at, t.id,
              t.run_at <= due AND t.status = 'pending' AND t.queue = claim_task.queue AS ready
            FROM tasks t WHERE claim_task.types IS NULL AND t.live AND hashtext(t.queue) = hashtext(claim_task.queue)
            ORDER BY hashtext(t.type), t.priority, t.run_at, t.id LIMIT 1)
          UNION ALL
          SELECT n.* FROM entry e, LATERAL (
            SELECT hashtext(t.type), t.priority, t.run_at, t.id,
              t.run_at <= due AND t.status = 'pending' AND t.queue = claim_task.queue
            FROM tasks t WHERE t.live AND hashtext(t.queue) = hashtext(claim_task.queue)
              AND (hashtext(t.type), t.priority) > (e.type, e.priority)
            ORDER BY hashtext(t.type), t.priority, t.run_at, t.id LIMIT 1) AS n
        ), lanes AS (
          SELECT * FROM entry
          UNION ALL
          SELECT DISTINCT hashtext(w), p::smallint, NULL::timestamptz, NULL::uuid, false
          FROM pg_catalog.unnest(claim_task.types) AS w, generate_series(1, 4) AS p
        )
        SELECT l.type, l.priority FROM lanes l, LATERAL (
          SELECT l.run_at, l.id WHERE l.ready
          UNION ALL
          (SELECT t.run_at, t.id FROM tasks t
            WHERE NOT l.ready AND t.live AND hashtext(t.queue) = hashtext(claim_task.queue) AND hashtext(t.type) = l.type
              AND t.priority = l.priority AND t.run_at <= due AND t.queue = claim_task.queue
              AND (claim_task.types IS NULL OR t.type = ANY (claim_task.types))
              AND (t.status = 'pending' OR CASE WHEN t.lease_until >= t.started_at THEN t.lease_until
                ELSE coalesce(t.started_at, t.created_at, t.run_at) + interval '1 hour' END < due)
            ORDER BY t.run_at, t.id LIMIT 1)
          LIMIT 1) AS head (run_at, id)
        ORDER BY l.priority, head.run_at, head.id
      LOOP
        SELECT t.id INTO picked FROM tasks t
        WHERE t.live AND hashtext(t.queue) = hashtext(claim_task.queue) AND hashtext(t.type) = lane.type
          AND t.priority = lane.priority AND t.run_at <= due AND t.queue = claim_task.queue
          AND (claim_task.types IS NULL OR t.type = ANY (claim_task.types))
          AND (t.status = 'pending' OR CASE WHEN t.lease_until >= t.started_at THEN t.lease_until
            ELSE coalesce(t.started_at, t.created_at, t.run_at) + interval '1 hour' END < due)
        ORDER BY t.run_at, t.id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;
        CONTINUE WHEN NOT FOUND;
        -- A lease that expired while the task ran alone, on its last attempt, ends it; this call goes on to another task.
        UPDATE tasks t SET status = 'failed', completed_at = clock_timestamp(), lease_until = NULL, token = gen_random_uuid(),
            error = 'the lease expired and no attempts are left'
        WHERE t.id = picked AND t.status = 'processing' AND t.alone AND t.attempt >= t.max_attempts
        RETURNING t.* INTO task;
        EXIT WHEN FOUND;
        UPDATE tasks t SET status = 'processing', attempt = t.attempt + 1, token = gen_random_uuid(), started_at = due,
            lease_until = clock_timestamp() + claim_task.lease,
            expiries = t.expiries + CASE WHEN t.status = 'processing' THEN 1 ELSE 0 END,
            alone = t.expiries + CASE WHEN t.status = 'processing' THEN 1 ELSE 0 END >= 2
        WHERE t.id = picked RETURNING t.* INTO task;
        RETURN NEXT task;
        RETURN;
      END LOOP;
      IF task.id IS NULL THEN
        RETURN;
      END IF;
    END LOOP;
  END $fn$;
  COMMENT ON FUNCTION claim_task(text[], text, interval) IS
    'claims one due task of these types (null: any) for a program that does not renew its lease: one row, or none';

  CREATE FUNCTION complete_task(id uuid, token uuid) RETURNS boolean LANGUAGE plpgsql
  SET search_path FROM CURRENT SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $fn$
  #variable_conflict use_column
  BEGIN
    UPDATE tasks t SET status = 'completed', completed_at = clock_timestamp(), lease_until = NULL, error = NULL
    WHERE t.id = complete_task.id AND t.token = complete_task.token AND t.status = 'processing';
    RETURN FOUND OR EXISTS (
      SELECT FROM tasks t WHERE t.id = complete_task.id AND t.token = complete_task.token
        AND t.status = 'completed' AND t.lease_until IS NULL);
  END $fn$;
  COMMENT ON FUNCTION complete_task(uuid, uuid) IS
    'true: completed, now or already by this claim; false: the lease is lost and nothing was written';

  CREATE FUNCTION fail_task(id uuid, token uuid, error text) RETURNS boolean LANGUAGE plpgsql
  SET search_path FROM CURRENT SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $fn$
  #variable_conflict use_column
  BEGIN
    UPDATE tasks t SET
      status = CASE WHEN t.attempt < t.max_attempts THEN 'pending' ELSE 'failed' END,
      run_at = CASE WHEN t.attempt < t.max_attempts
        -- 1 s, 2 s, 4 s … at most 1 h, less a random part of up to a half.
        THEN clock_timestamp() + least(power(2::float8, (least(t.attempt, 20) - 1)::float8), 3600::float8)
          * (0.5::float8 + random() / 2::float8) * interval '1 second'
        ELSE t.run_at END,
      completed_at = CASE WHEN t.attempt < t.max_attempts THEN NULL ELSE clock_timestamp() END,
      error = left(coalesce(fail_task.error, ''), 4000), lease_until = NULL, expiries = 0, alone = false
    WHERE t.id = fail_task.id AND t.token = fail_task.token AND t.status = 'processing';
    RETURN FOUND OR EXISTS (
      SELECT FROM tasks t WHERE t.id = fail_task.id AND t.token = fail_task.token
        AND t.status IN ('pending', 'failed') AND t.lease_until IS NULL);
  END $fn$;
  COMMENT ON FUNCTION fail_task(uuid, uuid, text) IS
    'ends an attempt with an error: tried again after a pause, failed after the last; true: written, now or already by this claim';

  CREATE FUNCTION extend_task(id uuid, token uuid, lease interval DEFAULT '1 hour') RETURNS boolean LANGUAGE plpgsql
  SET search_path FROM CURRENT SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $fn$
  #variable_conflict use_column
  BEGIN
    IF (extend_task.lease BETWEEN '1 millisecond' AND '30 days') IS NOT TRUE THEN
      RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
        MESSAGE = pg_catalog.format('extend_task: lease must be 1 millisecond to 30 days, was %s', coalesce(extend_task.lease::text, 'null'));
    END IF;
    UPDATE tasks t SET lease_until = clock_timestamp() + extend_task.lease
    WHERE t.id = extend_task.id AND t.token = extend_task.token AND t.status = 'processing';
    RETURN FOUND;
  END $fn$;
  COMMENT ON FUNCTION extend_task(uuid, uuid, interval) IS
    'true: the lease ends this long from now; false: it is lost';

  CREATE FUNCTION release_task(id uuid, token uuid) RETURNS boolean LANGUAGE plpgsql
  SET search_path FROM CURRENT SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $fn$
  #variable_conflict use_column
  BEGIN
    UPDATE tasks t SET status = 'pending', attempt = greatest(t.attempt - 1, 0), lease_until = NULL
    WHERE t.id = release_task.id AND t.token = release_task.token AND t.status = 'processing';
    RETURN FOUND OR EXISTS (
      SELECT FROM tasks t WHERE t.id = release_task.id AND t.token = release_task.token
        AND t.status = 'pending' AND t.lease_until IS NULL);
  END $fn$;
  COMMENT ON FUNCTION release_task(uuid, uuid) IS
    'gives the task back without counting the attempt; true: written, now or already by this claim';

  -- The functions run with their caller's rights. Whoever may update the table may call them; nobody else needs to. new_task_id
  -- stays open to all, because the default of tasks.id runs with the rights of whoever inserts.
  REVOKE ALL ON FUNCTION claim_task, complete_task, fail_task, extend_task, release_task FROM PUBLIC;
  FOR grantee IN
    SELECT CASE WHEN a.grantee = 0::oid THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END
    FROM pg_class c, aclexplode(c.relacl) AS a
    WHERE c.oid = existing AND a.privilege_type = 'UPDATE' AND a.grantee <> c.relowner
  LOOP
    EXECUTE pg_catalog.format('GRANT EXECUTE ON FUNCTION claim_task, complete_task, fail_task, extend_task, release_task TO %s', grantee);
  END LOOP;

  IF to_regclass(quote_ident(here) || '.dibs_migrations') IS NULL THEN
    CREATE TABLE dibs_migrations (
      version integer PRIMARY KEY,
      oldest_library integer NOT NULL,
      applied_at timestamptz NOT NULL DEFAULT now()
    );
    COMMENT ON TABLE dibs_migrations IS
      'Dibs: the migrations applied here, each with the oldest library (by the newest migration it knows) that can work with it';
    GRANT SELECT ON dibs_migrations TO PUBLIC;
  END IF;
  INSERT INTO dibs_migrations (version, oldest_library) VALUES (1, 1);
  PERFORM set_config('search_path', path, true);
END $dibs$;
