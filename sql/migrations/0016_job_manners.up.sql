-- What people and upstreams say about which tasks may run: breaker, refusals, pauses, cancelling.
-- jobs.lease_tasks() obeys; the states are in jobs.upstream_state, credential_state, pause and
-- job_record.
--
-- SQLSTATEs: DD030 the job has ended, DD031 there is nothing of that name to pause.

-- A call succeeded: whatever was held against the upstream is forgotten. Belongs into the storing
-- transaction, so it never waits for the row: where somebody holds it, a mark is left for the next who does.
-- Called while something is held against it.
CREATE FUNCTION jobs.note_success(p_at timestamptz, p_upstream bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM jobs.upstream_state s WHERE s.upstream_id = p_upstream FOR NO KEY UPDATE SKIP LOCKED) THEN
        INSERT INTO jobs.upstream_success (upstream_id) VALUES (p_upstream);
        PERFORM pg_notify('dd_ready', '');
        RETURN;
    END IF;
    UPDATE jobs.upstream_state
    SET failures = 0, opened = 0, open_until = NULL
    WHERE upstream_id IN (SELECT s.upstream_id FROM jobs.upstream_state s
                          WHERE s.upstream_id = p_upstream AND (s.failures > 0 OR s.open_until IS NOT NULL)
                          FOR NO KEY UPDATE SKIP LOCKED);
    IF FOUND THEN
        PERFORM pg_notify('dd_ready', '');
    END IF;
END
$$;

-- Successes that found the row held count now; the caller holds these rows.
CREATE FUNCTION jobs.take_successes(p_upstreams bigint[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM jobs.upstream_success) THEN
        RETURN;
    END IF;
    WITH taken AS (
        DELETE FROM jobs.upstream_success WHERE upstream_id = ANY (p_upstreams) RETURNING upstream_id
    )
    UPDATE jobs.upstream_state
    SET failures = 0, opened = 0, open_until = NULL
    WHERE upstream_id IN (SELECT upstream_id FROM taken);
END
$$;

-- What all fetchers learn from a call that failed. p_effect is a word of proto/errors.def: block and
-- quota = the credential rests for p_retry_after_ms, flag = until somebody changed or cleared it.
-- breaker is nothing here: the scheduler decides it (services/scheduler/breaker.h) and calls
-- jobs.put_breaker().
CREATE FUNCTION jobs.note_failure(p_at timestamptz, p_upstream bigint, p_credential bigint, p_code text,
                                  p_text text, p_effect text, p_retry_after_ms bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF p_effect IN ('block', 'quota') THEN
        INSERT INTO jobs.credential_state AS s (credential_id, blocked_until, blocked_code)
        VALUES (p_credential, p_at + coalesce(p_retry_after_ms, 60000) * interval '1 ms', p_code)
        ON CONFLICT (credential_id) DO UPDATE
        SET blocked_code = CASE WHEN excluded.blocked_until > coalesce(s.blocked_until, '-infinity')
                                THEN excluded.blocked_code ELSE s.blocked_code END,
            blocked_until = greatest(s.blocked_until, excluded.blocked_until);
    ELSIF p_effect = 'flag' THEN
        INSERT INTO jobs.credential_state AS s (credential_id, flagged_at, flag_code, flag_text)
        VALUES (p_credential, p_at, p_code, p_text)
        ON CONFLICT (credential_id) DO UPDATE
        SET flagged_at = excluded.flagged_at, flag_code = excluded.flag_code, flag_text = excluded.flag_text;
    END IF;
END
$$;

-- Puts the breaker as the scheduler decided, if it still is as the scheduler saw it; else false, and
-- it has to decide anew.
CREATE FUNCTION jobs.put_breaker(p_upstream bigint, p_old_failures int, p_old_opened int, p_old_until timestamptz,
                                 p_failures int, p_opened int, p_until timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO jobs.upstream_state (upstream_id) VALUES (p_upstream) ON CONFLICT DO NOTHING;
    PERFORM FROM jobs.upstream_state WHERE upstream_id = p_upstream FOR NO KEY UPDATE;
    PERFORM jobs.take_successes(ARRAY[p_upstream]);
    UPDATE jobs.upstream_state
    SET failures = p_failures, opened = p_opened, open_until = p_until
    WHERE upstream_id = p_upstream AND failures = p_old_failures AND opened = p_old_opened
      AND open_until IS NOT DISTINCT FROM p_old_until;
    RETURN FOUND;
END
$$;

-- A credential that is flagged or blocked is used again; false when there is no such credential.
CREATE FUNCTION jobs.unflag(p_credential bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM dealer.credential WHERE id = p_credential) THEN
        RETURN false;
    END IF;
    UPDATE jobs.credential_state
    SET flagged_at = NULL, flag_code = NULL, flag_text = NULL, blocked_until = NULL, blocked_code = NULL
    WHERE credential_id = p_credential;
    PERFORM pg_notify('dd_ready', '');
    RETURN true;
END
$$;

-- The breaker of an upstream is closed by hand; false when there is no such upstream.
CREATE FUNCTION jobs.reset_breaker(p_name text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    named bigint := (SELECT id FROM dealer.upstream WHERE name = p_name);
BEGIN
    IF named IS NULL THEN
        RETURN false;
    END IF;
    UPDATE jobs.upstream_state SET failures = 0, opened = 0, open_until = NULL WHERE upstream_id = named;
    PERFORM pg_notify('dd_ready', '');
    RETURN true;
END
$$;

-- Nothing of this is leased from now on; what runs is finished. Says who paused it last, and why.
CREATE FUNCTION jobs.set_pause(p_at timestamptz, p_scope text, p_target text, p_reason text, p_by text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    known boolean := CASE p_scope
        WHEN 'all' THEN p_target = ''
        WHEN 'dealer' THEN EXISTS (SELECT FROM dealer.dealers WHERE dealer_id = p_target)
        WHEN 'feed' THEN EXISTS (SELECT FROM jobs.feed WHERE feed = p_target)
        WHEN 'credential' THEN EXISTS (SELECT FROM dealer.credential WHERE id::text = p_target)
        WHEN 'upstream' THEN EXISTS (SELECT FROM dealer.upstream WHERE name = p_target)
        END;
BEGIN
    IF known IS NOT TRUE THEN
        RAISE EXCEPTION 'there is no % "%"', p_scope, p_target USING ERRCODE = 'DD031';
    END IF;
    INSERT INTO jobs.pause (scope, target, reason, paused_by, paused_at)
    VALUES (p_scope, p_target, p_reason, p_by, p_at)
    ON CONFLICT (scope, target) DO UPDATE
    SET reason = excluded.reason, paused_by = excluded.paused_by, paused_at = excluded.paused_at;
END
$$;

-- It goes on; false when it was not paused.
CREATE FUNCTION jobs.clear_pause(p_scope text, p_target text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM jobs.pause WHERE scope = p_scope AND target = p_target;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM jobs.hold_upstreams(ARRAY(SELECT upstream_id FROM jobs.lane WHERE next_at IS NOT NULL));
    UPDATE jobs.lane SET next_at = NULL WHERE next_at IS NOT NULL;
    PERFORM pg_notify('dd_ready', '');
    RETURN true;
END
$$;

-- ---- telling ----

-- An upstream as all fetchers see it: each column is a field of the message. No row: there is none.
CREATE FUNCTION jobs.tell_upstream(p_at timestamptz, p_name text)
RETURNS TABLE (name text, breaker text, failures int, open_until bigint, tokens int, burst int, calls_per_minute int,
               in_flight int, concurrency int, queued bigint, paused boolean, skew_ms bigint, skew_at bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT u.name,
           CASE WHEN s.open_until > p_at THEN 'open' WHEN s.open_until IS NOT NULL THEN 'half_open' ELSE 'closed' END,
           coalesce(s.failures, 0), (extract(epoch FROM s.open_until) * 1000)::bigint,
           floor(jobs.tokens_at(p_at, u.burst, u.calls_per_minute, s.tokens, s.tokens_at))::int,
           CASE WHEN u.calls_per_minute IS NOT NULL THEN u.burst END, u.calls_per_minute,
           (SELECT count(*)::int FROM jobs.lease l WHERE l.upstream_id = u.id AND l.call), u.concurrency,
           (SELECT coalesce(sum(l.queued), 0) FROM jobs.lane l WHERE l.upstream_id = u.id AND l.queued > 0),
           EXISTS (SELECT FROM jobs.pause p WHERE p.scope = 'all' OR p.scope = 'upstream' AND p.target = u.name),
           s.skew_ms, (extract(epoch FROM s.skew_at) * 1000)::bigint
    FROM dealer.upstream u
    LEFT JOIN jobs.upstream_state s ON s.upstream_id = u.id
    WHERE u.name = p_name;
$$;

-- The credentials of an upstream that dealers use, told by those dealers and never by a key.
CREATE FUNCTION jobs.tell_credentials(p_at timestamptz, p_name text)
RETURNS TABLE (id bigint, dealer_ids text[], in_flight int, quota_used int, quota_left bigint, quota_reserve int,
               blocked_until bigint, blocked_code text, flagged_at bigint, flag_code text, flag_text text,
               paused boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT c.id, d.codes, (SELECT count(*)::int FROM jobs.lease l WHERE l.credential_id = c.id AND l.upstream_id = u.id AND l.call),
           CASE WHEN s.quota_day = (p_at AT TIME ZONE u.zone)::date THEN s.calls ELSE 0 END,
           CASE WHEN u.quota IS NOT NULL
                THEN greatest(0, jobs.quota_left(p_at, u.zone, u.quota, 0, s.quota_day, s.calls)) END,
           ((u.quota::bigint * u.quota_reserve + 99) / 100)::int,
           CASE WHEN s.blocked_until > p_at THEN (extract(epoch FROM s.blocked_until) * 1000)::bigint END,
           CASE WHEN s.blocked_until > p_at THEN s.blocked_code END,
           CASE WHEN f.flagged THEN (extract(epoch FROM s.flagged_at) * 1000)::bigint END,
           CASE WHEN f.flagged THEN s.flag_code END, CASE WHEN f.flagged THEN s.flag_text END,
           EXISTS (SELECT FROM jobs.pause p WHERE p.scope = 'credential' AND p.target = c.id::text)
    FROM dealer.upstream u
    JOIN dealer.credential c ON c.upstream_id = u.id
    JOIN LATERAL (SELECT array_agg(m.dealer_id::text ORDER BY m.dealer_id) AS codes
                  FROM dealer.dealers m WHERE m.credential_id = c.id) d ON d.codes IS NOT NULL
    LEFT JOIN jobs.credential_state s ON s.credential_id = c.id
    CROSS JOIN LATERAL (SELECT s.flagged_at >= c.updated_at AS flagged) f
    WHERE u.name = p_name
    ORDER BY d.codes[1]
    LIMIT 500;
$$;

-- ---- cancelling ----

-- From now on no task of the job is leased, and jobs.cancel_step() ends all it has. Asking twice is
-- asking once; false when there is no such job.
CREATE FUNCTION jobs.cancel_job(p_at timestamptz, p_job uuid, p_by text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    job record;
BEGIN
    SELECT state, cancel_asked_at INTO job FROM jobs.job_record WHERE id = p_job FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF job.state NOT IN ('queued', 'running') THEN
        RAISE EXCEPTION 'the job has ended: %', job.state USING ERRCODE = 'DD030';
    END IF;
    IF job.cancel_asked_at IS NULL THEN
        -- It stands for its work no longer: who submits it again gets a new job.
        UPDATE jobs.job_record
        SET cancel_asked_at = p_at, cancel_asked_by = p_by, work_key = NULL, version = version + 1
        WHERE id = p_job;
        PERFORM pg_notify('dd_job', p_job::text);
    END IF;
    RETURN true;
END
$$;

-- Cancels up to p_limit tasks of a job, those that run first: their leases are gone, and whoever held
-- one learns it by its next beat. A task whose row a storing transaction holds is left to the next
-- call. Returns how many.
CREATE FUNCTION jobs.cancel_tasks(p_at timestamptz, p_job uuid, p_limit int) RETURNS int
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    mine bigint[];
    upstreams bigint[];
    ended int;
BEGIN
    -- In no order: the primary key's would lead through all older tasks.
    SELECT array_agg(id), array_agg(DISTINCT upstream_id) INTO mine, upstreams
    FROM (SELECT task_id AS id, upstream_id FROM jobs.lease WHERE job_id = p_job
          UNION ALL
          (SELECT id, upstream_id FROM jobs.task WHERE job_id = p_job AND state = 'queued' LIMIT p_limit)) open;
    IF mine IS NULL THEN
        RETURN 0;
    END IF;
    PERFORM jobs.hold_upstreams(upstreams);
    WITH held AS MATERIALIZED (
        SELECT id, state, ready, epoch, credential_id, dealer_id, priority
        FROM jobs.task
        WHERE id = ANY (mine) AND state IN ('queued', 'leased')
        ORDER BY id
        FOR UPDATE SKIP LOCKED
    ), lane AS (
        UPDATE jobs.lane l
        SET queued = l.queued - h.n
        FROM (SELECT credential_id, dealer_id, priority, count(*) AS n FROM held WHERE ready GROUP BY 1, 2, 3) h
        WHERE l.credential_id = h.credential_id AND l.dealer_id = h.dealer_id AND l.priority = h.priority
    ), attempt AS (
        UPDATE jobs.attempt a
        SET outcome = 'cancelled', finished_at = p_at
        FROM held h
        WHERE h.state = 'leased' AND a.task_id = h.id AND a.epoch = h.epoch
    ), task AS (
        UPDATE jobs.task SET state = 'cancelled', ready = false, not_before = NULL, finished_at = p_at
        WHERE id = ANY (ARRAY(SELECT id FROM held))
    ), member AS (
        UPDATE jobs.task_dealer SET state = 'cancelled', finished_at = p_at
        WHERE task_id = ANY (ARRAY(SELECT id FROM held))
    ), lease AS (
        DELETE FROM jobs.lease WHERE task_id = ANY (ARRAY(SELECT id FROM held))
    )
    SELECT count(*) INTO ended FROM held;
    IF ended = 0 THEN
        RETURN 0;
    END IF;
    UPDATE jobs.job_record
    SET tasks_cancelled = tasks_cancelled + ended, version = version + 1
    WHERE id = p_job;
    IF NOT jobs.close_job(p_at, p_job) THEN
        PERFORM pg_notify('dd_job', p_job::text);
    END IF;
    PERFORM jobs.wake_waiting(u) FROM unnest(upstreams) u;
    RETURN ended;
END
$$;

-- One bounded step of all cancelling: of one job, the one asked for first. Returns how many tasks were
-- cancelled; 0 when nothing is left to do for now. Upstreams are held once in a transaction, in order:
-- all of them where it may look at several jobs.
CREATE FUNCTION jobs.cancel_step(p_at timestamptz, p_limit int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off AS $$
DECLARE
    cancelling CONSTANT uuid[] := ARRAY(SELECT id FROM jobs.job_record
                                        WHERE cancel_asked_at IS NOT NULL AND state IN ('queued', 'running')
                                        ORDER BY cancel_asked_at, id
                                        LIMIT 50);
    asked uuid;
    done int := 0;
BEGIN
    IF cardinality(cancelling) > 1 THEN
        PERFORM jobs.hold_upstreams(ARRAY(SELECT id FROM dealer.upstream));
    END IF;
    FOREACH asked IN ARRAY cancelling LOOP
        done := jobs.cancel_tasks(p_at, asked, p_limit);
        EXIT WHEN done > 0;
    END LOOP;
    RETURN done;
END
$$;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION jobs.put_breaker, jobs.reset_breaker, jobs.unflag, jobs.set_pause, jobs.clear_pause, jobs.cancel_job,
    jobs.cancel_step, jobs.tell_upstream, jobs.tell_credentials TO dd_scheduler;
