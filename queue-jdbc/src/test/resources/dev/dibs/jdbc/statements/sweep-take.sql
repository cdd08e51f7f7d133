insert into public.dibs_housekeeping as h (id, holder, lease_until) values (true, cast(? as uuid), (clock_timestamp() + (cast('1 microsecond' as interval) * cast(60000000 as double precision))))
on conflict (id) do update
set holder = excluded.holder,
  lease_until = excluded.lease_until
where (h.holder = excluded.holder or h.lease_until < clock_timestamp())
returning h.next_block, pg_relation_size(cast('public.tasks' as regclass)) / cast(current_setting('block_size') as bigint)
