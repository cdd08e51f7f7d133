select t.id, t.status, t.token, (t.lease_until is not null), t.cancel_requested
from public.tasks as t
where t.id = any (cast(? as uuid[]))
