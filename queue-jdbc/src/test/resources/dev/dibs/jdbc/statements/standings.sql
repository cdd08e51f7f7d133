select t.id, t.status, t.token, (t.lease_until is not null)
from public.tasks as t
where t.id = any (cast(? as uuid[]))
