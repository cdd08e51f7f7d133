with locked as materialized (select r.*, g.micros, g.text, g.number
from (select *
from unnest((select cast(? as uuid[])), (select cast(? as uuid[])), (select cast(? as bigint[])), (select cast(? as text[]))) with ordinality as u (id, token, micros, text, number)
order by u.id) as g, lateral (select t.ctid
from public.tasks as t
where (t.id = g.id and t.token = g.token and t.status = 'processing' and not (t.cancel_requested))
for no key update) as r)
update public.tasks as t
set lease_until = (clock_timestamp() + (cast('1 microsecond' as interval) * cast(l.micros as double precision))) from locked as l
where t.ctid = l.ctid
returning l.number, t.status
