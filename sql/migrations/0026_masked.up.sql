-- What is set aside is personal data, too: its content is told by the scheduler alone, masked, or with a
-- note in the audit trail. And the masks of numbers, beside that of names; services/daemon/personal.h
-- tells them all.

CREATE FUNCTION feed.masked_phone(p_text text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE
               WHEN p_text ~ '^[0-9 +./()-]{10,64}$' THEN left(p_text, 4) || '****' || right(p_text, 4)
               WHEN p_text <> '' THEN '***'
           END;
$$;

CREATE FUNCTION feed.masked_number(p_text text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE
               WHEN p_text ~ '^[0-9 +./()-]{10,64}$' THEN '****' || right(p_text, 4)
               WHEN p_text <> '' THEN '***'
           END;
$$;

REVOKE EXECUTE ON FUNCTION feed.masked_phone, feed.masked_number FROM PUBLIC;

GRANT USAGE ON SCHEMA account TO dd_scheduler;
GRANT EXECUTE ON FUNCTION account.note TO dd_scheduler;

-- From now on fetchers mask the beginnings of answers that they keep; until now they did not.
UPDATE jobs.attempt SET body_head = NULL WHERE body_head IS NOT NULL;

REVOKE SELECT ON feed.quarantine, jobs.quarantine_told FROM dd_analytics, dd_reader;
GRANT SELECT (dealer_id, id, feed, task_id, epoch, reason, field, whole, requested_at, state, seen, last_task_id,
              replays, replay_task_id, created_at, seen_at, settled_at, settled_by)
    ON feed.quarantine TO dd_analytics, dd_reader;
GRANT SELECT (id, dealer_id, feed, task_id, reason, field, created_at, state, seen, seen_at, requested_at, replays,
              replay_task_id, whole, settled_at, settled_by, last_task_id)
    ON jobs.quarantine_told TO dd_analytics, dd_reader;
