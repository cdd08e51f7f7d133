select t.status, count(*)
from public.tasks as t
group by t.status
