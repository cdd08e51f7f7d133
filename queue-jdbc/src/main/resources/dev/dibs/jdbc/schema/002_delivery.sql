-- Dibs, migration 2: error history, unique keys, pauses, cancelling, results and progress, housekeeping, roles.
--
-- Runs as migration 1 does: as it is in psql, Flyway or Liquibase (splitStatements:false), and from Java through Schema.install; in
-- the current schema, all or nothing, once. The table is locked and rewritten meanwhile. Libraries that know migration 1 only go on
-- working; their claims do not see pauses. Run again after ALTER SCHEMA … RENAME, it lets the functions work in the schema of the new
-- name.
DO $dibs$
DECLARE
  here text := current_schema();
  path text := current_setting('search_path');
  found text;
  grantee text;
BEGIN
  IF here IS NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'DIBS1',
      MESSAGE = 'there is no current schema to install into; create it and put it first in search_path';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('dibs schema ' || here, 0::bigint));
  PERFORM set_config('search_path', quote_ident(here) || ', pg_temp', true);

  IF to_regclass(quote_ident(here) || '.dibs_migrations') IS NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'DIBS1', MESSAGE = pg_catalog.format(
      'schema %I is not at migration 1; run 001_tasks.sql first', here);
  END IF;
  -- Where the schema was renamed, functions made before name the old one still, and would work on whatever has that name now.
  FOR found IN
    SELECT p.oid::regprocedure::text FROM pg_proc p, pg_catalog.unnest(p.proconfig) AS setting
    WHERE p.pronamespace = quote_ident(here)::regnamespace::oid
      AND p.proname IN ('claim_in_lanes', 'claim_task', 'complete_task', 'fail_task', 'extend_task', 'release_task', 'cancel_task', 'dibs_grant')
      AND starts_with(setting, 'search_path=')
      AND NOT starts_with(setting || ',', 'search_path=' || quote_ident(here) || ',')
  LOOP
    EXECUTE pg_catalog.format('ALTER FUNCTION %s SET search_path FROM CURRENT', found);
  END LOOP;
  IF EXISTS (SELECT FROM dibs_migrations WHERE version = 2) THEN
    PERFORM set_config('search_path', path, true);
    RETURN;
  END IF;
  SELECT string_agg(name, ', ') INTO found FROM (
    SELECT oid::regprocedure::text AS name FROM pg_proc
    WHERE pronamespace = quote_ident(here)::regnamespace::oid
      AND proname IN ('with_error', 'claim_in_lanes', 'refuse_enqueue', 'cancel_task', 'dibs_grant')
    UNION ALL
    SELECT relname FROM pg_class
    WHERE relnamespace = quote_ident(here)::regnamespace::oid AND relname IN ('dibs_pauses', 'dibs_housekeeping')
  ) AS taken;
  IF found IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'DIBS1', MESSAGE = pg_catalog.format(
      'schema %I has objects of the names that Dibs uses: %s; nothing was changed; drop them or choose another schema', here, found);
  END IF;

  ALTER TABLE tasks
    ADD COLUMN errors jsonb,
    ADD COLUMN unique_key text COLLATE "C",
    ADD COLUMN unique_window tstzrange,
    ADD COLUMN cancel_requested boolean NOT NULL DEFAULT false,
    ADD COLUMN progress jsonb,
    ADD COLUMN result jsonb,
    ADD COLUMN dead boolean GENERATED ALWAYS AS (status = 'failed') STORED,
    ADD CONSTRAINT dibs_errors CHECK (jsonb_typeof(errors) = 'array'),
    ADD CONSTRAINT dibs_unique
      CHECK (char_length(unique_key) BETWEEN 1 AND 200 AND (unique_window IS NULL OR unique_key IS NOT NULL));
  -- Like the claim index, none of these names a column that a claim changes.
  CREATE UNIQUE INDEX tasks_unique_live_idx ON tasks (type, unique_key)
    WHERE live AND unique_key IS NOT NULL AND unique_window IS NULL;
  CREATE UNIQUE INDEX tasks_unique_window_idx ON tasks (type, unique_key, unique_window) WHERE unique_window IS NOT NULL;
  CREATE INDEX tasks_dead_idx ON tasks (completed_at, id) WHERE dead;

  COMMENT ON COLUMN tasks.errors IS 'of the newest ten attempts that failed: [{"attempt": 1, "at": …, "error": "…"}, …], oldest first';
  COMMENT ON COLUMN tasks.unique_key IS 'no two live tasks of a type have the same; with unique_window, no two of that window';
  COMMENT ON COLUMN tasks.unique_window IS 'the bucket of database time in which unique_key holds, whatever becomes of the task';
  COMMENT ON COLUMN tasks.cancel_requested IS 'the running attempt is asked to stop; the task will not be tried again';
  COMMENT ON COLUMN tasks.progress IS 'what the running or last attempt said of how far it is';
  COMMENT ON COLUMN tasks.result IS 'what the completed task leaves to its producer';
  COMMENT ON COLUMN tasks.dead IS 'failed; what the index of dead letters holds';

  -- Every claim reads this table; it is small.
  CREATE TABLE dibs_pauses (
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('queue', 'type')),
    name text COLLATE "C" NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    paused_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (kind, name)
  );
  COMMENT ON TABLE dibs_pauses IS 'Dibs: the queues and types from which nothing is claimed';
  GRANT SELECT ON dibs_pauses TO PUBLIC;

  CREATE TABLE dibs_housekeeping (
    id boolean PRIMARY KEY DEFAULT true CHECK (id),
    holder uuid NOT NULL,
    lease_until timestamptz NOT NULL,
    next_block bigint NOT NULL DEFAULT 0
  );
  COMMENT ON TABLE dibs_housekeeping IS 'Dibs: which worker deletes what is past its retention, and how far it came';

  -- Not in SQL: the planner would put it into each claim, which hardly ever needs it, and that takes a tenth of planning it.
  CREATE FUNCTION with_error(errors jsonb, attempt integer, error text) RETURNS jsonb LANGUAGE plpgsql VOLATILE PARALLEL SAFE AS $fn$
  BEGIN
    RETURN CASE WHEN jsonb_array_length(errors) >= 10 THEN errors - 0 ELSE coalesce(errors, '[]'::jsonb) END
      || pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object('attempt', attempt, 'at', clock_timestamp(), 'error', error));
  END $fn$;
  COMMENT ON FUNCTION with_error(jsonb, integer, text) IS 'the error history with one more, of which the newest ten are kept';

  -- The claim of Dibs' workers, as ClaimStatement renders it, parsed and planned once in each session.
  CREATE FUNCTION claim_in_lanes(slack bigint, types text[], priorities smallint[], run_ats timestamptz[], ids uuid[], lane_limits integer[],
    queue_name text, task_limit integer, new_token uuid, lease bigint)
  RETURNS TABLE (id uuid, queue text, type text, payload jsonb, priority smallint, status text, attempt integer, max_attempts integer,
    run_at timestamptz, created_at timestamptz, started_micros bigint, completed_at timestamptz, error text, unique_key text,
    cancel_requested boolean, progress jsonb, result jsonb, alone boolean, picked_count bigint) LANGUAGE plpgsql
  SET search_path FROM CURRENT SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_sort = off SET jit = off AS $fn$
  #variable_conflict use_column
  BEGIN
    RETURN QUERY
    with clock as materialized (
      select clock_timestamp() as now,
        (clock_timestamp() - (cast('1 microsecond' as interval) * cast(claim_in_lanes.slack as double precision))) as fresh),
    picked as materialized (
      select ready.id, ready.suspect
      from unnest(cast(claim_in_lanes.types as text[]), cast(claim_in_lanes.priorities as smallint[]),
          cast(claim_in_lanes.run_ats as timestamp with time zone[]), cast(claim_in_lanes.ids as uuid[]),
          cast(claim_in_lanes.lane_limits as int[])) as lane (type, priority, run_at, id, most),
        lateral (
          select due.id, due.suspect
          from (
            select t.id, ((t.expiries + case when t.status = 'processing' then 1 else 0 end) >= 2) as suspect
            from tasks as t
            where (t.live and hashtext(t.queue) = hashtext(cast(claim_in_lanes.queue_name as text)) and hashtext(t.type) = hashtext(lane.type)
              and t.priority = lane.priority
              and t.run_at <= (select now from clock)
              and (t.run_at, t.id) >= (least(lane.run_at, (select fresh from clock)),
                case when lane.run_at < (select fresh from clock) then lane.id
                else cast('00000000-0000-0000-0000-000000000000' as uuid) end)
              and case
                when (t.status = 'pending'
                  or case when t.lease_until >= t.started_at then t.lease_until
                  else (coalesce(t.started_at, t.created_at, t.run_at) + cast('1 hour' as interval)) end < (select now from clock))
                then (t.queue = cast(claim_in_lanes.queue_name as text) and t.type = lane.type) else false end)
            order by t.run_at, t.id
            fetch next claim_in_lanes.task_limit rows only
            for no key update skip locked) as due
          fetch next lane.most rows only) as ready
      where (not exists (select p.name from dibs_pauses as p where (p.kind = 'queue' and p.name = cast(claim_in_lanes.queue_name as text)))
        and lane.type <> all (array(select p.name from dibs_pauses as p where p.kind = 'type')))
      fetch next claim_in_lanes.task_limit rows only)
    update tasks as t set
      status = case when t.cancel_requested then 'cancelled'
        when (t.status = 'processing' and t.alone and t.attempt >= t.max_attempts) then 'failed' else 'processing' end,
      attempt = (t.attempt + case
        when (t.cancel_requested or (t.status = 'processing' and t.alone and t.attempt >= t.max_attempts)) then 0 else 1 end),
      token = cast(claim_in_lanes.new_token as uuid),
      started_at = case when (t.cancel_requested or (t.status = 'processing' and t.alone and t.attempt >= t.max_attempts))
        then t.started_at else (select now from clock) end,
      lease_until = case when not (t.cancel_requested or (t.status = 'processing' and t.alone and t.attempt >= t.max_attempts))
        then (clock_timestamp() + (cast('1 microsecond' as interval) * cast(claim_in_lanes.lease as double precision))) end,
      expiries = (t.expiries + case when t.status = 'processing' then 1 else 0 end),
      alone = ((t.expiries + case when t.status = 'processing' then 1 else 0 end) >= 2),
      completed_at = case when (t.cancel_requested or (t.status = 'processing' and t.alone and t.attempt >= t.max_attempts))
        then clock_timestamp() end,
      error = case when (t.status = 'processing' and t.alone and t.attempt >= t.max_attempts and not (t.cancel_requested))
        then 'the lease expired and no attempts are left' else t.error end,
      errors = case when t.status = 'processing' then with_error(t.errors, t.attempt, 'the lease expired') else t.errors end
    where t.id = any (array(
      select id from picked
      where case when (select suspect from picked fetch next 1 rows only)
        then (id = (select id from picked fetch next 1 rows only)) else not (suspect) end))
    returning t.id, t.queue, t.type, t.payload, t.priority, t.status, t.attempt, t.max_attempts, t.run_at, t.created_at,
      (select cast(extract(epoch from now) * cast(1000000 as numeric) as bigint) from clock), t.completed_at, t.error, t.unique_key,
      t.cancel_requested, t.progress, t.result, t.alone, (select count(*) from picked);
  END $fn$;
  COMMENT ON FUNCTION claim_in_lanes IS 'the claim of Dibs'' own workers, where few tasks are expected; for others there is claim_task()';

  CREATE FUNCTION refuse_enqueue() RETURNS uuid LANGUAGE plpgsql VOLATILE AS $fn$
  BEGIN
    RAISE EXCEPTION USING ERRCODE = 'DIBS2', MESSAGE = 'a task of the batch is in conflict with one that is there';
  END $fn$;
  COMMENT ON FUNCTION refuse_enqueue() IS 'undoes the statement of an enqueue that cannot be done as a whole';

  CREATE OR REPLACE FUNCTION claim_task(types text[] DEFAULT NULL, queue text DEFAULT 'default', lease interval DEFAULT '1 hour')
  RETURNS SETOF tasks LANGUAGE plpgsql
  SET search_path FROM CURRENT SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_sort = off SET jit = off AS $fn$
  #variable_conflict use_column
  DECLARE
    due timestamptz := clock_timestamp();
    paused text[];
    wanted text[];
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
    IF EXISTS (SELECT FROM dibs_pauses p WHERE p.kind = 'queue' AND p.name = claim_task.queue) THEN
      RETURN;
    END IF;
    paused := ARRAY(SELECT p.name FROM dibs_pauses p WHERE p.kind = 'type');
    IF claim_task.types IS NOT NULL THEN
      wanted := ARRAY(SELECT w FROM pg_catalog.unnest(claim_task.types) AS w WHERE w <> ALL (paused));
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
          WHERE type <> ALL (ARRAY(SELECT hashtext(p) FROM pg_catalog.unnest(paused) AS p))
          UNION ALL
          SELECT DISTINCT hashtext(w), p::smallint, NULL::timestamptz, NULL::uuid, false
          FROM pg_catalog.unnest(wanted) AS w, generate_series(1, 4) AS p
        )
        SELECT l.type, l.priority FROM lanes l, LATERAL (
          SELECT l.run_at, l.id WHERE l.ready
          UNION ALL
          (SELECT t.run_at, t.id FROM tasks t
            WHERE NOT l.ready AND t.live AND hashtext(t.queue) = hashtext(claim_task.queue) AND hashtext(t.type) = l.type
              AND t.priority = l.priority AND t.run_at <= due AND t.queue = claim_task.queue
              AND (wanted IS NULL OR t.type = ANY (wanted))
              AND (t.status = 'pending' OR CASE WHEN t.lease_until >= t.started_at THEN t.lease_until
                ELSE coalesce(t.started_at, t.created_at, t.run_at) + interval '1 hour' END < due)
            ORDER BY t.run_at, t.id LIMIT 1)
          LIMIT 1) AS head (run_at, id)
        ORDER BY l.priority, head.run_at, head.id
      LOOP
        SELECT t.id INTO picked FROM tasks t
        WHERE t.live AND hashtext(t.queue) = hashtext(claim_task.queue) AND hashtext(t.type) = lane.type
          AND t.priority = lane.priority AND t.run_at <= due AND t.queue = claim_task.queue
          AND (wanted IS NULL OR t.type = ANY (wanted))
          AND (t.status = 'pending' OR CASE WHEN t.lease_until >= t.started_at THEN t.lease_until
            ELSE coalesce(t.started_at, t.created_at, t.run_at) + interval '1 hour' END < due)
        ORDER BY t.run_at, t.id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;
        CONTINUE WHEN NOT FOUND;
        -- A task to be cancelled ends here, and so does one whose lease expired while it ran alone, on its last attempt; this
        -- call goes on to another task.
        UPDATE tasks t SET status = CASE WHEN t.cancel_requested THEN 'cancelled' ELSE 'failed' END,
            completed_at = clock_timestamp(), lease_until = NULL, token = gen_random_uuid(),
            error = CASE WHEN t.cancel_requested THEN t.error ELSE 'the lease expired and no attempts are left' END,
            errors = CASE WHEN t.status = 'processing' THEN with_error(t.errors, t.attempt, 'the lease expired') ELSE t.errors END
        WHERE t.id = picked AND (t.cancel_requested OR t.status = 'processing' AND t.alone AND t.attempt >= t.max_attempts)
        RETURNING t.* INTO task;
        EXIT WHEN FOUND;
        UPDATE tasks t SET status = 'processing', attempt = t.attempt + 1, token = gen_random_uuid(), started_at = due,
            lease_until = clock_timestamp() + claim_task.lease,
            expiries = t.expiries + CASE WHEN t.status = 'processing' THEN 1 ELSE 0 END,
            alone = t.expiries + CASE WHEN t.status = 'processing' THEN 1 ELSE 0 END >= 2,
            errors = CASE WHEN t.status = 'processing' THEN with_error(t.errors, t.attempt, 'the lease expired') ELSE t.errors END
        WHERE t.id = picked RETURNING t.* INTO task;
        RETURN NEXT task;
        RETURN;
      END LOOP;
      IF task.id IS NULL THEN
        RETURN;
      END IF;
    END LOOP;
  END $fn$;

  CREATE OR REPLACE FUNCTION fail_task(id uuid, token uuid, error text) RETURNS boolean LANGUAGE plpgsql
  SET search_path FROM CURRENT SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $fn$
  #variable_conflict use_column
  DECLARE
    message text := left(coalesce(fail_task.error, ''), 4000);
  BEGIN
    UPDATE tasks t SET
      status = CASE WHEN t.cancel_requested THEN 'cancelled' WHEN t.attempt < t.max_attempts THEN 'pending' ELSE 'failed' END,
      run_at = CASE WHEN t.attempt < t.max_attempts AND NOT t.cancel_requested
        -- 1 s, 2 s, 4 s … at most 1 h, less a random part of up to a half.
        THEN clock_timestamp() + least(power(2::float8, (least(t.attempt, 20) - 1)::float8), 3600::float8)
          * (0.5::float8 + random() / 2::float8) * interval '1 second'
        ELSE t.run_at END,
      completed_at = CASE WHEN t.attempt < t.max_attempts AND NOT t.cancel_requested THEN NULL ELSE clock_timestamp() END,
      error = message, errors = with_error(t.errors, t.attempt, message),
      lease_until = NULL, expiries = 0, alone = false
    WHERE t.id = fail_task.id AND t.token = fail_task.token AND t.status = 'processing';
    RETURN FOUND OR EXISTS (
      SELECT FROM tasks t WHERE t.id = fail_task.id AND t.token = fail_task.token
        AND t.status IN ('pending', 'failed', 'cancelled') AND t.lease_until IS NULL);
  END $fn$;

  CREATE OR REPLACE FUNCTION extend_task(id uuid, token uuid, lease interval DEFAULT '1 hour') RETURNS boolean LANGUAGE plpgsql
  SET search_path FROM CURRENT SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $fn$
  #variable_conflict use_column
  BEGIN
    IF (extend_task.lease BETWEEN '1 millisecond' AND '30 days') IS NOT TRUE THEN
      RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
        MESSAGE = pg_catalog.format('extend_task: lease must be 1 millisecond to 30 days, was %s', coalesce(extend_task.lease::text, 'null'));
    END IF;
    UPDATE tasks t SET lease_until = clock_timestamp() + extend_task.lease
    WHERE t.id = extend_task.id AND t.token = extend_task.token AND t.status = 'processing' AND NOT t.cancel_requested;
    RETURN FOUND;
  END $fn$;
  COMMENT ON FUNCTION extend_task(uuid, uuid, interval) IS
    'true: the lease ends this long from now; false: it is lost, or the task is to be cancelled: stop working on it';

  CREATE OR REPLACE FUNCTION release_task(id uuid, token uuid) RETURNS boolean LANGUAGE plpgsql
  SET search_path FROM CURRENT SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $fn$
  #variable_conflict use_column
  BEGIN
    UPDATE tasks t SET status = CASE WHEN t.cancel_requested THEN 'cancelled' ELSE 'pending' END,
      completed_at = CASE WHEN t.cancel_requested THEN clock_timestamp() END,
      attempt = greatest(t.attempt - 1, 0), lease_until = NULL
    WHERE t.id = release_task.id AND t.token = release_task.token AND t.status = 'processing';
    RETURN FOUND OR EXISTS (
      SELECT FROM tasks t WHERE t.id = release_task.id AND t.token = release_task.token
        AND t.status IN ('pending', 'cancelled') AND t.lease_until IS NULL);
  END $fn$;

  CREATE FUNCTION cancel_task(id uuid) RETURNS text LANGUAGE plpgsql
  SET search_path FROM CURRENT SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $fn$
  #variable_conflict use_column
  DECLARE
    now_is text;
  BEGIN
    UPDATE tasks t SET status = CASE WHEN t.status = 'pending' THEN 'cancelled' ELSE t.status END,
      completed_at = CASE WHEN t.status = 'pending' THEN clock_timestamp() ELSE t.completed_at END,
      lease_until = CASE WHEN t.status = 'pending' THEN NULL ELSE t.lease_until END,
      cancel_requested = true
    WHERE t.id = cancel_task.id AND t.status IN ('pending', 'processing')
    RETURNING t.status INTO now_is;
    IF NOT FOUND THEN
      SELECT t.status INTO now_is FROM tasks t WHERE t.id = cancel_task.id;
    END IF;
    RETURN now_is;
  END $fn$;
  COMMENT ON FUNCTION cancel_task(uuid) IS
    'cancelled: it will not run; processing: its attempt is asked to stop; completed or failed: too late; null: there is none';

  -- Who may do what. Run by the owner of the tables: SELECT dibs_grant('worker', 'name of a role').
  CREATE FUNCTION dibs_grant(kind text, grantee text) RETURNS void LANGUAGE plpgsql
  SET search_path FROM CURRENT AS $fn$
  DECLARE
    here text := current_schema();
    part record;
  BEGIN
    IF dibs_grant.grantee IS NULL OR NOT EXISTS (SELECT FROM pg_roles WHERE rolname = dibs_grant.grantee) THEN
      RAISE EXCEPTION USING ERRCODE = 'undefined_object', MESSAGE = pg_catalog.format('dibs_grant: there is no role %s', coalesce(quote_literal(grantee), 'null'));
    END IF;
    CASE coalesce(dibs_grant.kind, 'null')
    WHEN 'producer' THEN
      EXECUTE pg_catalog.format('GRANT SELECT ON tasks, dibs_migrations TO %I', grantee);
      EXECUTE pg_catalog.format('GRANT INSERT (id, queue, type, payload, priority, max_attempts, run_at, unique_key, unique_window) ON tasks TO %I', grantee);
      EXECUTE pg_catalog.format('GRANT EXECUTE ON FUNCTION new_task_id, refuse_enqueue TO %I', grantee);
    WHEN 'worker' THEN
      EXECUTE pg_catalog.format('GRANT SELECT ON tasks, dibs_migrations, dibs_pauses TO %I', grantee);
      -- What a task is, and that it was cancelled, is not for a worker to change.
      EXECUTE pg_catalog.format('GRANT UPDATE (status, attempt, run_at, started_at, completed_at, lease_until, token, expiries, alone, error, errors,
        progress, result) ON tasks TO %I', grantee);
      EXECUTE pg_catalog.format('GRANT EXECUTE ON FUNCTION with_error, claim_in_lanes, claim_task, complete_task, fail_task, extend_task,
        release_task TO %I', grantee);
    WHEN 'monitor' THEN
      EXECUTE pg_catalog.format('GRANT SELECT ON dibs_migrations, dibs_pauses TO %I', grantee);
      EXECUTE pg_catalog.format('GRANT SELECT (id, queue, type, priority, status, attempt, max_attempts, run_at, created_at, started_at,
        completed_at, lease_until, expiries, alone, cancel_requested, live, dead) ON tasks TO %I', grantee);
    WHEN 'admin' THEN
      EXECUTE pg_catalog.format('GRANT SELECT ON dibs_migrations TO %I', grantee);
      EXECUTE pg_catalog.format('GRANT SELECT, INSERT, UPDATE, DELETE ON tasks, dibs_pauses, dibs_housekeeping TO %I', grantee);
      EXECUTE pg_catalog.format('GRANT EXECUTE ON FUNCTION new_task_id, with_error, refuse_enqueue, claim_in_lanes, claim_task, complete_task, fail_task,
        extend_task, release_task, cancel_task TO %I', grantee);
    WHEN 'migrator' THEN
      EXECUTE pg_catalog.format('GRANT CREATE ON SCHEMA %I TO %I', here, grantee);
      -- From now on it is the owner, and so who runs this function for others.
      EXECUTE pg_catalog.format('GRANT USAGE ON SCHEMA %I TO %I WITH GRANT OPTION', here, grantee);
      FOR part IN
        SELECT pg_catalog.format('TABLE %I', relname) AS object FROM pg_class WHERE relnamespace = quote_ident(here)::regnamespace::oid
          AND relname IN ('tasks', 'dibs_migrations', 'dibs_pauses', 'dibs_housekeeping')
        UNION ALL
        SELECT pg_catalog.format('FUNCTION %s', oid::regprocedure) FROM pg_proc WHERE pronamespace = quote_ident(here)::regnamespace::oid
          AND proname IN ('new_task_id', 'with_error', 'claim_in_lanes', 'refuse_enqueue', 'claim_task', 'complete_task', 'fail_task', 'extend_task',
            'release_task', 'cancel_task', 'dibs_grant')
      LOOP
        EXECUTE pg_catalog.format('ALTER %s OWNER TO %I', part.object, grantee);
      END LOOP;
    ELSE
      RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = pg_catalog.format(
        'dibs_grant: kind must be producer, worker, monitor, admin or migrator, was %s', coalesce(quote_literal(kind), 'null'));
    END CASE;
    EXECUTE pg_catalog.format('GRANT USAGE ON SCHEMA %I TO %I', here, grantee);
    -- A GRANT without the right to it is a mere warning.
    IF NOT has_schema_privilege(dibs_grant.grantee, quote_ident(here)::regnamespace::oid, 'USAGE') THEN
      RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = pg_catalog.format(
        'dibs_grant: %I may not grant USAGE on schema %I; let the owner of the schema run GRANT USAGE ON SCHEMA %I TO %I WITH GRANT OPTION',
        current_user, here, here, current_user);
    END IF;
  END $fn$;
  COMMENT ON FUNCTION dibs_grant(text, text) IS 'gives a role what a producer, worker, monitor, admin or migrator needs, and no more';

  REVOKE ALL ON FUNCTION claim_in_lanes, cancel_task, dibs_grant FROM PUBLIC;
  FOR grantee IN
    SELECT CASE WHEN a.grantee = 0::oid THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END
    FROM pg_class c, aclexplode(c.relacl) AS a
    WHERE c.oid = to_regclass(quote_ident(here) || '.tasks')::oid AND a.privilege_type = 'UPDATE' AND a.grantee <> c.relowner
  LOOP
    EXECUTE pg_catalog.format('GRANT EXECUTE ON FUNCTION claim_in_lanes, cancel_task TO %s', grantee);
  END LOOP;

  INSERT INTO dibs_migrations (version, oldest_library) VALUES (2, 1);
  PERFORM set_config('search_path', path, true);
END $dibs$;
