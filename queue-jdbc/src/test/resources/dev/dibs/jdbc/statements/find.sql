select t.id, t.queue, t.type, t.payload, t.priority, t.status, t.attempt, t.max_attempts, t.run_at, t.created_at, t.started_at, t.completed_at, t.error, t.unique_key, t.cancel_requested, t.progress, t.result, t.alone
from public.tasks as t
where t.id = cast(? as uuid)
