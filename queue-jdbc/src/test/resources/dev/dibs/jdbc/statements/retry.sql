with locked as materialized (select r.*, g.micros, g.text, g.number
from (select *
from unnest((select cast(? as uuid[])), (select cast(? as uuid[])), (select cast(? as bigint[])), (select cast(? as text[]))) with ordinality as u (id, token, micros, text, number)
order by u.id) as g, lateral (select t.ctid
from public.tasks as t
where (t.id = g.id and t.token = g.token and t.status = 'processing')
for no key update skip locked) as r)
update public.tasks as t
set status = case when t.cancel_requested then 'cancelled' else 'pending' end,
  run_at = case when t.cancel_requested then t.run_at else (clock_timestamp() + (cast('1 microsecond' as interval) * cast(l.micros as double precision))) end,
  completed_at = case when t.cancel_requested then clock_timestamp() end,
  error = l.text,
  errors = public.with_error(t.errors, t.attempt, l.text),
  lease_until = null,
  expiries = 0,
  alone = false from locked as l
where t.ctid = l.ctid
returning l.number, t.status
