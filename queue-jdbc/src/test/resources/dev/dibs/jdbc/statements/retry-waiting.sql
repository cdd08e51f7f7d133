with locked as materialized (select t.id, g.micros, g.error
from unnest(cast(? as uuid[]), cast(? as uuid[]), cast(? as bigint[]), cast(? as text[])) as g (id, token, micros, error)
join public.tasks as t on (t.id = g.id and t.token = g.token and t.status = 'processing')
order by t.id
for no key update of t)
update public.tasks as t
set status = 'pending',
  run_at = (clock_timestamp() + (cast('1 microsecond' as interval) * l.micros)),
  error = l.error,
  lease_until = null,
  expiries = 0,
  alone = false
from locked as l
where (t.id = any (array(select id from locked)) and t.id = l.id)
returning t.id, t.token
