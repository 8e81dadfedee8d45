-- The unfinished jobs, the latest first: which of them changed since they were told last?
SELECT id, version
FROM jobs.job
WHERE state IN ('queued', 'running')
ORDER BY created_at DESC, id DESC
LIMIT 256
