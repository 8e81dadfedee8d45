-- How a task ends; how it fails is in 0015. complete and fail apply only to the lease that they name: whoever lost it is
-- fenced, gets false and must not try again.

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

-- A lease of the upstream ends: whoever found it full may find a place now.
CREATE FUNCTION jobs.wake_waiting(p_upstream bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM jobs.lane WHERE upstream_id = p_upstream AND queued > 0) THEN
        PERFORM pg_notify('dd_ready', '');
    END IF;
END
$$;

-- Ends a task for good, in the lock order: task, its dealers, attempt, lease, coverage, and the job's
-- row last. Derives the job's state when nothing is left. The caller holds the task's row.
CREATE FUNCTION jobs.end_task(p_at timestamptz, p_task bigint, p_state text, p_code text, p_text text,
                              p_read bigint, p_new bigint, p_changed bigint, p_same bigint,
                              p_quarantined bigint, p_bytes bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    its_job uuid;
    its_upstream bigint;
BEGIN
    UPDATE jobs.task
    SET state = p_state, error_code = p_code, error_text = p_text, rows_read = p_read, rows_new = p_new,
        rows_changed = p_changed, rows_same = p_same, rows_quarantined = p_quarantined, bytes = p_bytes,
        not_before = NULL, finished_at = p_at
    WHERE id = p_task
    RETURNING job_id, upstream_id INTO its_job, its_upstream;
    UPDATE jobs.task_dealer
    SET state = p_state, error_code = p_code, error_text = p_text, finished_at = p_at
    WHERE task_id = p_task;
    DELETE FROM jobs.lease WHERE task_id = p_task;
    PERFORM jobs.cover(p_at, p_task, p_state, p_code);
    UPDATE jobs.job_record
    SET tasks_succeeded = tasks_succeeded + (p_state = 'succeeded')::int,
        tasks_failed = tasks_failed + (p_state = 'failed')::int,
        tasks_cancelled = tasks_cancelled + (p_state = 'cancelled')::int,
        rows_read = rows_read + p_read,
        rows_new = rows_new + p_new,
        rows_changed = rows_changed + p_changed,
        rows_same = rows_same + p_same,
        rows_quarantined = rows_quarantined + p_quarantined,
        error_code = coalesce(p_code, error_code),
        error_text = CASE WHEN p_code IS NULL THEN error_text ELSE p_text END,
        version = version + 1
    WHERE id = its_job;
    UPDATE jobs.job_record
    SET state = CASE
            WHEN tasks_succeeded = tasks_total THEN 'succeeded'
            WHEN tasks_succeeded > 0 THEN 'partial'
            WHEN tasks_failed > 0 THEN 'failed'
            ELSE 'cancelled'
        END,
        finished_at = p_at
    WHERE id = its_job AND tasks_succeeded + tasks_failed + tasks_cancelled = tasks_total;
    PERFORM pg_notify('dd_job', its_job::text);
    PERFORM jobs.wake_waiting(its_upstream);
END
$$;

-- The task's rows are stored; belongs into the transaction that stored them.
CREATE FUNCTION jobs.complete_task(p_at timestamptz, p_task bigint, p_epoch int, p_read bigint,
                                   p_new bigint, p_changed bigint, p_same bigint,
                                   p_quarantined bigint, p_bytes bigint, p_http_status int,
                                   p_dns_ms int, p_connect_ms int, p_first_byte_ms int,
                                   p_total_ms int, p_skew_ms bigint DEFAULT NULL) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM jobs.task WHERE id = p_task AND epoch = p_epoch AND state = 'leased' FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE jobs.attempt
    SET outcome = 'succeeded', http_status = p_http_status, bytes = p_bytes, rows_read = p_read,
        dns_ms = p_dns_ms, connect_ms = p_connect_ms, first_byte_ms = p_first_byte_ms,
        total_ms = p_total_ms, skew_ms = p_skew_ms, finished_at = p_at
    WHERE task_id = p_task AND epoch = p_epoch;
    IF p_skew_ms IS NOT NULL THEN
        PERFORM jobs.note_skew(p_at, upstream_id, p_skew_ms) FROM jobs.task WHERE id = p_task;
    END IF;
    PERFORM jobs.end_task(p_at, p_task, 'succeeded', NULL, NULL, p_read, p_new, p_changed, p_same,
                          p_quarantined, p_bytes);
    RETURN true;
END
$$;

-- What a storing transaction found for one of its task's dealers.
CREATE FUNCTION jobs.count_rows(p_task bigint, p_dealer text, p_read bigint, p_new bigint,
                                p_changed bigint, p_same bigint, p_quarantined bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE jobs.task_dealer
    SET rows_read = p_read, rows_new = p_new, rows_changed = p_changed, rows_same = p_same,
        rows_quarantined = p_quarantined
    WHERE task_id = p_task AND dealer_id = p_dealer AND state = 'queued';
$$;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION jobs.begin_store, jobs.complete_task, jobs.count_rows TO dd_fetcher;
