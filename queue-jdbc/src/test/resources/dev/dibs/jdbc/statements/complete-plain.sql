with given as materialized (select cast(? as uuid[]) as ids, cast(? as uuid[]) as tokens, set_config('lock_timeout', '500ms', true)),
written as (update public.tasks as t
set status = 'completed',
  completed_at = clock_timestamp(),
  lease_until = null,
  error = null,
  result = cast(null as jsonb)
where (t.id = any (cast((select ids from given) as uuid[])) and t.status = 'processing'
and (((t.id, t.token) in (select f.id, f.token
from unnest(cast((select ids from given) as uuid[]), cast((select tokens from given) as uuid[])) as f (id, token))) is true))
returning t.id, t.token) select count(*), case when count(*) < pg_catalog.cardinality(cast((select ids from given) as uuid[])) then pg_catalog.array_agg(id) end, case when count(*) < pg_catalog.cardinality(cast((select ids from given) as uuid[])) then pg_catalog.array_agg(token) end
from written
