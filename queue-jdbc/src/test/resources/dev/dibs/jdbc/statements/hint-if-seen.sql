select t.id, pg_notify('dibs', cast(? as text))
from public.tasks as t
where t.id = any (cast(? as uuid[]))
