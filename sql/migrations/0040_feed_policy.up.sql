-- How often the calls of a feed are tried is told and changed by a message.

ALTER TABLE jobs.feed ADD COLUMN changed_at timestamptz, ADD COLUMN changed_by text;
COMMENT ON COLUMN jobs.feed.retry_base_ms IS 'Back-off after the first failed call; it doubles with each one';
COMMENT ON COLUMN jobs.feed.retry_cap_ms IS 'Longest back-off';
COMMENT ON COLUMN jobs.feed.changed_by IS 'Who changed the policy last; null = nobody did';

-- A feed, whose row stays locked; no row: there is none. etag: another one after every change.
CREATE FUNCTION jobs.lock_feed(p_feed text)
RETURNS TABLE (feed text, max_attempts int, retry_base_ms int, retry_cap_ms int, deadline_minutes int, etag text)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT f.feed, f.max_attempts, f.retry_base_ms, f.retry_cap_ms, f.deadline_minutes, left(md5(f.xmin::text), 16)
    FROM jobs.feed f
    WHERE f.feed = p_feed
    FOR UPDATE
$$;

-- Changes the policy of a feed: null leaves a number as it is, 0 = the scheduler's setting.
CREATE FUNCTION jobs.change_feed(p_at timestamptz, p_feed text, p_max_attempts int, p_retry_base_ms int,
                                 p_retry_cap_ms int, p_deadline_minutes int, p_by text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE jobs.feed
    SET max_attempts = nullif(coalesce(p_max_attempts, max_attempts), 0),
        retry_base_ms = nullif(coalesce(p_retry_base_ms, retry_base_ms), 0),
        retry_cap_ms = nullif(coalesce(p_retry_cap_ms, retry_cap_ms), 0),
        deadline_minutes = nullif(coalesce(p_deadline_minutes, deadline_minutes), 0),
        changed_at = p_at, changed_by = p_by
    WHERE feed = p_feed
$$;

CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON jobs.feed
    FOR EACH ROW EXECUTE FUNCTION account.audit_row('feed', 'feed', 'changed_at,changed_by');

REVOKE EXECUTE ON FUNCTION jobs.lock_feed, jobs.change_feed FROM PUBLIC;
GRANT EXECUTE ON FUNCTION jobs.lock_feed, jobs.change_feed TO dd_scheduler;
