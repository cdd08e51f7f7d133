with given as materialized (select cast(? as uuid[]) as ids, cast(? as uuid[]) as tokens, set_config('lock_timeout', '500ms', true)),
written as (delete
from public.tasks as t
where (t.id = any (cast((select ids from given) as uuid[])) and t.status = 'processing'
and (((t.id, t.token) in (select f.id, f.token
from unnest(cast((select ids from given) as uuid[]), cast((select tokens from given) as uuid[])) as f (id, token))) is true)
and (t.unique_window is null or pg_catalog.upper(t.unique_window) < clock_timestamp()))
returning t.id, t.token) select count(*), case when count(*) < pg_catalog.cardinality(cast((select ids from given) as uuid[])) then pg_catalog.array_agg(id) end, case when count(*) < pg_catalog.cardinality(cast((select ids from given) as uuid[])) then pg_catalog.array_agg(token) end
from written
