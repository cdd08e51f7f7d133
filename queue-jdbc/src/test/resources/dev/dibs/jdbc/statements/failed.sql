select t.id, t.queue, t.type, t.payload, t.priority, t.status, t.attempt, t.max_attempts, t.run_at, t.created_at, t.started_at, t.completed_at, t.error, t.unique_key, t.cancel_requested, t.progress, t.result, t.alone
from public.tasks as t
where (t.dead
and (pg_catalog.cardinality(cast(? as uuid[])) = 0 or t.id = any (cast(? as uuid[])))
and (cast(? as text) is null or t.queue = cast(? as text))
and (cast(? as text) is null or t.type = cast(? as text))
and (cast(? as text) is null or position(cast(? as text) in t.error) > 0)
and (cast(? as timestamp with time zone) is null or coalesce(t.completed_at, t.started_at, t.created_at, t.run_at) < cast(? as timestamp with time zone)))
order by t.completed_at, t.id
fetch next ? rows only
