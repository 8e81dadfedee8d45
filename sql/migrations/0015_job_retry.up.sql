-- What follows a call that failed: another try, two calls with half of the window each, or the end.
-- The scheduler decides (services/scheduler/retry.c) by what jobs.failed_task() tells it; the
-- classes and effects of the codes are columns of proto/errors.def.
--
-- Locks, in this order: the task's row, its upstream's row, the job's row.

-- The first second of a window's second half, null when it is too short to be split: no half is
-- shorter than an hour. Longer than a day: the midnight next to the middle, so that halves are days.
CREATE FUNCTION jobs.split_at(p_from timestamp, p_to timestamp) RETURNS timestamp
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    least_part CONSTANT interval := interval '1 hour';
    ends CONSTANT timestamp := p_to + interval '1 second';
    middle CONSTANT timestamp := date_trunc('second', p_from + (ends - p_from) / 2);
    midnight CONSTANT timestamp := date_trunc('day', middle + interval '12 hours');
BEGIN
    IF ends - p_from < 2 * least_part THEN
        RETURN NULL;
    END IF;
    IF ends - p_from > interval '1 day' AND midnight - p_from >= least_part AND ends - midnight >= least_part THEN
        RETURN midnight;
    END IF;
    RETURN middle;
END
$$;

-- When no further try of a task begins any more: so long after its first lease.
CREATE FUNCTION jobs.task_deadline(p_task bigint, p_deadline_minutes int) RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(t.deadline_at,
                    (SELECT min(a.started_at) FROM jobs.attempt a WHERE a.task_id = t.id)
                    + make_interval(mins => coalesce(f.deadline_minutes, p_deadline_minutes)))
    FROM jobs.task t
    LEFT JOIN jobs.feed f ON f.feed = t.feed
    WHERE t.id = p_task
$$;

-- An answer that is too large gets smaller with one dealer, too; a window that is refused does not.
CREATE FUNCTION jobs.splits_by_dealer(p_task bigint, p_code text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT p_code = 'upstream.too_large'
           AND (SELECT dealer_id FROM jobs.task WHERE id = p_task) = '*'
           AND (SELECT count(*) FROM jobs.task_dealer WHERE task_id = p_task) > 1
$$;

-- What the decision about a failed call needs; no row when the lease is lost. Nulls of the policy
-- mean the scheduler's settings. attempt: without the tries whose fetcher died, which say nothing about
-- the call. left_ms: until the task's deadline, which counts from its first lease; midnight_ms: until the
-- upstream's next day, when it grants new calls.
CREATE FUNCTION jobs.failed_task(p_at timestamptz, p_task bigint, p_epoch int, p_code text, p_deadline_minutes int)
RETURNS TABLE (attempt int, max_attempts int, retry_base_ms int, retry_cap_ms int, left_ms bigint,
               midnight_ms bigint, can_split boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT t.attempt - t.losses, f.max_attempts, f.retry_base_ms, f.retry_cap_ms,
           (extract(epoch FROM jobs.task_deadline(t.id, p_deadline_minutes) - p_at) * 1000)::bigint,
           (extract(epoch FROM (date_trunc('day', p_at AT TIME ZONE u.zone) + interval '1 day') AT TIME ZONE u.zone
                               - p_at) * 1000)::bigint,
           t.kind = 'fetch' AND (jobs.split_at(t.from_at, t.to_at) IS NOT NULL
                                 OR jobs.splits_by_dealer(t.id, p_code))
    FROM jobs.task t
    JOIN dealer.upstream u ON u.id = t.upstream_id
    LEFT JOIN jobs.feed f ON f.feed = t.feed
    WHERE t.id = p_task AND t.epoch = p_epoch AND t.state = 'leased'
$$;

-- The upstream's clock minus ours, as a call found it that had to correct it or began corrected. Up
-- to 2 s are no skew: calls begin uncorrected again. Changes of less than a second are not written.
CREATE FUNCTION jobs.note_skew(p_at timestamptz, p_upstream bigint, p_skew_ms bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    new_skew CONSTANT bigint := CASE WHEN abs(p_skew_ms) > 2000 THEN p_skew_ms END;
    old_skew bigint;
BEGIN
    SELECT skew_ms INTO old_skew FROM jobs.upstream_state WHERE upstream_id = p_upstream;
    IF (new_skew IS NULL AND old_skew IS NULL) OR abs(new_skew - old_skew) < 1000 THEN
        RETURN;
    END IF;
    PERFORM jobs.hold_upstreams(ARRAY[p_upstream]);
    INSERT INTO jobs.upstream_state (upstream_id, skew_ms, skew_at)
    VALUES (p_upstream, new_skew, p_at)
    ON CONFLICT (upstream_id) DO UPDATE SET skew_ms = excluded.skew_ms, skew_at = excluded.skew_at;
END
$$;

-- Gives the second half of a task's window to a new task of the same job, or else each of its dealers
-- but the first a task of its own: a group call brings what all dealers of the credential have, however
-- few of them are wanted. Null when there is nothing to split. The caller holds the task's row and
-- requeues it: all parts are ready with the next tick.
CREATE FUNCTION jobs.split_task(p_at timestamptz, p_task bigint, p_code text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    whole jobs.task;
    cut timestamp;
    owner text;
    part bigint;
    parts int := 0;
BEGIN
    SELECT * INTO whole FROM jobs.task WHERE id = p_task;
    cut := jobs.split_at(whole.from_at, whole.to_at);
    IF whole.kind <> 'fetch' OR (cut IS NULL AND NOT jobs.splits_by_dealer(p_task, p_code)) THEN
        RETURN NULL;
    END IF;
    FOR owner IN SELECT whole.dealer_id WHERE cut IS NOT NULL
                 UNION ALL
                 (SELECT dealer_id FROM jobs.task_dealer WHERE cut IS NULL AND task_id = p_task
                  ORDER BY dealer_id OFFSET 1)
    LOOP
        INSERT INTO jobs.task (job_id, upstream_id, credential_id, dealer_id, feed, from_at, to_at, priority, kind,
                               ready, not_before, created_at)
        VALUES (whole.job_id, whole.upstream_id, whole.credential_id, owner, whole.feed,
                coalesce(cut, whole.from_at), whole.to_at, whole.priority, whole.kind, false, p_at, p_at)
        RETURNING id INTO part;
        parts := parts + 1;
        IF cut IS NOT NULL THEN
            INSERT INTO jobs.task_dealer (dealer_id, task_id, job_id)
            SELECT dealer_id, part, job_id FROM jobs.task_dealer WHERE task_id = p_task;
        ELSE
            UPDATE jobs.task_dealer SET task_id = part WHERE task_id = p_task AND dealer_id = owner;
        END IF;
    END LOOP;
    UPDATE jobs.task
    SET to_at = coalesce(cut - interval '1 second', to_at),
        dealer_id = CASE WHEN cut IS NULL THEN (SELECT d.dealer_id FROM jobs.task_dealer d WHERE d.task_id = p_task)
                         ELSE dealer_id END
    WHERE id = p_task;
    UPDATE jobs.job_record SET tasks_total = tasks_total + parts, version = version + 1 WHERE id = whole.job_id;
    PERFORM pg_notify('dd_job', whole.job_id::text);
    RETURN part;
END
$$;

-- The call failed. With p_split its window is halved, if it can be; with p_retry_at the task waits
-- until then; else it has failed for good. A try that was split does not count as one. A job that is
-- being cancelled gets no further try. False: fenced, the lease is lost.
CREATE FUNCTION jobs.fail_task(p_at timestamptz, p_task bigint, p_epoch int, p_code text, p_text text,
                               p_retry_at timestamptz, p_http_status int, p_bytes bigint, p_dns_ms int,
                               p_connect_ms int, p_first_byte_ms int, p_total_ms int, p_body_head text,
                               p_skew_ms bigint DEFAULT NULL, p_retry_after_ms bigint DEFAULT NULL,
                               p_effect text DEFAULT '', p_split boolean DEFAULT false,
                               p_deadline_minutes int DEFAULT NULL) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    size CONSTANT bigint := coalesce(p_bytes, 0);
    its jobs.task;
    cancelled boolean;
BEGIN
    SELECT * INTO its FROM jobs.task WHERE id = p_task AND epoch = p_epoch AND state = 'leased' FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE jobs.attempt
    SET outcome = 'failed', error_code = p_code, error_text = p_text, http_status = p_http_status,
        bytes = size, dns_ms = p_dns_ms, connect_ms = p_connect_ms, first_byte_ms = p_first_byte_ms,
        total_ms = p_total_ms, body_head = p_body_head, skew_ms = p_skew_ms, finished_at = p_at
    WHERE task_id = p_task AND epoch = p_epoch;
    UPDATE jobs.task SET deadline_at = jobs.task_deadline(p_task, p_deadline_minutes) WHERE id = p_task;
    IF p_skew_ms IS NOT NULL THEN
        PERFORM jobs.note_skew(p_at, its.upstream_id, p_skew_ms);
    END IF;
    -- Refused was the secret that was sent, which may have been replaced since.
    IF p_effect <> 'flag' OR NOT EXISTS (SELECT FROM dealer.credential
                                         WHERE id = its.credential_id AND updated_at > its.started_at) THEN
        PERFORM jobs.note_failure(p_at, its.upstream_id, its.credential_id, p_code, p_text, p_effect, p_retry_after_ms);
    END IF;
    SELECT cancel_asked_at IS NOT NULL INTO cancelled FROM jobs.job_record WHERE id = its.job_id;
    IF cancelled AND (p_split OR p_retry_at IS NOT NULL) THEN
        PERFORM jobs.end_task(p_at, p_task, 'cancelled', p_code, p_text, size);
    ELSIF p_split AND jobs.split_task(p_at, p_task, p_code) IS NOT NULL THEN
        PERFORM jobs.wait_again(p_task, p_at, p_code, p_text, size);
        UPDATE jobs.task SET attempt = attempt - 1 WHERE id = p_task;
    ELSIF p_retry_at IS NOT NULL THEN
        -- What holds up the whole credential does not hold up the task: once it is lifted, the task goes on.
        PERFORM jobs.wait_again(p_task, CASE WHEN p_effect IN ('block', 'quota') THEN p_at ELSE p_retry_at END,
                                p_code, p_text, size);
    ELSE
        PERFORM jobs.end_task(p_at, p_task, 'failed', p_code, p_text, size);
    END IF;
    RETURN true;
END
$$;

-- The lease ends, and the task waits for its next try. The caller holds its row.
CREATE FUNCTION jobs.wait_again(p_task bigint, p_until timestamptz, p_code text, p_text text, p_bytes bigint)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE jobs.task
    SET state = 'queued', ready = false, not_before = p_until, error_code = p_code, error_text = p_text,
        bytes = p_bytes
    WHERE id = p_task;
    DELETE FROM jobs.lease WHERE task_id = p_task;
    PERFORM jobs.wake_waiting(upstream_id) FROM jobs.task WHERE id = p_task;
END
$$;

-- ---- calls that failed for good, once more ----

-- What calls that wait or run will bring of each dealer and feed; those of a job that is being cancelled
-- will not.
CREATE FUNCTION jobs.open_windows(p_dealers text[])
RETURNS TABLE (dealer_id text, feed text, windows tsmultirange)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH open_call AS (
        SELECT t.id, t.job_id, t.feed, t.from_at, t.to_at FROM jobs.task t
        WHERE t.state = 'queued' AND t.ready AND t.kind = 'fetch'
        UNION ALL
        SELECT t.id, t.job_id, t.feed, t.from_at, t.to_at FROM jobs.task t
        WHERE t.state = 'queued' AND NOT t.ready AND t.not_before IS NOT NULL AND t.kind = 'fetch'
        UNION ALL
        SELECT t.id, t.job_id, t.feed, t.from_at, t.to_at
        FROM jobs.lease l
        JOIN jobs.task t ON t.id = l.task_id AND t.kind = 'fetch'
    )
    SELECT d.dealer_id, c.feed, range_agg(tsrange(c.from_at, c.to_at + interval '1 second'))
    FROM open_call c
    JOIN jobs.job_record j ON j.id = c.job_id AND j.cancel_asked_at IS NULL
    JOIN jobs.task_dealer d ON d.task_id = c.id AND d.state = 'queued'
    WHERE d.dealer_id = ANY (p_dealers)
    GROUP BY 1, 2
$$;

-- The windows of tasks that failed for good, per dealer and once each, and what becomes of them: again;
-- lost = it has left the upstream's history meanwhile; stored = another call stored it since; pending =
-- what is not stored of it, other calls are about to fetch; gone = the dealer is inactive or has no
-- credential. A window that is still kept in part begins later.
-- shared: it was asked for in one call with other dealers. Null = any; p_from, p_to: when they ended.
CREATE FUNCTION jobs.rerun_windows(p_at timestamptz, p_tasks bigint[], p_job uuid, p_dealers text[], p_feed text,
                                   p_code text, p_from timestamptz, p_to timestamptz, p_cancelled boolean,
                                   p_force boolean)
RETURNS TABLE (dealer_id text, credential_id bigint, feed text, from_at timestamp, to_at timestamp, shared boolean,
               fate text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
BEGIN
    -- Planned for the filters that are given: by the task, by the job, else by what failed alone.
    RETURN QUERY
    WITH chosen AS (
        SELECT t.id, t.feed, t.from_at, t.to_at, t.dealer_id = '*' AS shared
        FROM jobs.task t
        WHERE (t.state = 'failed' AND t.error_code IS NOT NULL
               OR p_cancelled AND t.state = 'cancelled'
                  AND t.job_id = ANY (ARRAY(SELECT j.id FROM jobs.job_record j WHERE j.tasks_cancelled > 0)))
          AND t.kind = 'fetch'
          AND (p_tasks IS NULL OR t.id = ANY (p_tasks))
          AND (p_job IS NULL OR t.job_id = p_job)
          AND (p_feed IS NULL OR t.feed = p_feed)
          AND (p_code IS NULL OR t.error_code = p_code)
          AND (p_from IS NULL OR t.finished_at >= p_from)
          AND (p_to IS NULL OR t.finished_at <= p_to)
    ), part AS (
        SELECT d.dealer_id, m.credential_id, c.feed,
               greatest(c.from_at, date_trunc('day', p_at AT TIME ZONE u.zone)
                                   - make_interval(days => u.history_days)) AS from_at,
               c.to_at, bool_and(c.shared AND u.group_calls) AS shared, bool_and(m.is_active) AS active
        FROM chosen c
        JOIN jobs.task_dealer d ON d.task_id = c.id
        LEFT JOIN dealer.dealers m ON m.dealer_id = d.dealer_id
        LEFT JOIN dealer.credential k ON k.id = m.credential_id
        LEFT JOIN dealer.upstream u ON u.id = k.upstream_id
        WHERE p_dealers IS NULL OR d.dealer_id = ANY (p_dealers)
        GROUP BY 1, 2, 3, 4, 5
    ), open AS MATERIALIZED (
        SELECT w.dealer_id, w.feed, w.windows
        FROM jobs.open_windows(ARRAY(SELECT DISTINCT dealer_id::text FROM part)) w
        WHERE NOT p_force
    ), known AS (
        SELECT p.*, NOT (p.active IS TRUE AND p.credential_id IS NOT NULL) AS gone,
               CASE WHEN p.from_at <= p.to_at THEN tsrange(p.from_at, p.to_at + interval '1 second') END AS asked,
               coalesce((SELECT range_agg(stored)
                         FROM jobs.coverage v
                         CROSS JOIN LATERAL unnest(v.covered) stored
                         WHERE NOT p_force AND v.dealer_id = p.dealer_id AND v.feed = p.feed
                           AND v.day BETWEEN p.from_at::date AND p.to_at::date), '{}') AS stored,
               coalesce(o.windows, '{}') AS coming
        FROM part p
        LEFT JOIN open o ON o.dealer_id = p.dealer_id AND o.feed = p.feed
    )
    SELECT k.dealer_id::text, k.credential_id, k.feed, k.from_at, k.to_at, k.shared,
           CASE
               WHEN k.gone THEN 'gone'
               WHEN k.asked IS NULL THEN 'lost'
               WHEN k.stored @> k.asked THEN 'stored'
               WHEN k.stored + k.coming @> k.asked THEN 'pending'
               ELSE 'again'
           END
    FROM known k;
END
$$;

-- Makes a job of kind rerun out of the windows of failed tasks, or tells what it would be. The same
-- request while such a job is unfinished gets that job. job_id is null after p_dry and when nothing is
-- to be run again.
CREATE FUNCTION jobs.rerun(p_at timestamptz, p_new uuid, p_requested_by text, p_tasks bigint[], p_job uuid,
                           p_dealers text[], p_feed text, p_code text, p_from timestamptz, p_to timestamptz,
                           p_cancelled boolean, p_force boolean, p_dry boolean)
RETURNS TABLE (job_id uuid, outcome text, tasks int, lost int, stored int, gone int, pending int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    most_members CONSTANT int := 200; -- of one call: a lease tells no more
    plan record;
    key CONSTANT bytea := sha256(convert_to(concat_ws(E'\x1f', 'rerun',
        ARRAY(SELECT t FROM unnest(p_tasks) t ORDER BY t)::text, coalesce(p_job::text, '-'),
        ARRAY(SELECT d FROM unnest(p_dealers) d ORDER BY d)::text, coalesce(p_feed, '-'), coalesce(p_code, '-'),
        coalesce(extract(epoch FROM p_from)::text, '-'), coalesce(extract(epoch FROM p_to)::text, '-'),
        p_cancelled::text, p_force::text), 'UTF8'));
BEGIN
    SELECT j.id INTO job_id FROM jobs.job_record j
    WHERE j.work_key = key AND j.state IN ('queued', 'running') AND j.cancel_asked_at IS NULL;
    IF FOUND AND NOT p_dry THEN
        outcome := 'existing';
        RETURN NEXT;
        RETURN;
    END IF;
    WITH part AS MATERIALIZED (
        SELECT * FROM jobs.rerun_windows(p_at, p_tasks, p_job, p_dealers, p_feed, p_code, p_from, p_to, p_cancelled,
                                         p_force)
    ), again AS MATERIALIZED (
        SELECT c.*, CASE WHEN c.shared AND count(*) OVER same > 1 THEN min(c.dealer_id) OVER same END AS lead
        FROM (SELECT p.*, (row_number() OVER (PARTITION BY p.shared, p.credential_id, p.feed, p.from_at, p.to_at
                                              ORDER BY p.dealer_id) - 1) / most_members AS part
              FROM part p
              WHERE p.fate = 'again') c
        WINDOW same AS (PARTITION BY c.shared, c.credential_id, c.feed, c.from_at, c.to_at, c.part)
    ), owner AS MATERIALIZED (
        SELECT dealer_id, min(credential_id) AS credential_id, row_number() OVER (ORDER BY dealer_id) AS place
        FROM again GROUP BY dealer_id
    ), feed AS MATERIALIZED (
        SELECT feed, row_number() OVER (ORDER BY feed) AS place FROM again GROUP BY feed
    ), call AS MATERIALIZED (
        SELECT a.lead, a.dealer_id, a.credential_id, a.feed, a.from_at, a.to_at,
               CASE WHEN a.lead IS NULL THEN o.place ELSE -o.place END AS dealer, f.place AS feed_place,
               row_number() OVER (ORDER BY a.dealer_id, a.feed, a.from_at, a.to_at, a.lead) AS place
        FROM again a
        JOIN owner o ON o.dealer_id = a.dealer_id
        JOIN feed f ON f.feed = a.feed
        WHERE a.lead IS NULL OR a.lead = a.dealer_id
    ), member AS (
        SELECT c.place AS call, o.place AS dealer
        FROM call c
        JOIN again a ON a.lead = c.lead AND a.credential_id = c.credential_id AND a.feed = c.feed
                    AND a.from_at = c.from_at AND a.to_at = c.to_at
        JOIN owner o ON o.dealer_id = a.dealer_id
    )
    SELECT (SELECT array_agg(dealer_id ORDER BY place) FROM owner) AS dealers,
           (SELECT array_agg(credential_id ORDER BY place) FROM owner) AS credentials,
           (SELECT array_agg(feed ORDER BY place) FROM feed) AS feeds,
           (SELECT min(from_at) FROM call) AS begins, (SELECT max(to_at) FROM call) AS ends,
           (SELECT array_agg(dealer::int ORDER BY place) FROM call) AS call_dealer,
           (SELECT array_agg(feed_place::int ORDER BY place) FROM call) AS call_feed,
           (SELECT array_agg(extract(epoch FROM from_at)::bigint ORDER BY place) FROM call) AS call_from,
           (SELECT array_agg(extract(epoch FROM to_at)::bigint ORDER BY place) FROM call) AS call_to,
           (SELECT array_agg(call::int ORDER BY call, dealer) FROM member) AS member_call,
           (SELECT array_agg(dealer::int ORDER BY call, dealer) FROM member) AS member_dealer,
           (SELECT count(*) FROM part WHERE fate = 'lost') AS lost,
           (SELECT count(*) FROM part WHERE fate = 'stored') AS stored,
           (SELECT count(*) FROM part WHERE fate = 'gone') AS gone,
           (SELECT count(*) FROM part WHERE fate = 'pending') AS pending
    INTO plan;
    job_id := NULL;
    outcome := 'planned';
    tasks := coalesce(cardinality(plan.call_dealer), 0);
    lost := plan.lost;
    stored := plan.stored;
    gone := plan.gone;
    pending := plan.pending;
    IF tasks > 0 AND NOT p_dry THEN
        SELECT s.job_id, s.outcome INTO job_id, outcome
        FROM jobs.submit(p_at, p_new, 'rerun', NULL, plan.feeds, plan.begins, plan.ends, 1, p_requested_by, key, NULL,
                         NULL, NULL, plan.dealers, plan.credentials, plan.call_dealer, plan.call_feed, plan.call_from,
                         plan.call_to, coalesce(plan.member_call, '{}'), coalesce(plan.member_dealer, '{}')) s;
    END IF;
    RETURN NEXT;
END
$$;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION jobs.failed_task, jobs.fail_task, jobs.rerun TO dd_scheduler;
