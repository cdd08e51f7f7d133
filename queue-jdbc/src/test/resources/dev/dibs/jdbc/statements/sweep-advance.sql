update public.dibs_housekeeping as h
set next_block = ?
where h.holder = cast(? as uuid)
