-- What became of jobs: the lists that people filter and page through, and why a job waits.
--
-- The two functions that find make a plan for each call: which index serves depends on the filters
-- that are given. They return ids alone; the views tell.

CREATE INDEX job_record_state ON jobs.job_record (state, id DESC);
CREATE INDEX job_record_kind ON jobs.job_record (kind, id DESC);
CREATE INDEX job_record_schedule ON jobs.job_record (schedule_id, id DESC) WHERE schedule_id IS NOT NULL;
CREATE INDEX job_record_asker ON jobs.job_record (requested_by, id DESC);
CREATE INDEX task_failed ON jobs.task (id DESC) WHERE state = 'failed';
CREATE INDEX task_ended ON jobs.task (upstream_id, finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX task_ended_group ON jobs.task (upstream_id, finished_at)
    WHERE finished_at IS NOT NULL AND dealer_id = '*';

-- A task as it is told: each column is a field of the message.
CREATE VIEW jobs.task_told AS
SELECT t.id,
       t.job_id,
       t.dealer_id,
       t.feed,
       to_char(t.from_at, 'YYYY-MM-DD HH24:MI:SS') AS "from",
       to_char(t.to_at, 'YYYY-MM-DD HH24:MI:SS') AS "to",
       t.state,
       t.attempt,
       t.error_code,
       t.error_text,
       t.rows_read,
       t.rows_new,
       t.rows_changed,
       t.rows_same,
       t.rows_quarantined,
       CASE WHEN t.state = 'leased' THEN coalesce(l.bytes, 0) ELSE t.bytes END AS bytes,
       (extract(epoch FROM t.not_before) * 1000)::bigint AS not_before,
       (extract(epoch FROM t.started_at) * 1000)::bigint AS started_at,
       (extract(epoch FROM t.finished_at) * 1000)::bigint AS finished_at,
       t.kind,
       CASE WHEN t.dealer_id = '*'
            THEN (SELECT array_agg(d.dealer_id ORDER BY d.dealer_id) FROM jobs.task_dealer d WHERE d.task_id = t.id)
       END AS dealer_ids,
       (extract(epoch FROM t.created_at) * 1000)::bigint AS created_at,
       l.phase,
       (extract(epoch FROM l.phase_at) * 1000)::bigint AS phase_at,
       l.rows AS rows_parsed,
       f.name AS fetcher
FROM jobs.task t
LEFT JOIN jobs.lease l ON l.task_id = t.id AND l.epoch = t.epoch AND t.state = 'leased'
LEFT JOIN jobs.fetcher f ON f.instance = l.instance;
COMMENT ON VIEW jobs.task_told IS 'Tasks in the words of the bus: times in ms since 1970, windows as text';

-- The smallest id that a UUID of version 7 made at that time can have.
CREATE FUNCTION jobs.uuid_at(p_at timestamptz) RETURNS uuid
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT (lpad(to_hex(greatest(0, (extract(epoch FROM p_at) * 1000)::bigint)), 12, '0') || repeat('0', 20))::uuid;
$$;

-- Ids of jobs, the latest first. Null = no such filter. A text of eight or more hexadecimal digits is
-- the beginning of an id; any other is looked for in error and requester, in the 31 days before p_to
-- unless p_from says more: so it needs no index of words. Ids are made by the schedulers' clocks: an
-- hour of difference to the database's is allowed for.
CREATE FUNCTION jobs.find_jobs(p_dealer text, p_states text[], p_feed text, p_kind text, p_by text,
                               p_schedule bigint, p_from timestamptz, p_to timestamptz, p_text text,
                               p_before uuid, p_limit int) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    words text := lower(p_text);
    digits text := replace(words, '-', '');
    first uuid := '00000000-0000-0000-0000-000000000000';
    last uuid := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
    since timestamptz := coalesce(p_from, '-infinity');
BEGIN
    IF digits ~ '^[0-9a-f]{8,32}$' THEN
        first := rpad(digits, 32, '0')::uuid;
        last := rpad(digits, 32, 'f')::uuid;
        words := NULL;
    ELSIF words IS NOT NULL AND p_from IS NULL THEN
        since := coalesce(p_to, clock_timestamp()) - interval '31 days';
    END IF;
    IF since > '-infinity' THEN
        first := greatest(first, jobs.uuid_at(since - interval '1 hour'));
    END IF;
    IF p_to IS NOT NULL THEN
        last := least(last, jobs.uuid_at(p_to + interval '1 hour'));
    END IF;
    IF p_before IS NOT NULL THEN
        last := least(last, p_before);
    END IF;
    IF p_dealer IS NOT NULL THEN
        RETURN QUERY
        SELECT j.id
        FROM jobs.job_dealer d
        JOIN jobs.job_record j ON j.id = d.job_id
        WHERE d.dealer_id = p_dealer
          AND d.job_id BETWEEN first AND last AND d.job_id IS DISTINCT FROM p_before
          AND j.created_at >= since AND (p_to IS NULL OR j.created_at < p_to)
          AND (p_states IS NULL OR j.state = ANY (p_states))
          AND (p_feed IS NULL OR p_feed = ANY (j.feeds))
          AND (p_kind IS NULL OR j.kind = p_kind)
          AND (p_by IS NULL OR j.requested_by = p_by)
          AND (p_schedule IS NULL OR j.schedule_id = p_schedule)
          AND (words IS NULL OR strpos(lower(concat_ws(E'\n', j.error_code, j.error_text, j.requested_by)), words) > 0)
        ORDER BY d.job_id DESC
        LIMIT p_limit;
    ELSE
        RETURN QUERY
        SELECT j.id
        FROM jobs.job_record j
        WHERE j.id BETWEEN first AND last AND j.id IS DISTINCT FROM p_before
          AND j.created_at >= since AND (p_to IS NULL OR j.created_at < p_to)
          AND (p_states IS NULL OR j.state = ANY (p_states))
          AND (p_feed IS NULL OR p_feed = ANY (j.feeds))
          AND (p_kind IS NULL OR j.kind = p_kind)
          AND (p_by IS NULL OR j.requested_by = p_by)
          AND (p_schedule IS NULL OR j.schedule_id = p_schedule)
          AND (words IS NULL OR strpos(lower(concat_ws(E'\n', j.error_code, j.error_text, j.requested_by)), words) > 0)
        ORDER BY j.id DESC
        LIMIT p_limit;
    END IF;
END
$$;

-- About the first task that was queued at that time or later: ids rise with the time, but for
-- transactions side by side. A search by halves, since an index on the time would cost each task.
CREATE FUNCTION jobs.task_at(p_at timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    low bigint := (SELECT min(id) FROM jobs.task);
    high bigint := (SELECT max(id) + 1 FROM jobs.task);
    middle bigint;
    found_id bigint;
    found_at timestamptz;
BEGIN
    WHILE low < high LOOP
        middle := low + (high - low) / 2;
        SELECT id, created_at INTO found_id, found_at FROM jobs.task WHERE id >= middle ORDER BY id LIMIT 1;
        IF found_id IS NULL OR found_at >= p_at THEN
            high := middle;
        ELSE
            low := found_id + 1;
        END IF;
    END LOOP;
    RETURN low;
END
$$;

-- Ids of tasks of all jobs, the latest first. Null = no such filter.
CREATE FUNCTION jobs.find_tasks(p_dealer text, p_states text[], p_feed text, p_code text, p_kind text,
                                p_from timestamptz, p_to timestamptz, p_before bigint, p_limit int)
RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    first bigint := CASE WHEN p_from IS NULL THEN 1 ELSE coalesce(jobs.task_at(p_from - interval '1 hour'), 1) END;
    last bigint := CASE WHEN p_to IS NULL THEN 9223372036854775807
                        ELSE coalesce(jobs.task_at(p_to + interval '1 hour'), 1) END;
BEGIN
    last := least(last, p_before - 1);
    IF p_dealer IS NOT NULL THEN
        RETURN QUERY
        SELECT t.id
        FROM jobs.task_dealer d
        JOIN jobs.task t ON t.id = d.task_id
        WHERE d.dealer_id = p_dealer
          AND d.task_id BETWEEN first AND last
          AND (p_states IS NULL OR t.state = ANY (p_states))
          AND (p_feed IS NULL OR t.feed = p_feed)
          AND (p_code IS NULL OR t.error_code = p_code)
          AND (p_kind IS NULL OR t.kind = p_kind)
          AND (p_from IS NULL OR t.created_at >= p_from) AND (p_to IS NULL OR t.created_at < p_to)
        ORDER BY d.task_id DESC
        LIMIT p_limit;
    ELSE
        RETURN QUERY
        SELECT t.id
        FROM jobs.task t
        WHERE t.id BETWEEN first AND last
          AND (p_states IS NULL OR t.state = ANY (p_states))
          AND (p_feed IS NULL OR t.feed = p_feed)
          AND (p_code IS NULL OR t.error_code = p_code)
          AND (p_kind IS NULL OR t.kind = p_kind)
          AND (p_from IS NULL OR t.created_at >= p_from) AND (p_to IS NULL OR t.created_at < p_to)
        ORDER BY t.id DESC
        LIMIT p_limit;
    END IF;
END
$$;

-- Why no task of a job can run at present, and until when; no row while one could. The first 500 that
-- wait stand for all of them. The reason of most of them is told.
CREATE FUNCTION jobs.why_waiting(p_at timestamptz, p_job uuid)
RETURNS TABLE (waiting_for text, waiting_until timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH waiting AS (
        SELECT * FROM jobs.task
        WHERE job_id = p_job AND state = 'queued'
        ORDER BY id
        LIMIT 500
    ), reasons AS (
        SELECT CASE
                   WHEN EXISTS (SELECT FROM jobs.pause p
                                WHERE (p.scope, p.target) IN (('all', ''), ('dealer', t.dealer_id), ('feed', t.feed),
                                                              ('credential', t.credential_id::text), ('upstream', u.name)))
                       THEN 'paused'
                   WHEN t.dealer_id <> '*' AND d.is_active IS NOT TRUE THEN 'dealer_inactive'
                   WHEN t.dealer_id <> '*' AND d.credential_id IS NULL THEN 'no_credential'
                   WHEN t.kind = 'fetch' AND c.flagged_at IS NOT NULL THEN 'credential_flagged'
                   WHEN t.kind = 'fetch' AND c.blocked_until > p_at
                       THEN CASE WHEN c.blocked_code LIKE '%quota%' THEN 'quota' ELSE 'blocked' END
                   WHEN t.kind = 'fetch' AND s.open_until > p_at THEN 'breaker_open'
                   WHEN NOT t.ready AND t.not_before > p_at THEN 'retry'
               END AS reason,
               greatest(t.not_before, c.blocked_until, s.open_until) AS until
        FROM waiting t
        JOIN dealer.upstream u ON u.id = t.upstream_id
        LEFT JOIN dealer.dealers d ON d.dealer_id = t.dealer_id
        LEFT JOIN jobs.credential_state c ON c.credential_id = t.credential_id
        LEFT JOIN jobs.upstream_state s ON s.upstream_id = t.upstream_id
    )
    SELECT mode() WITHIN GROUP (ORDER BY reason),
           min(until) FILTER (WHERE reason IN ('quota', 'blocked', 'breaker_open', 'retry'))
    FROM reasons
    HAVING count(*) > 0 AND count(*) = count(reason);
$$;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION jobs.find_jobs, jobs.find_tasks, jobs.why_waiting TO dd_scheduler;
GRANT SELECT ON jobs.task_told TO dd_scheduler, dd_analytics, dd_reader;
