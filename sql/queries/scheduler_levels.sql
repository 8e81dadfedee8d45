-- How full the queue is.
SELECT (SELECT coalesce(sum(queued), 0) FROM jobs.lane WHERE queued > 0) AS queued,
       (SELECT count(*) FROM jobs.lease) AS leased,
       (SELECT count(*) FROM jobs.task WHERE not_before IS NOT NULL AND state = 'queued' AND NOT ready) AS waiting,
       (SELECT count(*) FROM jobs.job_record WHERE state IN ('queued', 'running')) AS open
