with locked as materialized (select t.id, g.micros, g.error
from unnest(cast(? as uuid[]), cast(? as uuid[]), cast(? as bigint[]), cast(? as text[])) as g (id, token, micros, error)
join public.tasks as t on (t.id = g.id and t.token = g.token and t.status = 'processing')
order by t.id
for no key update of t)
update public.tasks as t
set status = 'failed',
  completed_at = clock_timestamp(),
  lease_until = null,
  error = l.error
from locked as l
where (t.id = any (array(select id from locked)) and t.id = l.id)
returning t.id, t.token
