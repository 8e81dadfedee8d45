DROP FUNCTION jobs.reap;
DROP FUNCTION jobs.give_up;
DROP FUNCTION jobs.end_backends;
DROP FUNCTION jobs.release_tasks;
DROP FUNCTION jobs.give_back_calls;
