select e.entry ->> 'attempt', e.entry ->> 'at', e.entry ->> 'error'
from public.tasks as t, jsonb_array_elements(t.errors) with ordinality as e (entry, place)
where t.id = cast(? as uuid)
order by e.place
