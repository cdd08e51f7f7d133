select t.id, pg_notify('dibs', ?)
from public.tasks as t
where t.id = any (cast(? as uuid[]))
