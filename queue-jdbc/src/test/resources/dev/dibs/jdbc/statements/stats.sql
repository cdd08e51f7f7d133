with clock as materialized (select clock_timestamp() as now) select s.queue, s.type, sum(s.ready), sum(s.scheduled), sum(s.processing), sum(s.expired), sum(s.failed), min(s.oldest), (select now from clock), exists (select 1 as one
from public.dibs_pauses as p
where ((p.kind = 'queue' and p.name = s.queue) or (p.kind = 'type' and p.name = s.type)))
from (select t.queue, t.type, count(*) filter (where (t.status = 'pending' and t.run_at <= (select now from clock))) as ready, count(*) filter (where (t.status = 'pending' and t.run_at > (select now from clock))) as scheduled, count(*) filter (where t.status = 'processing') as processing, count(*) filter (where (t.status = 'processing' and case when t.lease_until >= t.started_at then t.lease_until else (coalesce(t.started_at, t.created_at, t.run_at) + cast('1 hour' as interval)) end < (select now from clock))) as expired, 0 as failed, min(t.run_at) filter (where (t.status = 'pending' and t.run_at <= (select now from clock))) as oldest
from public.tasks as t
where t.live
group by t.queue, t.type
union all select t.queue, t.type, 0, 0, 0, 0, count(*), cast(null as timestamp with time zone)
from public.tasks as t
where t.dead
group by t.queue, t.type) as s
group by s.queue, s.type
order by s.queue, s.type
