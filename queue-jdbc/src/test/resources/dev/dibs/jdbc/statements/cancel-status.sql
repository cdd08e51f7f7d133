select t.status
from public.tasks as t
where t.id = cast(? as uuid)
