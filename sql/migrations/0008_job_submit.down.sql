DROP FUNCTION jobs.submit;
DROP FUNCTION jobs.begin_job;
DROP FUNCTION jobs.forget_keys;
DROP FUNCTION jobs.replay_key;
DROP FUNCTION jobs.find_key;
DROP FUNCTION jobs.queue_ready;
DROP FUNCTION jobs.hold_upstreams;
DROP TABLE jobs.idempotency;
