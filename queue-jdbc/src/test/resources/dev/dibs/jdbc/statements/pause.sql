insert into public.dibs_pauses as p (kind, name) values (cast(? as text), cast(? as text))
on conflict (kind, name) do nothing
