-- A job is accepted: written with its calls and queued, once.
--
-- SQLSTATEs of class DD, mapped to error codes by proto/errors.def:
--   DD001 the task belongs to another lease by now   DD021 the key came with another request
--   DD018 too many tasks                             DD022 a dealer changed since the plan was made
--   DD020 the key is in use right now

CREATE TABLE jobs.idempotency (
    principal  text NOT NULL,
    key        text NOT NULL,
    hash       bytea NOT NULL,
    job_id     uuid NOT NULL REFERENCES jobs.job_record (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (principal, key)
);
CREATE INDEX idempotency_created ON jobs.idempotency (created_at);
CREATE INDEX idempotency_job ON jobs.idempotency (job_id);
COMMENT ON TABLE jobs.idempotency IS 'Keys of submissions of the last day: the same one is answered with the same job';
COMMENT ON COLUMN jobs.idempotency.hash IS 'Digest of the request that came with the key';

-- Lanes are changed by those who hold their upstream's row, taken in ascending order, so that
-- leases, submissions and retries never deadlock and each sees the leases before it.
CREATE FUNCTION jobs.hold_upstreams(p_upstreams bigint[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM dealer.upstream WHERE id = ANY (p_upstreams) ORDER BY id FOR NO KEY UPDATE;
END
$$;

-- Adds ready tasks to their lanes and wakes the schedulers. The caller holds the upstreams.
CREATE FUNCTION jobs.queue_ready(p_tasks bigint[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO jobs.lane AS lane (credential_id, dealer_id, priority, upstream_id, queued)
    SELECT credential_id, dealer_id, priority, min(upstream_id), count(*)
    FROM jobs.task
    WHERE id = ANY (p_tasks)
    GROUP BY credential_id, dealer_id, priority
    ORDER BY credential_id, dealer_id, priority
    ON CONFLICT (credential_id, dealer_id, priority) DO UPDATE
    SET queued = lane.queued + excluded.queued, next_at = NULL;
    PERFORM pg_notify('dd_ready', '');
END
$$;

-- What a key stands for: null = nothing yet. The caller keeps the key until its transaction ends;
-- DD020 when another one has it, DD021 when it stands for another request.
CREATE FUNCTION jobs.find_key(p_at timestamptz, p_principal text, p_key text, p_hash bytea) RETURNS uuid
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    known jobs.idempotency;
BEGIN
    -- Once more when nobody works on it any more: whoever did may have ended in between.
    FOR look IN 1 .. 2 LOOP
        SELECT * INTO known FROM jobs.idempotency
        WHERE principal = p_principal AND key = p_key AND created_at > p_at - interval '1 day';
        EXIT WHEN FOUND OR look = 2;
        IF NOT pg_try_advisory_xact_lock(hashtextextended(p_principal || E'\x1f' || p_key, 20)) THEN
            RAISE EXCEPTION 'a request with this key is being worked on' USING ERRCODE = 'DD020';
        END IF;
    END LOOP;
    IF known.hash <> p_hash THEN
        RAISE EXCEPTION 'this key came before with another request' USING ERRCODE = 'DD021';
    END IF;
    RETURN known.job_id;
END
$$;

-- For a submission that is only looked up: before it is planned, for the plan may be another by now.
CREATE FUNCTION jobs.replay_key(p_at timestamptz, p_principal text, p_key text, p_hash bytea) RETURNS uuid
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT jobs.find_key(p_at, p_principal, p_key, p_hash);
$$;

-- Removes keys that are older than a day, 500 at a time; returns how many.
CREATE FUNCTION jobs.forget_keys(p_at timestamptz) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    n int;
BEGIN
    DELETE FROM jobs.idempotency
    WHERE ctid = ANY (ARRAY(SELECT ctid FROM jobs.idempotency
                            WHERE created_at <= p_at - interval '1 day'
                            ORDER BY created_at LIMIT 500 FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END
$$;

-- The job's row, unless its work is unfinished already: then the existing job, else null.
CREATE FUNCTION jobs.begin_job(p_at timestamptz, p_job uuid, p_kind text, p_schedule bigint, p_feeds text[],
                               p_from timestamp, p_to timestamp, p_priority int, p_requested_by text,
                               p_work_key bytea, p_total int) RETURNS uuid
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    existing uuid;
BEGIN
    -- The existing job may end between the two statements: then the next try finds the way free.
    FOR try IN 1 .. 3 LOOP
        INSERT INTO jobs.job_record (id, kind, schedule_id, work_key, feeds, from_at, to_at, priority,
                                     requested_by, tasks_total, created_at)
        VALUES (p_job, p_kind, p_schedule, p_work_key, p_feeds, p_from, p_to, p_priority,
                p_requested_by, p_total, p_at)
        ON CONFLICT (work_key) WHERE state IN ('queued', 'running') DO NOTHING;
        IF FOUND THEN
            RETURN NULL;
        END IF;
        SELECT id INTO existing FROM jobs.job_record
        WHERE work_key = p_work_key AND state IN ('queued', 'running');
        IF FOUND THEN
            RETURN existing;
        END IF;
    END LOOP;
    RAISE EXCEPTION 'the same work comes and goes' USING ERRCODE = 'serialization_failure';
END
$$;

-- Makes a job and its tasks. p_dealers: all its dealers, each with the credential that it was planned
-- with. A call is one element of the arrays p_call_*: the place of its dealer in p_dealers, or, when
-- several dealers share it, less than 0: the place of one of them, and all of them stand in
-- p_member_dealer beside the place of the call in p_member_call. Times are seconds of the wall clock
-- since 1970, both ends included. Outcome: made; existing = the same work is unfinished, and this is
-- its job; replayed = the key came before.
--
-- The calls are written before the upstreams are held: leases wait for the last, short part alone.
CREATE FUNCTION jobs.submit(p_at timestamptz, p_job uuid, p_kind text, p_schedule bigint, p_feeds text[],
                            p_from timestamp, p_to timestamp, p_priority int, p_requested_by text,
                            p_work_key bytea, p_idem_key text, p_idem_principal text, p_idem_hash bytea,
                            p_dealers text[], p_credentials bigint[],
                            p_call_dealer int[], p_call_feed int[], p_call_from bigint[], p_call_to bigint[],
                            p_member_call int[], p_member_dealer int[])
RETURNS TABLE (job_id uuid, outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    most CONSTANT int := 50000; -- tasks of one job
    total int := cardinality(p_call_dealer);
    known uuid;
    right_ones bigint;
    made bigint[];
BEGIN
    IF p_idem_key IS NOT NULL THEN
        known := jobs.find_key(p_at, p_idem_principal, p_idem_key, p_idem_hash);
        IF known IS NOT NULL THEN
            RETURN QUERY SELECT known, 'replayed';
            RETURN;
        END IF;
    END IF;
    IF total NOT BETWEEN 1 AND most THEN
        RAISE EXCEPTION 'the job splits into % tasks, % are allowed', total, most USING ERRCODE = 'DD018';
    END IF;
    -- Nobody moves or stops a dealer between this check and the last task.
    SELECT count(*) INTO right_ones
    FROM (SELECT dealer_id, credential_id, is_active FROM dealer.dealers
          WHERE dealer_id = ANY (p_dealers) ORDER BY dealer_id FOR SHARE) d
    JOIN unnest(p_dealers, p_credentials) n (code, credential)
         ON n.code = d.dealer_id AND n.credential = d.credential_id
    WHERE d.is_active;
    IF right_ones <> cardinality(p_dealers) THEN
        RAISE EXCEPTION 'a dealer changed while the job was planned' USING ERRCODE = 'DD022';
    END IF;
    known := jobs.begin_job(p_at, p_job, p_kind, p_schedule, p_feeds, p_from, p_to, p_priority,
                            p_requested_by, p_work_key, total);
    IF p_idem_key IS NOT NULL THEN
        INSERT INTO jobs.idempotency AS i (principal, key, hash, job_id, created_at)
        VALUES (p_idem_principal, p_idem_key, p_idem_hash, coalesce(known, p_job), p_at)
        ON CONFLICT (principal, key) DO UPDATE
        SET hash = excluded.hash, job_id = excluded.job_id, created_at = excluded.created_at;
    END IF;
    IF known IS NOT NULL THEN
        RETURN QUERY SELECT known, 'existing';
        RETURN;
    END IF;
    INSERT INTO jobs.job_dealer (dealer_id, job_id) SELECT d, p_job FROM unnest(p_dealers) d;
    WITH owner AS MATERIALIZED (
        SELECT n.place, n.code, n.credential, c.upstream_id
        FROM unnest(p_dealers, p_credentials) WITH ORDINALITY n (code, credential, place)
        JOIN dealer.credential c ON c.id = n.credential
    ), call AS MATERIALIZED (
        SELECT nextval('jobs.task_id_seq') AS id, o.*
        FROM (SELECT n.place, o.upstream_id, o.credential,
                     CASE WHEN n.dealer > 0 THEN o.code ELSE '*' END AS dealer_id, p_feeds[n.feed] AS feed,
                     timestamp '1970-01-01' + make_interval(secs => n.begins) AS from_at,
                     timestamp '1970-01-01' + make_interval(secs => n.ends) AS to_at
              FROM unnest(p_call_dealer, p_call_feed, p_call_from, p_call_to) WITH ORDINALITY
                   n (dealer, feed, begins, ends, place)
              JOIN owner o ON o.place = abs(n.dealer)
              ORDER BY n.place) o
    ), task AS (
        INSERT INTO jobs.task (id, job_id, upstream_id, credential_id, dealer_id, feed, from_at, to_at,
                               priority, created_at)
        OVERRIDING SYSTEM VALUE
        SELECT id, p_job, upstream_id, credential, dealer_id, feed, from_at, to_at, p_priority, p_at FROM call
    ), single AS (
        INSERT INTO jobs.task_dealer (dealer_id, task_id, job_id)
        SELECT dealer_id, id, p_job FROM call WHERE dealer_id <> '*'
        UNION ALL
        SELECT o.code, c.id, p_job
        FROM unnest(p_member_call, p_member_dealer) m (call, dealer)
        JOIN call c ON c.place = m.call
        JOIN owner o ON o.place = m.dealer
    )
    SELECT array_agg(id) INTO made FROM call;
    PERFORM jobs.hold_upstreams(ARRAY(SELECT DISTINCT c.upstream_id FROM dealer.credential c
                                      WHERE c.id = ANY (p_credentials)));
    PERFORM jobs.queue_ready(made);
    PERFORM pg_notify('dd_job', p_job::text);
    RETURN QUERY SELECT p_job, 'made';
END
$$;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION jobs.submit, jobs.replay_key, jobs.forget_keys TO dd_scheduler;
GRANT SELECT ON jobs.idempotency TO dd_scheduler, dd_analytics, dd_reader;
