with clock as materialized (select clock_timestamp() as now),
picked as materialized (select t.ctid
from public.tasks as t
where (t.ctid >= cast(? as tid) and t.ctid < cast(? as tid) and coalesce(t.completed_at, t.started_at, t.created_at, t.run_at) < ((select now from clock) - (cast('1 microsecond' as interval) * cast(case when t.status = 'completed' then cast(? as bigint) when t.status = 'failed' then cast(? as bigint) when t.status = 'cancelled' then cast(? as bigint) end as double precision)))
and (t.unique_window is null or pg_catalog.upper(t.unique_window) < (select now from clock)))
for update skip locked) delete
from public.tasks as t
where t.ctid = any (array(select ctid from picked))
