with clock as materialized (select clock_timestamp() as now),
picked as materialized (select t.id, t.type, t.unique_key, t.completed_at, (t.unique_key is not null and t.unique_window is null) as keyed
from public.tasks as t
where (t.dead
and (pg_catalog.cardinality(cast(? as uuid[])) = 0 or t.id = any (cast(? as uuid[])))
and (cast(? as text) is null or t.queue = cast(? as text))
and (cast(? as text) is null or t.type = cast(? as text))
and (cast(? as text) is null or position(cast(? as text) in t.error) > 0)
and (cast(? as timestamp with time zone) is null or coalesce(t.completed_at, t.started_at, t.created_at, t.run_at) < cast(? as timestamp with time zone)))
order by t.completed_at, t.id
fetch next ? rows only
for no key update skip locked),
ranked as materialized (select p.id, row_number() over (order by p.completed_at, p.id) as place, (p.keyed
and (row_number() over (partition by p.keyed, p.type, p.unique_key
order by p.completed_at, p.id) > 1 or (select true
from public.tasks as t
where (t.live and t.unique_key is not null and t.unique_window is null and t.type = p.type and t.unique_key = p.unique_key) fetch next 1 rows only) is not null)) as taken from picked as p),
redriven as (update public.tasks as t
set status = 'pending',
  attempt = 0,
  run_at = (select now from clock),
  started_at = null,
  completed_at = null,
  token = cast(null as uuid),
  lease_until = null,
  expiries = 0,
  alone = false,
  cancel_requested = false,
  progress = cast(null as jsonb)
where t.id = any (array(select r.id
from ranked as r
where not (r.taken)))
returning t.id) select r.id, r.taken
from ranked as r
where (r.taken or r.id in (select id
from redriven))
order by r.place
