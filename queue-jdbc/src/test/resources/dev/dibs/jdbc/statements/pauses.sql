select p.kind, p.name
from public.dibs_pauses as p
