-- Leases that have run out: the fetcher is dead, stopped or cut off.

-- Calls that were leased and never made are given back to the quotas and token buckets that they were taken
-- from. The caller holds the upstreams.
CREATE FUNCTION jobs.give_back_calls(p_at timestamptz, p_tasks bigint[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE jobs.credential_state s
    SET calls = greatest(s.calls - n.calls, 0)
    FROM (SELECT t.credential_id, (p_at AT TIME ZONE u.zone)::date AS today, count(*)::int AS calls
          FROM jobs.task t
          JOIN dealer.upstream u ON u.id = t.upstream_id
          WHERE t.id = ANY (p_tasks) AND t.kind = 'fetch'
          GROUP BY 1, 2) n
    WHERE s.credential_id = n.credential_id AND s.quota_day = n.today;
    UPDATE jobs.upstream_state s
    SET tokens = least(u.burst, s.tokens + n.calls)
    FROM dealer.upstream u,
         (SELECT upstream_id, count(*) AS calls FROM jobs.task WHERE id = ANY (p_tasks) AND kind = 'fetch' GROUP BY 1) n
    WHERE u.id = s.upstream_id AND n.upstream_id = s.upstream_id AND s.tokens IS NOT NULL;
END
$$;

-- A fetcher that drains gives leases back; returns how many were still its own. p_phases: what it did with
-- each; empty = nothing, so that its call counts for nothing.
CREATE FUNCTION jobs.release_tasks(p_at timestamptz, p_instance uuid, p_tasks bigint[], p_epochs int[],
                                   p_phases text[] DEFAULT NULL)
RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    given bigint[];
BEGIN
    PERFORM jobs.hold_upstreams(ARRAY(SELECT upstream_id FROM jobs.lease WHERE task_id = ANY (p_tasks)));
    given := ARRAY(SELECT t.id
                   FROM jobs.task t
                   JOIN unnest(p_tasks, p_epochs) n (task_id, epoch) ON n.task_id = t.id AND n.epoch = t.epoch
                   JOIN jobs.lease l ON l.task_id = t.id AND l.epoch = t.epoch AND l.instance = p_instance
                   WHERE t.state = 'leased'
                   ORDER BY t.id
                   FOR UPDATE OF t SKIP LOCKED);
    UPDATE jobs.attempt a
    SET outcome = 'released', finished_at = p_at
    FROM jobs.task t
    WHERE t.id = ANY (given) AND a.task_id = t.id AND a.epoch = t.epoch;
    UPDATE jobs.task SET state = 'queued', ready = true, attempt = attempt - 1 WHERE id = ANY (given);
    DELETE FROM jobs.lease WHERE task_id = ANY (given);
    IF cardinality(given) > 0 THEN
        PERFORM jobs.give_back_calls(p_at, ARRAY(SELECT n.id FROM unnest(p_tasks, p_phases) n (id, phase)
                                                 WHERE coalesce(n.phase, '') IN ('', 'queued') AND n.id = ANY (given)));
        PERFORM jobs.queue_ready(given);
    END IF;
    RETURN cardinality(given);
END
$$;

-- Gives the tasks of expired leases back and fails those that were lost ten times. Never waits for
-- a row: a task held by a stopped client's transaction is left to the next call, and that client's
-- backend is ended here, which sets the row free. A backend is known by its pid and its start, so
-- that a pid used again is safe. A fetcher that still holds a living lease keeps its connection
-- unless it is the one that holds the row.
CREATE FUNCTION jobs.reap(p_at timestamptz)
RETURNS TABLE (requeued int, given_up int, waiting int, terminated int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET jit = off AS $$
#variable_conflict use_column
DECLARE
    losses_allowed CONSTANT int := 10;
    expired bigint[] := ARRAY(SELECT task_id FROM jobs.lease WHERE lease_until < p_at ORDER BY task_id LIMIT 1000);
    lost bigint[];
    last bigint[];
    one bigint;
BEGIN
    requeued := 0;
    given_up := 0;
    waiting := 0;
    terminated := 0;
    IF cardinality(expired) > 0 THEN
        PERFORM jobs.hold_upstreams(ARRAY(SELECT DISTINCT upstream_id FROM jobs.lease WHERE task_id = ANY (expired)));
        -- The lease is looked at again under its lock: a beat may have come in between.
        lost := ARRAY(SELECT t.id
                      FROM jobs.task t
                      JOIN jobs.lease l ON l.task_id = t.id AND l.epoch = t.epoch
                      WHERE t.id = ANY (expired) AND t.state = 'leased' AND l.lease_until < p_at
                      ORDER BY t.id
                      FOR UPDATE SKIP LOCKED);
        terminated := jobs.end_backends(p_at, expired, lost);
        -- Giving up changes the job's row, which a stopped client may hold as well.
        last := ARRAY(SELECT t.id
                      FROM jobs.task t
                      WHERE t.id = ANY (lost) AND t.losses + 1 >= losses_allowed
                      ORDER BY t.job_id, t.id);
        lost := ARRAY(SELECT l FROM unnest(lost) l WHERE l <> ALL (last));
        UPDATE jobs.attempt a
        SET outcome = 'lost', error_code = 'task.lost', finished_at = p_at
        FROM jobs.task t
        WHERE t.id = ANY (lost) AND a.task_id = t.id AND a.epoch = t.epoch;
        UPDATE jobs.task SET state = 'queued', ready = true, losses = losses + 1 WHERE id = ANY (lost);
        DELETE FROM jobs.lease WHERE task_id = ANY (lost);
        IF cardinality(lost) > 0 THEN
            PERFORM jobs.queue_ready(lost);
        END IF;
        FOREACH one IN ARRAY last LOOP
            given_up := given_up + jobs.give_up(p_at, one)::int;
        END LOOP;
        requeued := cardinality(lost);
        waiting := cardinality(expired) - requeued - given_up;
    END IF;
    -- A fetcher without work sends no beats; it is there as long as its connection is. Its name is told as long
    -- as anybody may ask whose an attempt was.
    DELETE FROM jobs.fetcher f
    WHERE f.seen_at < least(p_at - interval '1 day', coalesce(jobs.keep_until(p_at, 'retention.jobs_days'), '-infinity'))
      AND NOT EXISTS (SELECT FROM jobs.lease l WHERE l.instance = f.instance)
      AND NOT EXISTS (SELECT FROM pg_stat_activity a
                      WHERE a.pid = f.backend_pid AND a.backend_start = f.backend_start);
    RETURN NEXT;
END
$$;

-- Ends the storing backends of fetchers whose leases have run out; returns how many.
CREATE FUNCTION jobs.end_backends(p_at timestamptz, p_expired bigint[], p_lost bigint[]) RETURNS int
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    backend int;
    ended int := 0;
BEGIN
    FOR backend IN
        SELECT a.pid
        FROM jobs.fetcher f
        JOIN pg_stat_activity a ON a.pid = f.backend_pid AND a.backend_start = f.backend_start
        WHERE EXISTS (SELECT FROM jobs.lease l
                      WHERE l.instance = f.instance AND l.lease_until < p_at AND l.task_id = ANY (p_expired)
                        AND (l.task_id <> ALL (p_lost)
                             OR NOT EXISTS (SELECT FROM jobs.lease living
                                            WHERE living.instance = f.instance AND living.lease_until >= p_at)))
    LOOP
        BEGIN
            ended := ended + pg_terminate_backend(backend)::int;
        EXCEPTION
            WHEN insufficient_privilege THEN
                RAISE WARNING 'backend % of a lost fetcher: %', backend, SQLERRM;
        END;
    END LOOP;
    RETURN ended;
END
$$;

-- Fails a task that was lost too often; false when the job's row is held: the next call gets it.
CREATE FUNCTION jobs.give_up(p_at timestamptz, p_task bigint) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM jobs.job_record
    WHERE id = (SELECT job_id FROM jobs.task WHERE task.id = p_task)
    FOR NO KEY UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE jobs.attempt a
    SET outcome = 'lost', error_code = 'task.lost', finished_at = p_at
    FROM jobs.task t
    WHERE t.id = p_task AND a.task_id = t.id AND a.epoch = t.epoch;
    UPDATE jobs.task SET losses = losses + 1 WHERE id = p_task;
    PERFORM jobs.end_task(p_at, p_task, 'failed', 'task.lost', 'The fetchers of this task died too often.', 0);
    RETURN true;
END
$$;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION jobs.release_tasks, jobs.reap TO dd_scheduler;
