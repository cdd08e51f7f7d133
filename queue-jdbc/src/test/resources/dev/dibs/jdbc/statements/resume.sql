delete
from public.dibs_pauses as p
where (p.kind = cast(? as text) and p.name = cast(? as text))
