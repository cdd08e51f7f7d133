with
held as materialized (select t.id
from public.tasks as t
where (t.live and hashtext(t.queue) = hashtext(cast(? as text)) and hashtext(t.type) = any (array(select hashtext(w.type)
from pg_catalog.unnest(cast(? as text[])) as w (type))) and t.queue = cast(? as text) and t.type = any (cast(? as text[])) and t.token = cast(? as uuid) and t.status = 'processing')
order by t.id
for no key update skip locked)
update public.tasks as t
set lease_until = (clock_timestamp() + (cast('1 microsecond' as interval) * cast(? as double precision)))
where t.id = any (array(select id from held))
returning t.id, t.queue, t.type, t.payload, t.priority, t.status, t.attempt, t.max_attempts, t.run_at, t.created_at, t.started_at, t.completed_at, t.error, t.unique_key, t.cancel_requested, t.progress, t.result, t.alone
