select pg_notify('dibs', ?)
