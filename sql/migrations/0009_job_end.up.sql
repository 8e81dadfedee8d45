-- How a task ends; how it fails is in 0015. complete and fail apply only to the lease that they name:
-- whoever lost it is fenced, gets false and must not try again.

-- A storing transaction begins here: holds the task and checks the lease (SQLSTATE DD001).
CREATE FUNCTION jobs.begin_store(p_task bigint, p_epoch int) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM jobs.task WHERE id = p_task AND epoch = p_epoch AND state = 'leased' FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'task % is not leased with epoch %', p_task, p_epoch USING ERRCODE = 'DD001';
    END IF;
END
$$;

-- A lease of the upstream ends: whoever found it full may find a place now. Nobody else is told: a
-- notification makes commits wait for one another.
CREATE FUNCTION jobs.wake_waiting(p_upstream bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM jobs.upstream_state WHERE upstream_id = p_upstream AND starved) THEN
        PERFORM pg_notify('dd_ready', '');
    END IF;
END
$$;

-- A job of which nothing is left ends: what its row counts and what was counted apart become one. The
-- caller holds the job's row.
CREATE FUNCTION jobs.close_job(p_at timestamptz, p_job uuid) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE jobs.job_record j
    SET tasks_succeeded = j.tasks_succeeded + s.tasks,
        rows_read = j.rows_read + s.rows_read,
        rows_new = j.rows_new + s.rows_new,
        rows_changed = j.rows_changed + s.rows_changed,
        rows_same = j.rows_same + s.rows_same,
        rows_quarantined = j.rows_quarantined + s.rows_quarantined,
        version = j.version + s.tasks + 1,
        state = CASE
            WHEN j.tasks_succeeded + s.tasks = j.tasks_total THEN 'succeeded'
            WHEN j.cancel_asked_at IS NOT NULL AND j.tasks_cancelled > 0 THEN 'cancelled'
            WHEN j.tasks_succeeded + s.tasks > 0 THEN 'partial'
            WHEN j.tasks_failed > 0 THEN 'failed'
            ELSE 'cancelled'
        END,
        finished_at = p_at
    FROM (SELECT coalesce(sum(t.tasks), 0) AS tasks, coalesce(sum(t.rows_read), 0) AS rows_read,
                 coalesce(sum(t.rows_new), 0) AS rows_new, coalesce(sum(t.rows_changed), 0) AS rows_changed,
                 coalesce(sum(t.rows_same), 0) AS rows_same, coalesce(sum(t.rows_quarantined), 0) AS rows_quarantined
          FROM jobs.tally t
          WHERE t.job_id = p_job) s
    WHERE j.id = p_job AND j.finished_at IS NULL
      AND j.tasks_succeeded + j.tasks_failed + j.tasks_cancelled + s.tasks = j.tasks_total;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    DELETE FROM jobs.tally WHERE job_id = p_job;
    PERFORM pg_notify('dd_job', p_job::text);
    RETURN true;
END
$$;

-- Counts tasks of a job that ended in the same way. The successes of a large job are counted apart, each
-- backend for itself, while many tasks are left; its row would make storing connections wait for one
-- another's commit.
-- Transactions that overlap at the very end may all believe that another one is the last: such a job
-- is ended by jobs.settle().
CREATE FUNCTION jobs.count_end(p_at timestamptz, p_job uuid, p_state text, p_code text, p_text text,
                               p_read bigint, p_new bigint, p_changed bigint, p_same bigint,
                               p_quarantined bigint, p_tasks int DEFAULT 1) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    many CONSTANT int := 64;
    remaining int;
    apart int;
BEGIN
    SELECT j.tasks_total - j.tasks_succeeded - j.tasks_failed - j.tasks_cancelled, s.tasks
    INTO remaining, apart
    FROM jobs.job_record j
    CROSS JOIN (SELECT coalesce(sum(t.tasks), 0)::int AS tasks FROM jobs.tally t WHERE t.job_id = p_job) s
    WHERE j.id = p_job;
    IF p_state = 'succeeded' AND remaining - apart - p_tasks >= many THEN
        INSERT INTO jobs.tally AS t (job_id, backend, tasks, rows_read, rows_new, rows_changed, rows_same,
                                     rows_quarantined)
        VALUES (p_job, pg_backend_pid(), p_tasks, p_read, p_new, p_changed, p_same, p_quarantined)
        ON CONFLICT (job_id, backend) DO UPDATE
        SET tasks = t.tasks + excluded.tasks,
            rows_read = t.rows_read + excluded.rows_read,
            rows_new = t.rows_new + excluded.rows_new,
            rows_changed = t.rows_changed + excluded.rows_changed,
            rows_same = t.rows_same + excluded.rows_same,
            rows_quarantined = t.rows_quarantined + excluded.rows_quarantined;
        RETURN;
    END IF;
    UPDATE jobs.job_record
    SET tasks_succeeded = tasks_succeeded + p_tasks * (p_state = 'succeeded')::int,
        tasks_failed = tasks_failed + p_tasks * (p_state = 'failed')::int,
        tasks_cancelled = tasks_cancelled + p_tasks * (p_state = 'cancelled')::int,
        rows_read = rows_read + p_read,
        rows_new = rows_new + p_new,
        rows_changed = rows_changed + p_changed,
        rows_same = rows_same + p_same,
        rows_quarantined = rows_quarantined + p_quarantined,
        error_code = coalesce(p_code, error_code),
        error_text = CASE WHEN p_code IS NULL THEN error_text ELSE p_text END,
        version = version + 1
    WHERE id = p_job
    RETURNING tasks_total - tasks_succeeded - tasks_failed - tasks_cancelled INTO remaining;
    IF remaining = 0 OR apart > 0 THEN
        PERFORM jobs.close_job(p_at, p_job);
    END IF;
END
$$;

-- Successes of a job at an upstream are counted. The caller holds the tasks' rows and has written all else;
-- of the rows that others wait for, the job's is the last.
CREATE FUNCTION jobs.count_success(p_at timestamptz, p_job uuid, p_upstream bigint, p_called boolean, p_read bigint,
                                   p_new bigint, p_changed bigint, p_same bigint, p_quarantined bigint,
                                   p_tasks int DEFAULT 1) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    full_before boolean;
    ailing boolean;
BEGIN
    SELECT starved, failures > 0 OR open_until IS NOT NULL INTO full_before, ailing
    FROM jobs.upstream_state
    WHERE upstream_id = p_upstream;
    IF ailing AND p_called THEN
        PERFORM jobs.note_success(p_at, p_upstream);
    END IF;
    PERFORM jobs.count_end(p_at, p_job, 'succeeded', NULL, NULL, p_read, p_new, p_changed, p_same, p_quarantined,
                           p_tasks);
    IF full_before THEN
        PERFORM jobs.wake_waiting(p_upstream);
    END IF;
END
$$;

-- Ends a task for good without success. The caller holds the task's row. In the lock order: its dealers,
-- lease, coverage, and the job's row last.
CREATE FUNCTION jobs.end_task(p_at timestamptz, p_task bigint, p_state text, p_code text, p_text text,
                              p_bytes bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    task record;
BEGIN
    UPDATE jobs.task
    SET state = p_state, ready = false, error_code = p_code, error_text = p_text, rows_read = 0, rows_new = 0,
        rows_changed = 0, rows_same = 0, rows_quarantined = 0, bytes = p_bytes, not_before = NULL, finished_at = p_at
    WHERE id = p_task
    RETURNING job_id, upstream_id INTO task;
    UPDATE jobs.task_dealer
    SET state = p_state, error_code = p_code, error_text = p_text, finished_at = p_at
    WHERE task_id = p_task;
    DELETE FROM jobs.lease WHERE task_id = p_task;
    PERFORM jobs.cover(p_at, ARRAY[p_task], p_state, p_code);
    PERFORM jobs.count_end(p_at, task.job_id, p_state, p_code, p_text, 0, 0, 0, 0, 0);
    PERFORM jobs.wake_waiting(task.upstream_id);
END
$$;

-- The task's rows are stored; belongs into the transaction that stored them. False: the lease is lost.
CREATE FUNCTION jobs.complete_task(p_at timestamptz, p_task bigint, p_epoch int, p_read bigint,
                                   p_new bigint, p_changed bigint, p_same bigint,
                                   p_quarantined bigint, p_bytes bigint, p_http_status int,
                                   p_dns_ms int, p_connect_ms int, p_first_byte_ms int,
                                   p_total_ms int, p_skew_ms bigint DEFAULT NULL) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    task record;
BEGIN
    UPDATE jobs.task
    SET state = 'succeeded', error_code = NULL, error_text = NULL, rows_read = p_read, rows_new = p_new,
        rows_changed = p_changed, rows_same = p_same, rows_quarantined = p_quarantined, bytes = p_bytes,
        finished_at = p_at
    WHERE id = p_task AND epoch = p_epoch AND state = 'leased'
    RETURNING job_id, upstream_id, kind INTO task;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE jobs.attempt
    SET outcome = 'succeeded', http_status = p_http_status, bytes = p_bytes, rows_read = p_read,
        dns_ms = p_dns_ms, connect_ms = p_connect_ms, first_byte_ms = p_first_byte_ms,
        total_ms = p_total_ms, skew_ms = p_skew_ms, finished_at = p_at
    WHERE task_id = p_task AND epoch = p_epoch;
    UPDATE jobs.task_dealer
    SET state = 'succeeded', error_code = NULL, error_text = NULL, finished_at = p_at
    WHERE task_id = p_task;
    DELETE FROM jobs.lease WHERE task_id = p_task;
    IF p_skew_ms IS NOT NULL THEN
        PERFORM jobs.note_skew(p_at, task.upstream_id, p_skew_ms);
    END IF;
    PERFORM jobs.cover(p_at, ARRAY[p_task], 'succeeded', NULL);
    PERFORM jobs.count_success(p_at, task.job_id, task.upstream_id, task.kind = 'fetch', p_read, p_new, p_changed,
                               p_same, p_quarantined);
    RETURN true;
END
$$;

-- Ends large jobs of which nothing is left, and which nobody ended; returns how many.
CREATE FUNCTION jobs.settle(p_at timestamptz) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    left_over uuid;
    ended int := 0;
BEGIN
    FOR left_over IN
        SELECT j.id
        FROM jobs.job_record j
        WHERE j.id IN (SELECT t.job_id FROM jobs.tally t)
          AND j.tasks_succeeded + j.tasks_failed + j.tasks_cancelled
              + (SELECT coalesce(sum(t.tasks), 0) FROM jobs.tally t WHERE t.job_id = j.id) = j.tasks_total
        ORDER BY j.id
        LIMIT 100
        FOR NO KEY UPDATE OF j SKIP LOCKED
    LOOP
        ended := ended + jobs.close_job(p_at, left_over)::int;
    END LOOP;
    RETURN ended;
END
$$;

-- What a storing transaction found for one of its task's dealers.
CREATE FUNCTION jobs.count_rows(p_task bigint, p_dealer text, p_read bigint, p_new bigint,
                                p_changed bigint, p_same bigint, p_quarantined bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE jobs.task_dealer
    SET rows_read = p_read, rows_new = p_new, rows_changed = p_changed, rows_same = p_same,
        rows_quarantined = p_quarantined
    WHERE task_id = p_task AND dealer_id = p_dealer AND state = 'queued';
END
$$;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION jobs.begin_store, jobs.complete_task, jobs.count_rows TO dd_fetcher;
GRANT EXECUTE ON FUNCTION jobs.settle TO dd_scheduler;
