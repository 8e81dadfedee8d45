DROP FUNCTION jobs.submit;
DROP FUNCTION jobs.check_request;
DROP FUNCTION jobs.queue_ready;
DROP FUNCTION jobs.hold_upstreams;
