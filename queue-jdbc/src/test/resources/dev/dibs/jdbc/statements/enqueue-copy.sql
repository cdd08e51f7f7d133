copy public.tasks (id, queue, type, payload, priority, max_attempts, run_at)
from stdin (format binary)
