with locked as materialized (select t.id, g.micros, g.text, (t.unique_window is null or upper(t.unique_window) < clock_timestamp()) as deletable
from unnest(cast(? as uuid[]), cast(? as uuid[]), cast(? as bigint[]), cast(? as text[])) as g (id, token, micros, text)
join public.tasks as t on (t.id = g.id and t.token = g.token and t.status = 'processing')
order by t.id
for update of t skip locked), kept as (update public.tasks as t
set status = 'completed',
  completed_at = clock_timestamp(),
  lease_until = null,
  error = null,
  result = cast(l.text as jsonb) from locked as l
where (t.id = any (array(select id from locked
where not (deletable))) and t.id = l.id)
returning t.id, t.token, t.status), deleted as (delete
from public.tasks as t
where t.id = any (array(select id from locked
where deletable))
returning t.id, t.token) (select id, token, status
from kept)
union all (select id, token, 'completed'
from deleted)
