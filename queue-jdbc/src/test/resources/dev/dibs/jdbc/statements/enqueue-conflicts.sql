select t.id
from public.tasks as t, unnest(cast(? as uuid[]), cast(? as text[]), cast(? as text[])) as n (id, type, payload)
where (t.id = n.id
and (t.type <> n.type or t.payload <> cast(n.payload as jsonb)))
