DROP FUNCTION jobs.count_rows;
DROP FUNCTION jobs.complete_task;
DROP FUNCTION jobs.end_task;
DROP FUNCTION jobs.wake_waiting;
DROP FUNCTION jobs.begin_store;
