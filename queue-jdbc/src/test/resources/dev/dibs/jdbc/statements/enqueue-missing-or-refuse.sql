with clock as materialized (select clock_timestamp() as now), given as (select *
from unnest(cast(? as uuid[]), cast(? as text[]), cast(? as text[]), cast(? as text[]), cast(? as smallint[]), cast(? as int[]), cast(? as timestamp with time zone[]), cast(? as bigint[]), cast(? as text[]), cast(? as bigint[])) as n (id, queue, type, payload, priority, max_attempts, run_at, delay, unique_key, unique_window)),
inserted as (insert into public.tasks as t (id, queue, type, payload, priority, max_attempts, run_at, unique_key, unique_window) select n.id, n.queue, n.type, cast(n.payload as jsonb), n.priority, n.max_attempts, coalesce(n.run_at, ((select now from clock) + (cast('1 microsecond' as interval) * cast(n.delay as double precision)))), n.unique_key, case when n.unique_window is not null then tstzrange(date_bin((cast('1 microsecond' as interval) * cast(n.unique_window as double precision)), (select now from clock), cast('1970-01-01 00:00:00Z' as timestamp with time zone)), (date_bin((cast('1 microsecond' as interval) * cast(n.unique_window as double precision)), (select now from clock), cast('1970-01-01 00:00:00Z' as timestamp with time zone)) + (cast('1 microsecond' as interval) * cast(n.unique_window as double precision)))) end from given as n
on conflict do nothing
returning t.id) select n.id, coalesce(case when exists (select 1 as one
from public.tasks as t
where t.id = n.id) then (select t.id
from public.tasks as t
where (t.id = n.id and t.type = n.type and t.payload = cast(n.payload as jsonb))) else coalesce((select t.id
from public.tasks as t
where (t.live and t.type = n.type and t.unique_key = n.unique_key and t.unique_window is null and n.unique_window is null)), (select t.id
from public.tasks as t
where (t.type = n.type and t.unique_key = n.unique_key
and (t.unique_window operator(pg_catalog.=) case when n.unique_window is not null then tstzrange(date_bin((cast('1 microsecond' as interval) * cast(n.unique_window as double precision)), (select now from clock), cast('1970-01-01 00:00:00Z' as timestamp with time zone)), (date_bin((cast('1 microsecond' as interval) * cast(n.unique_window as double precision)), (select now from clock), cast('1970-01-01 00:00:00Z' as timestamp with time zone)) + (cast('1 microsecond' as interval) * cast(n.unique_window as double precision)))) end)))) end, public.refuse_enqueue()) from given as n
where n.id not in (select id from inserted)
