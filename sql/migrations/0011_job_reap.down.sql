DROP FUNCTION jobs.reap;
DROP FUNCTION jobs.give_up;
DROP FUNCTION jobs.end_backends;
