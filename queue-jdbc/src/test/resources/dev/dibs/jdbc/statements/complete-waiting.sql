with locked as materialized (select t.id, g.micros, g.text
from unnest(cast(? as uuid[]), cast(? as uuid[]), cast(? as bigint[]), cast(? as text[])) as g (id, token, micros, text)
join public.tasks as t on (t.id = g.id and t.token = g.token and t.status = 'processing')
order by t.id
for no key update of t)
update public.tasks as t
set status = 'completed',
  completed_at = clock_timestamp(),
  lease_until = null,
  error = null,
  result = cast(l.text as jsonb) from locked as l
where (t.id = any (array(select id from locked)) and t.id = l.id)
returning t.id, t.token, t.status
