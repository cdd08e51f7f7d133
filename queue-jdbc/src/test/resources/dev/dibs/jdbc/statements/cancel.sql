update public.tasks as t
set status = case when t.status = 'pending' then 'cancelled' else t.status end,
  completed_at = case when t.status = 'pending' then clock_timestamp() else t.completed_at end,
  lease_until = case when not (t.status = 'pending') then t.lease_until end,
  cancel_requested = true
where (t.id = cast(? as uuid) and t.status in ('pending', 'processing'))
returning t.status
