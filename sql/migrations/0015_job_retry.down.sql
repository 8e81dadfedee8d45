DROP FUNCTION jobs.wait_again;
DROP FUNCTION jobs.fail_task;
DROP FUNCTION jobs.split_task;
DROP FUNCTION jobs.note_skew;
DROP FUNCTION jobs.failed_task;
DROP FUNCTION jobs.splits_by_dealer;
DROP FUNCTION jobs.task_deadline;
DROP FUNCTION jobs.split_at;
