select *
from public.claim_in_lanes(?, cast(? as text[]), cast(? as smallint[]), cast(? as timestamp with time zone[]), cast(? as uuid[]), cast(? as int[]), cast(? as text), ?, cast(? as uuid), ?)
