-- What became of jobs: the lists that people filter and page through, and why a job waits.
--
-- The functions that find make a plan for each call: which index serves depends on the filters that are
-- given. They return ids alone; the views tell. Tasks are found by way of their jobs: an index over
-- what changes when a task ends would make each end write to all indexes of jobs.task.

CREATE INDEX job_record_state ON jobs.job_record (state, id DESC);
CREATE INDEX job_record_kind ON jobs.job_record (kind, id DESC);
CREATE INDEX job_record_schedule ON jobs.job_record (schedule_id, id DESC) WHERE schedule_id IS NOT NULL;
CREATE INDEX job_record_asker ON jobs.job_record (requested_by, id DESC);
CREATE INDEX job_record_failures ON jobs.job_record (id DESC) WHERE tasks_failed > 0;
CREATE INDEX task_group ON jobs.task (job_id) WHERE dealer_id = '*';
-- Knows only what failed: the end of a task that went well does not touch it.
CREATE INDEX task_error ON jobs.task (error_code, job_id DESC, id DESC) WHERE error_code IS NOT NULL;

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

-- The smallest id that a UUID of version 7 made at that time can have; null for null.
CREATE FUNCTION jobs.uuid_at(p_at timestamptz) RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
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
    everything CONSTANT boolean := '*' = ANY (dealer.sight());
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
          AND (everything OR jobs.in_sight(j.id))
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
          AND (everything OR jobs.in_sight(j.id))
        ORDER BY j.id DESC
        LIMIT p_limit;
    END IF;
END
$$;

-- Ids of tasks, those of the latest job first, and of one job the latest first. Null = no such filter;
-- the times are those of the jobs. p_job and p_before: the last row of the page before.
CREATE FUNCTION jobs.find_tasks(p_dealer text, p_states text[], p_feed text, p_code text, p_kind text,
                                p_from timestamptz, p_to timestamptz, p_job uuid, p_before bigint, p_limit int)
RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    everything CONSTANT boolean := '*' = ANY (dealer.sight());
    first uuid := coalesce(jobs.uuid_at(p_from - interval '1 hour'), '00000000-0000-0000-0000-000000000000');
    last uuid := coalesce(least(p_job, jobs.uuid_at(p_to + interval '1 hour')), 'ffffffff-ffff-ffff-ffff-ffffffffffff');
BEGIN
    IF p_code IS NOT NULL THEN
        RETURN QUERY
        SELECT k.id
        FROM jobs.task k
        JOIN jobs.job_record j ON j.id = k.job_id
        WHERE k.error_code = p_code AND k.job_id BETWEEN first AND last
          AND (k.job_id IS DISTINCT FROM p_job OR k.id < p_before)
          AND (everything OR jobs.in_sight(j.id))
          AND (p_from IS NULL OR j.created_at >= p_from) AND (p_to IS NULL OR j.created_at < p_to)
          AND (p_states IS NULL OR k.state = ANY (p_states))
          AND (p_feed IS NULL OR k.feed = p_feed)
          AND (p_kind IS NULL OR k.kind = p_kind)
          AND (p_dealer IS NULL OR k.dealer_id = p_dealer
               OR k.dealer_id = '*' AND EXISTS (SELECT FROM jobs.task_dealer m
                                                WHERE m.dealer_id = p_dealer AND m.task_id = k.id))
        ORDER BY k.job_id DESC, k.id DESC
        LIMIT p_limit;
    ELSIF p_dealer IS NOT NULL THEN
        RETURN QUERY
        SELECT t.id
        FROM jobs.job_dealer d
        JOIN jobs.job_record j ON j.id = d.job_id
        CROSS JOIN LATERAL (
            SELECT k.id
            FROM jobs.task k
            WHERE k.job_id = j.id AND (j.id IS DISTINCT FROM p_job OR k.id < p_before)
              AND (p_states IS NULL OR k.state = ANY (p_states))
              AND (p_feed IS NULL OR k.feed = p_feed)
              AND (p_kind IS NULL OR k.kind = p_kind)
              AND (k.dealer_id = p_dealer
                   OR k.dealer_id = '*' AND EXISTS (SELECT FROM jobs.task_dealer m
                                                    WHERE m.dealer_id = p_dealer AND m.task_id = k.id))
            ORDER BY k.id DESC) t
        WHERE d.dealer_id = p_dealer AND d.job_id BETWEEN first AND last
          AND (everything OR jobs.in_sight(j.id))
          AND (p_from IS NULL OR j.created_at >= p_from) AND (p_to IS NULL OR j.created_at < p_to)
          AND (p_states IS NULL
               OR 'failed' = ANY (p_states) AND j.tasks_failed > 0
               OR 'cancelled' = ANY (p_states) AND j.tasks_cancelled > 0
               OR 'succeeded' = ANY (p_states)
               OR p_states && '{queued,leased}' AND j.state IN ('queued', 'running'))
        ORDER BY d.job_id DESC, t.id DESC
        LIMIT p_limit;
    ELSE
        RETURN QUERY
        SELECT t.id
        FROM jobs.job_record j
        CROSS JOIN LATERAL (
            SELECT k.id
            FROM jobs.task k
            WHERE k.job_id = j.id AND (j.id IS DISTINCT FROM p_job OR k.id < p_before)
              AND (p_states IS NULL OR k.state = ANY (p_states))
              AND (p_feed IS NULL OR k.feed = p_feed)
              AND (p_kind IS NULL OR k.kind = p_kind)
            ORDER BY k.id DESC) t
        WHERE j.id BETWEEN first AND last
          AND (everything OR jobs.in_sight(j.id))
          AND (p_from IS NULL OR j.created_at >= p_from) AND (p_to IS NULL OR j.created_at < p_to)
          AND (p_states IS NULL
               OR 'failed' = ANY (p_states) AND j.tasks_failed > 0
               OR 'cancelled' = ANY (p_states) AND j.tasks_cancelled > 0
               OR 'succeeded' = ANY (p_states)
               OR p_states && '{queued,leased}' AND j.state IN ('queued', 'running'))
        ORDER BY j.id DESC, t.id DESC
        LIMIT p_limit;
    END IF;
END
$$;

-- What became of the tasks that ended in a range of days, counted by day, dealer and time taken. A day is
-- one of the upstream's zone. Tasks are read by way of the jobs that were not over before the range.
-- A task for several dealers counts for each; `first` tells one of these, or the only one. `step` is
-- the time of the last try, in sixteenths of a factor e. Few groups come of many rows: no sorting, and the
-- day of each row is computed once: groups, not rows, are held against the range.
CREATE FUNCTION jobs.ended_figures(p_from date, p_to date, p_dealer text, p_feed text)
RETURNS TABLE (day date, dealer text, first boolean, step double precision, tasks bigint, succeeded bigint,
               failed bigint, attempts bigint, retries bigint, calls bigint, bytes numeric, rows_read numeric,
               rows_new numeric, rows_changed numeric, rows_quarantined numeric)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET enable_sort = off
SET work_mem = '16MB' AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT e.*
    FROM (
        SELECT (t.finished_at AT TIME ZONE u.zone)::date AS day,
               t.dealer_id::text,
               true,
               ceil(16 * ln(1 + 1000 * date_part('epoch', t.finished_at - t.started_at))),
               count(*),
               count(*) FILTER (WHERE t.state = 'succeeded'),
               count(*) FILTER (WHERE t.state = 'failed'),
               sum(t.attempt),
               sum(greatest(t.attempt - 1, 0)),
               sum(t.attempt) FILTER (WHERE t.kind = 'fetch'),
               sum(t.bytes),
               sum(t.rows_read),
               sum(t.rows_new),
               sum(t.rows_changed),
               sum(t.rows_quarantined)
        FROM jobs.job_record j
        JOIN jobs.task t ON t.job_id = j.id
        JOIN dealer.upstream u ON u.id = t.upstream_id
        WHERE j.created_at < p_to + interval '2 days'
          AND (j.finished_at >= p_from - interval '1 day' OR j.state IN ('queued', 'running'))
          AND t.finished_at IS NOT NULL AND t.dealer_id <> '*'
          AND (p_dealer IS NULL OR t.dealer_id = p_dealer)
          AND (p_feed IS NULL OR t.feed = p_feed)
        GROUP BY 1, 2, 4
        UNION ALL
        SELECT (t.finished_at AT TIME ZONE u.zone)::date,
               m.dealer_id::text,
               p_dealer IS NOT NULL
                   OR m.dealer_id = (SELECT min(o.dealer_id) FROM jobs.task_dealer o WHERE o.task_id = t.id),
               ceil(16 * ln(1 + 1000 * date_part('epoch', t.finished_at - t.started_at))),
               count(*),
               count(*) FILTER (WHERE t.state = 'succeeded'),
               count(*) FILTER (WHERE t.state = 'failed'),
               sum(t.attempt),
               sum(greatest(t.attempt - 1, 0)),
               sum(t.attempt) FILTER (WHERE t.kind = 'fetch'),
               sum(t.bytes),
               sum(m.rows_read),
               sum(m.rows_new),
               sum(m.rows_changed),
               sum(m.rows_quarantined)
        FROM jobs.job_record j
        JOIN jobs.task t ON t.job_id = j.id
        JOIN dealer.upstream u ON u.id = t.upstream_id
        JOIN jobs.task_dealer m ON m.task_id = t.id
        WHERE j.created_at < p_to + interval '2 days'
          AND (j.finished_at >= p_from - interval '1 day' OR j.state IN ('queued', 'running'))
          AND t.finished_at IS NOT NULL AND t.dealer_id = '*'
          AND (p_dealer IS NULL OR m.dealer_id = p_dealer)
          AND (p_feed IS NULL OR t.feed = p_feed)
        GROUP BY 1, 2, 3, 4
        OFFSET 0) e
    WHERE e.day BETWEEN p_from AND p_to;
END
$$;

-- Why no task of a job can run at present, and until when; no row while one could. A lane tells why it
-- is not served; a feed, and the dealers of a call for several, are paused task by task. Some that wait
-- stand for all of them, and the reason of most of these is told. Whoever looks at a job asks for this, so
-- only the lanes of its credentials are looked at. No order and no bitmap: these would read all older
-- tasks, or all of the job, for the few.
CREATE FUNCTION jobs.why_waiting(p_at timestamptz, p_job uuid)
RETURNS TABLE (waiting_for text, waiting_until timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_bitmapscan = off AS $$
BEGIN
    RETURN QUERY
    WITH waiting AS MATERIALIZED (
        SELECT * FROM jobs.task
        WHERE job_id = p_job AND state = 'queued'
        LIMIT 500
    ), lane AS MATERIALIZED (
        SELECT l.*, k.blocked_until
        FROM jobs.lanes(p_at, ARRAY(SELECT DISTINCT credential_id FROM waiting)) l
        LEFT JOIN jobs.credential_state k ON k.credential_id = l.caller
    ), reasons AS (
        SELECT t.*, u.zone, s.open_until, l.blocked_until,
               CASE
                   WHEN NOT t.ready AND t.not_before > p_at THEN 'retry'
                   -- A replay makes no call: only its dealer's state holds it.
                   WHEN t.kind = 'replay'
                       THEN CASE WHEN l.waits_for IN ('paused', 'dealer_inactive', 'no_credential') THEN l.waits_for END
                   WHEN EXISTS (SELECT FROM jobs.pause p WHERE p.scope = 'feed' AND p.target = t.feed)
                        OR t.dealer_id = '*' AND EXISTS (
                            SELECT FROM jobs.task_dealer m
                            JOIN jobs.pause p ON p.scope = 'dealer' AND p.target = m.dealer_id
                            WHERE m.task_id = t.id)
                       THEN 'paused'
                   ELSE l.waits_for
               END AS reason
        FROM waiting t
        JOIN dealer.upstream u ON u.id = t.upstream_id
        LEFT JOIN jobs.upstream_state s ON s.upstream_id = t.upstream_id
        LEFT JOIN lane l ON l.credential_id = t.credential_id AND l.dealer_id = t.dealer_id AND l.priority = t.priority
    )
    SELECT mode() WITHIN GROUP (ORDER BY reason),
           min(CASE reason
                   WHEN 'retry' THEN not_before
                   WHEN 'breaker_open' THEN open_until
                   WHEN 'blocked' THEN blocked_until
                   WHEN 'quota' THEN CASE
                       WHEN blocked_until > p_at THEN blocked_until
                       ELSE ((p_at AT TIME ZONE zone)::date + 1)::timestamp AT TIME ZONE zone
                   END
               END)
    FROM reasons
    HAVING count(*) > 0 AND count(*) = count(reason);
END
$$;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION jobs.find_jobs, jobs.find_tasks, jobs.why_waiting TO dd_scheduler;
GRANT EXECUTE ON FUNCTION jobs.ended_figures TO dd_analytics;
GRANT SELECT ON jobs.task_told TO dd_scheduler, dd_analytics, dd_reader;
