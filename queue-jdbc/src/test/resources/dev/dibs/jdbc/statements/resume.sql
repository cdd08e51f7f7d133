delete
from public.dibs_pauses as p
where (p.kind = ? and p.name = ?)
