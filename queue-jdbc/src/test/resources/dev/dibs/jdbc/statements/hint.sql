select pg_notify('dibs', cast(? as text))
