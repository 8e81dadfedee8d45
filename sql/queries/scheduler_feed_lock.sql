-- $1 feed, whose row stays locked: nobody changes it between this look and our own change.
SELECT feed, max_attempts, retry_base_ms, retry_cap_ms, deadline_minutes, etag FROM jobs.lock_feed($1::text)
