DROP FUNCTION jobs.promote;
DROP FUNCTION jobs.release_tasks;
DROP FUNCTION jobs.beat;
DROP FUNCTION jobs.start_jobs;
DROP FUNCTION jobs.lease_tasks;
DROP FUNCTION jobs.take_task;
DROP FUNCTION jobs.next_lane;
DROP FUNCTION jobs.register_backend;
