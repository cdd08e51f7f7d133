with clock as materialized (select clock_timestamp() as now, (clock_timestamp() - (cast('1 microsecond' as interval) * cast(? as double precision))) as fresh),
picked as materialized (select ready.id, ready.suspect
from unnest(cast(? as text[]), cast(? as smallint[]), cast(? as timestamp with time zone[]), cast(? as uuid[]), cast(? as int[])) as lane (type, priority, run_at, id, most), lateral (select due.id, due.suspect
from (select t.id, ((t.expiries + case when t.status = 'processing' then 1 else 0 end) >= 2) as suspect
from public.tasks as t
where (t.live and hashtext(t.queue) = hashtext(cast(? as text)) and hashtext(t.type) = hashtext(lane.type) and t.priority = lane.priority and t.run_at <= (select now from clock)
and (t.run_at, t.id) >= (least(lane.run_at, (select fresh from clock)), case when lane.run_at < (select fresh from clock) then lane.id else cast('00000000-0000-0000-0000-000000000000' as uuid) end) and case when (t.status = 'pending' or case when t.lease_until >= t.started_at then t.lease_until else (coalesce(t.started_at, t.created_at, t.run_at) + cast('1 hour' as interval)) end < (select now from clock)) then (t.queue = cast(? as text) and t.type = lane.type) else false end and age(t.xmax) > (select age(cast(pg_snapshot_xmin(pg_current_snapshot()) as xid))))
order by t.run_at, t.id
fetch next ? rows only
for no key update skip locked) as due fetch next lane.most rows only) as ready
where (not exists (select p.name
from public.dibs_pauses as p
where (p.kind = 'queue' and p.name = cast(? as text))) and lane.type <> all (array(select p.name
from public.dibs_pauses as p
where p.kind = 'type')))
fetch next ? rows only)
update public.tasks as t
set status = case when t.cancel_requested then 'cancelled' when (t.status = 'processing' and t.alone and t.attempt >= t.max_attempts) then 'failed' else 'processing' end,
  attempt = (t.attempt + case when (t.cancel_requested or (t.status = 'processing' and t.alone and t.attempt >= t.max_attempts)) then 0 else 1 end),
  token = cast(? as uuid),
  started_at = case when (t.cancel_requested or (t.status = 'processing' and t.alone and t.attempt >= t.max_attempts)) then t.started_at else (select now from clock) end,
  lease_until = case when not (t.cancel_requested or (t.status = 'processing' and t.alone and t.attempt >= t.max_attempts)) then (clock_timestamp() + (cast('1 microsecond' as interval) * cast(? as double precision))) end,
  expiries = (t.expiries + case when t.status = 'processing' then 1 else 0 end),
  alone = ((t.expiries + case when t.status = 'processing' then 1 else 0 end) >= 2),
  completed_at = case when (t.cancel_requested or (t.status = 'processing' and t.alone and t.attempt >= t.max_attempts)) then clock_timestamp() end,
  error = case when (t.status = 'processing' and t.alone and t.attempt >= t.max_attempts and not (t.cancel_requested)) then 'the lease expired and no attempts are left' else t.error end,
  errors = case when t.status = 'processing' then public.with_error(t.errors, t.attempt, 'the lease expired') else t.errors end
where t.id = any (array(select id from picked
where case when (select suspect from picked fetch next 1 rows only) then (id = (select id from picked fetch next 1 rows only)) else not (suspect) end))
returning t.id, t.queue, t.type, t.payload, t.priority, t.status, t.attempt, t.max_attempts, t.run_at, t.created_at, (select cast(extract(epoch
from now) * cast(1000000 as numeric) as bigint) from clock), t.completed_at, t.error, t.unique_key, t.cancel_requested, t.progress, t.result, t.alone, (select count(*) from picked)
