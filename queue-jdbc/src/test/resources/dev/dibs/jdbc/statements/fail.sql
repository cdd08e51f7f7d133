with locked as materialized (select t.id, g.micros, g.text
from unnest(cast(? as uuid[]), cast(? as uuid[]), cast(? as bigint[]), cast(? as text[])) as g (id, token, micros, text)
join public.tasks as t on (t.id = g.id and t.token = g.token and t.status = 'processing')
order by t.id
for no key update of t skip locked)
update public.tasks as t
set status = case when t.cancel_requested then 'cancelled' else 'failed' end,
  completed_at = clock_timestamp(),
  lease_until = null,
  error = l.text,
  errors = public.with_error(t.errors, t.attempt, l.text) from locked as l
where (t.id = any (array(select id from locked)) and t.id = l.id)
returning t.id, t.token, t.status
