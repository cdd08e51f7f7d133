with locked as materialized (select t.ctid, g.micros, g.text, g.number
from unnest(cast(? as uuid[]), cast(? as uuid[]), cast(? as bigint[]), cast(? as text[])) with ordinality as g (id, token, micros, text, number)
join public.tasks as t on (t.id = g.id and t.token = g.token and t.status = 'processing')
order by t.id
for no key update of t)
update public.tasks as t
set status = 'completed',
  completed_at = clock_timestamp(),
  lease_until = null,
  error = null,
  result = cast(l.text as jsonb) from locked as l
where t.ctid = l.ctid
returning l.number, t.status
