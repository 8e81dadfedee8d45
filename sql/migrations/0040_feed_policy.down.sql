DROP TRIGGER audit ON jobs.feed;
DROP FUNCTION jobs.change_feed, jobs.lock_feed;
COMMENT ON COLUMN jobs.feed.retry_base_ms IS NULL;
COMMENT ON COLUMN jobs.feed.retry_cap_ms IS NULL;
ALTER TABLE jobs.feed DROP COLUMN changed_at, DROP COLUMN changed_by;
