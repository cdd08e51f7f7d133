with clock as materialized (select clock_timestamp() as now)
insert into public.tasks as t (id, queue, type, payload, priority, max_attempts, run_at) select n.id, n.queue, n.type, cast(n.payload as jsonb), n.priority, n.max_attempts, coalesce(n.run_at, ((select now from clock) + (cast('1 microsecond' as interval) * n.delay)))
from unnest(cast(? as uuid[]), cast(? as text[]), cast(? as text[]), cast(? as text[]), cast(? as smallint[]), cast(? as int[]), cast(? as timestamp with time zone[]), cast(? as bigint[])) as n (id, queue, type, payload, priority, max_attempts, run_at, delay)
