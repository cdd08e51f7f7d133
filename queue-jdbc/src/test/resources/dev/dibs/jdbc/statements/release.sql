with locked as materialized (select r.*, g.micros, g.text, g.number
from (select *
from unnest((select cast(? as uuid[])), (select cast(? as uuid[])), (select cast(? as bigint[])), (select cast(? as text[]))) with ordinality as u (id, token, micros, text, number)
order by u.id) as g, lateral (select t.ctid
from public.tasks as t
where (t.id = g.id and t.token = g.token and t.status = 'processing')
for no key update skip locked) as r)
update public.tasks as t
set status = case when t.cancel_requested then 'cancelled' else 'pending' end,
  completed_at = case when t.cancel_requested then clock_timestamp() end,
  attempt = greatest((t.attempt - 1), 0),
  run_at = case when (l.micros > 0 and not (t.cancel_requested)) then (clock_timestamp() + (cast('1 microsecond' as interval) * cast(l.micros as double precision))) else t.run_at end,
  lease_until = null,
  expiries = case when l.micros > 0 then 0 else t.expiries end from locked as l
where t.ctid = l.ctid
returning l.number, t.status
