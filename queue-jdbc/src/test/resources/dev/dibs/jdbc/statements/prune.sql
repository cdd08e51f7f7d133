with
picked as materialized (select t.id
from public.tasks as t
where (t.dead
and (pg_catalog.cardinality(cast(? as uuid[])) = 0 or t.id = any (cast(? as uuid[])))
and (cast(? as text) is null or t.queue = cast(? as text))
and (cast(? as text) is null or t.type = cast(? as text))
and (cast(? as text) is null or position(cast(? as text) in t.error) > 0)
and (cast(? as timestamp with time zone) is null or coalesce(t.completed_at, t.started_at, t.created_at, t.run_at) < cast(? as timestamp with time zone)))
order by t.completed_at, t.id
fetch next ? rows only
for update skip locked) delete
from public.tasks as t
where t.id = any (array(select id from picked))
returning t.id
