select t.id, (t.type = n.type and t.payload = cast(n.payload as jsonb))
from public.tasks as t, unnest(cast(? as uuid[]), cast(? as text[]), cast(? as text[])) as n (id, type, payload)
where t.id = n.id
