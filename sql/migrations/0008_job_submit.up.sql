-- A job is accepted: checked, split into tasks, queued.
--
-- SQLSTATEs of class DD, mapped to error codes by proto/errors.def:
--   DD001 the task belongs to another lease by now   DD014 older than the upstream's history
--   DD010 unknown dealer                             DD015 the window begins in the future
--   DD011 inactive dealer                            DD016 unknown feed
--   DD012 dealer without credential                  DD017 no dealer
--   DD013 the window ends before it begins           DD018 too many tasks

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
    ON CONFLICT (credential_id, dealer_id, priority) DO UPDATE SET queued = lane.queued + excluded.queued;
    PERFORM pg_notify('dd_ready', '');
END
$$;

CREATE FUNCTION jobs.check_request(p_at timestamptz, p_dealers text[], p_feeds text[],
                                   p_from timestamp, p_to timestamp) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wrong text;
    source record;
BEGIN
    IF coalesce(cardinality(p_dealers), 0) = 0 THEN
        RAISE EXCEPTION 'the job names no dealer' USING ERRCODE = 'DD017';
    END IF;
    SELECT w INTO wrong FROM unnest(p_feeds) w WHERE w IS NULL OR w NOT IN ('prsp');
    IF FOUND OR coalesce(cardinality(p_feeds), 0) = 0 THEN
        RAISE EXCEPTION 'there is no feed "%"', wrong USING ERRCODE = 'DD016';
    END IF;
    IF p_from IS NULL OR p_to IS NULL OR p_to < p_from THEN
        RAISE EXCEPTION 'the window ends (%) before it begins (%)', p_to, p_from USING ERRCODE = 'DD013';
    END IF;
    SELECT w INTO wrong FROM unnest(p_dealers) w
    WHERE NOT EXISTS (SELECT FROM dealer.dealers d WHERE d.dealer_id = w);
    IF FOUND THEN
        RAISE EXCEPTION 'there is no dealer "%"', wrong USING ERRCODE = 'DD010';
    END IF;
    SELECT dealer_id INTO wrong FROM dealer.dealers
    WHERE dealer_id = ANY (p_dealers) AND is_active IS NOT TRUE ORDER BY dealer_id;
    IF FOUND THEN
        RAISE EXCEPTION 'dealer % is not active', wrong USING ERRCODE = 'DD011';
    END IF;
    SELECT dealer_id INTO wrong FROM dealer.dealers
    WHERE dealer_id = ANY (p_dealers) AND credential_id IS NULL ORDER BY dealer_id;
    IF FOUND THEN
        RAISE EXCEPTION 'dealer % has no credential', wrong USING ERRCODE = 'DD012';
    END IF;
    FOR source IN
        SELECT DISTINCT u.name, u.history_days, p_at AT TIME ZONE u.zone AS clock
        FROM dealer.dealers d
        JOIN dealer.credential c ON c.id = d.credential_id
        JOIN dealer.upstream u ON u.id = c.upstream_id
        WHERE d.dealer_id = ANY (p_dealers)
        ORDER BY u.name
    LOOP
        IF p_from > source.clock THEN
            RAISE EXCEPTION 'the window begins in the future: it is % at %', source.clock::timestamp(0), source.name
                USING ERRCODE = 'DD015';
        END IF;
        IF p_from < date_trunc('day', source.clock) - make_interval(days => source.history_days) THEN
            RAISE EXCEPTION '% keeps % days: nothing before % can be asked for', source.name,
                source.history_days, source.clock::date - source.history_days
                USING ERRCODE = 'DD014';
        END IF;
    END LOOP;
END
$$;

-- Makes a job and its tasks; returns the number of tasks. Slices follow each other from p_from;
-- both ends of a window are inclusive, so a slice ends one second before the next begins. No slice
-- is longer than the upstream allows.
CREATE FUNCTION jobs.submit(p_at timestamptz, p_job uuid, p_dealers text[], p_feeds text[],
                            p_from timestamp, p_to timestamp, p_slice_minutes int, p_priority int,
                            p_requested_by text) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    most CONSTANT int := 50000; -- tasks of one job
    first_second timestamp := date_trunc('second', p_from);
    last_second timestamp := date_trunc('second', p_to);
    total bigint;
    made bigint[];
BEGIN
    -- Nobody moves a dealer or changes an upstream's limits between the checks and the last task.
    PERFORM FROM dealer.dealers WHERE dealer_id = ANY (p_dealers) ORDER BY dealer_id FOR SHARE;
    PERFORM jobs.hold_upstreams(ARRAY(SELECT c.upstream_id FROM dealer.dealers d
                                      JOIN dealer.credential c ON c.id = d.credential_id
                                      WHERE d.dealer_id = ANY (p_dealers)));
    PERFORM jobs.check_request(p_at, p_dealers, p_feeds, first_second, last_second);
    IF p_slice_minutes < 1 THEN
        RAISE EXCEPTION 'a slice of % minutes', p_slice_minutes USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT sum(ceil((extract(epoch FROM last_second - first_second) + 1)
                    / (least(coalesce(p_slice_minutes, 1440), u.max_days * 1440) * 60)))
           * (SELECT count(DISTINCT f) FROM unnest(p_feeds) f)
    INTO total
    FROM dealer.dealers d
    JOIN dealer.credential c ON c.id = d.credential_id
    JOIN dealer.upstream u ON u.id = c.upstream_id
    WHERE d.dealer_id = ANY (p_dealers);
    IF total > most THEN
        RAISE EXCEPTION 'the job splits into % tasks, % are allowed', total, most USING ERRCODE = 'DD018';
    END IF;
    INSERT INTO jobs.job_record (id, feeds, from_at, to_at, priority, requested_by, tasks_total, created_at)
    VALUES (p_job, ARRAY(SELECT DISTINCT f FROM unnest(p_feeds) f ORDER BY f), first_second, last_second,
            p_priority, p_requested_by, total, p_at);
    INSERT INTO jobs.job_dealer (dealer_id, job_id)
    SELECT DISTINCT d, p_job FROM unnest(p_dealers) d;
    WITH slice AS (
        SELECT d.dealer_id, d.credential_id, u.id AS upstream_id, s.begins,
               make_interval(mins => least(coalesce(p_slice_minutes, 1440), u.max_days * 1440)) AS length
        FROM dealer.dealers d
        JOIN dealer.credential c ON c.id = d.credential_id
        JOIN dealer.upstream u ON u.id = c.upstream_id
        CROSS JOIN LATERAL generate_series(
            first_second, last_second,
            make_interval(mins => least(coalesce(p_slice_minutes, 1440), u.max_days * 1440))) s (begins)
        WHERE d.dealer_id = ANY (p_dealers)
    ), task AS (
        INSERT INTO jobs.task (job_id, upstream_id, credential_id, dealer_id, feed, from_at, to_at,
                               priority, created_at)
        SELECT p_job, s.upstream_id, s.credential_id, s.dealer_id, f, s.begins,
               least(s.begins + s.length - interval '1 second', last_second), p_priority, p_at
        FROM slice s
        CROSS JOIN (SELECT DISTINCT f FROM unnest(p_feeds) f) feeds
        ORDER BY s.dealer_id, f, s.begins
        RETURNING id, dealer_id
    ), covered AS (
        INSERT INTO jobs.task_dealer (dealer_id, task_id, job_id)
        SELECT dealer_id, id, p_job FROM task
    )
    SELECT array_agg(id) INTO made FROM task;
    PERFORM jobs.queue_ready(made);
    PERFORM pg_notify('dd_job', p_job::text);
    RETURN total;
END
$$;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION jobs.submit TO dd_scheduler;
