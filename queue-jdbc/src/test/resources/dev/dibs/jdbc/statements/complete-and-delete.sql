with locked as materialized (select r.*, g.micros, g.text, g.number
from (select *
from unnest((select cast(? as uuid[])), (select cast(? as uuid[])), (select cast(? as bigint[])), (select cast(? as text[]))) with ordinality as u (id, token, micros, text, number)
order by u.id) as g, lateral (select t.ctid, (t.unique_window is null or pg_catalog.upper(t.unique_window) < clock_timestamp()) as deletable
from public.tasks as t
where (t.id = g.id and t.token = g.token and t.status = 'processing')
for update skip locked) as r),
kept as (update public.tasks as t
set status = 'completed',
  completed_at = clock_timestamp(),
  lease_until = null,
  error = null,
  result = cast(l.text as jsonb) from locked as l
where (t.ctid = l.ctid and not (l.deletable))
returning l.number),
deleted as (delete
from public.tasks as t using locked as l
where (t.ctid = l.ctid and l.deletable)
returning l.number) (select number, 'completed'
from kept)
union all (select number, 'completed'
from deleted)
