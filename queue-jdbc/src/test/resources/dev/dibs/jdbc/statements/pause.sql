insert into public.dibs_pauses as p (kind, name) values (?, ?)
on conflict (kind, name) do nothing
