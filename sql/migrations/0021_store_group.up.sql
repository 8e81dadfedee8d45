-- Storing several answers in one transaction, and what a merge asks about other calls. Locks are taken
-- for all members in the order of the single store: tasks, dealers, rows, rollups, coverage, jobs.

-- A transaction that stores several answers begins here: holds their tasks, in the order of their ids,
-- and checks the leases. SQLSTATE DD001 when one is lost: the others are then stored singly.
CREATE FUNCTION jobs.begin_stores(p_tasks bigint[], p_epochs int[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    held int;
BEGIN
    SELECT count(*) INTO held
    FROM (SELECT t.id
          FROM unnest(p_tasks, p_epochs) n (id, epoch)
          JOIN jobs.task t ON t.id = n.id AND t.epoch = n.epoch
          WHERE t.state = 'leased' AND t.id = ANY (p_tasks)
          ORDER BY t.id
          FOR UPDATE OF t) mine;
    IF held <> cardinality(p_tasks) THEN
        RAISE EXCEPTION 'one of % tasks is not leased any more', cardinality(p_tasks) USING ERRCODE = 'DD001';
    END IF;
END
$$;

-- The calls for a dealer of this task that began before p_requested_at and may still store what they saw.
-- overlap: one of them asked for a part of the same window.
CREATE FUNCTION jobs.rivals(p_task bigint, p_requested_at timestamptz, OUT n bigint, OUT overlap boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT count(*), coalesce(bool_or(t.from_at <= mine.to_at AND t.to_at >= mine.from_at), false)
    FROM jobs.task mine
    JOIN jobs.lease l ON l.task_id <> mine.id
    JOIN jobs.task t ON t.id = l.task_id AND t.epoch = l.epoch
    WHERE mine.id = p_task AND t.feed = mine.feed AND t.kind = 'fetch' AND t.started_at < p_requested_at
      AND (l.dealer_id = mine.dealer_id
           OR '*' IN (l.dealer_id, mine.dealer_id)
              AND EXISTS (SELECT FROM jobs.task_dealer a
                          JOIN jobs.task_dealer b ON b.dealer_id = a.dealer_id
                          WHERE a.task_id = mine.id AND b.task_id = t.id));
$$;

-- Completes all tasks of a transaction that began with begin_stores(): what complete_task() does for
-- one. The counts of rows are those of jobs.task_dealer.
CREATE FUNCTION jobs.complete_tasks(p_at timestamptz, p_tasks bigint[], p_epochs int[], p_bytes bigint[],
                                    p_http_status int[], p_dns_ms int[], p_connect_ms int[], p_first_byte_ms int[],
                                    p_total_ms int[], p_skew_ms bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET jit = off AS $$
DECLARE
    ended record;
BEGIN
    UPDATE jobs.task t
    SET state = 'succeeded', error_code = NULL, error_text = NULL, rows_read = d.rows_read, rows_new = d.rows_new,
        rows_changed = d.rows_changed, rows_same = d.rows_same, rows_quarantined = d.rows_quarantined,
        bytes = n.bytes, finished_at = p_at
    FROM unnest(p_tasks, p_bytes) n (id, bytes)
    CROSS JOIN LATERAL (SELECT sum(rows_read) AS rows_read, sum(rows_new) AS rows_new,
                               sum(rows_changed) AS rows_changed, sum(rows_same) AS rows_same,
                               sum(rows_quarantined) AS rows_quarantined
                        FROM jobs.task_dealer WHERE task_id = n.id) d
    WHERE t.id = n.id AND t.id = ANY (p_tasks);
    UPDATE jobs.task_dealer
    SET state = 'succeeded', error_code = NULL, error_text = NULL, finished_at = p_at
    WHERE task_id = ANY (p_tasks);
    UPDATE jobs.attempt a
    SET outcome = 'succeeded', http_status = n.http_status, bytes = n.bytes,
        rows_read = (SELECT rows_read FROM jobs.task WHERE id = a.task_id), dns_ms = n.dns_ms,
        connect_ms = n.connect_ms, first_byte_ms = n.first_byte_ms, total_ms = n.total_ms, skew_ms = n.skew_ms,
        finished_at = p_at
    FROM unnest(p_tasks, p_epochs, p_bytes, p_http_status, p_dns_ms, p_connect_ms, p_first_byte_ms, p_total_ms,
                p_skew_ms)
         n (id, epoch, bytes, http_status, dns_ms, connect_ms, first_byte_ms, total_ms, skew_ms)
    WHERE a.task_id = n.id AND a.epoch = n.epoch AND a.task_id = ANY (p_tasks);
    DELETE FROM jobs.lease WHERE task_id = ANY (p_tasks);
    FOR ended IN
        SELECT t.upstream_id, max(n.skew_ms) AS skew_ms
        FROM unnest(p_tasks, p_skew_ms) n (id, skew_ms)
        JOIN jobs.task t ON t.id = n.id
        WHERE n.skew_ms IS NOT NULL
        GROUP BY t.upstream_id
        ORDER BY t.upstream_id
    LOOP
        PERFORM jobs.note_skew(p_at, ended.upstream_id, ended.skew_ms);
    END LOOP;
    -- In the order of the rows of coverage.
    FOR ended IN SELECT id FROM jobs.task WHERE id = ANY (p_tasks) ORDER BY dealer_id, feed, from_at, id LOOP
        PERFORM jobs.cover(p_at, ended.id, 'succeeded', NULL);
    END LOOP;
    FOR ended IN
        SELECT u.upstream_id
        FROM jobs.upstream_state u
        WHERE (u.failures > 0 OR u.open_until IS NOT NULL)
          AND u.upstream_id IN (SELECT upstream_id FROM jobs.task WHERE id = ANY (p_tasks) AND kind = 'fetch')
        ORDER BY u.upstream_id
    LOOP
        PERFORM jobs.note_success(p_at, ended.upstream_id);
    END LOOP;
    FOR ended IN
        SELECT job_id, count(*)::int AS tasks, sum(rows_read)::bigint AS rows_read, sum(rows_new)::bigint AS rows_new,
               sum(rows_changed)::bigint AS rows_changed, sum(rows_same)::bigint AS rows_same,
               sum(rows_quarantined)::bigint AS rows_quarantined
        FROM jobs.task
        WHERE id = ANY (p_tasks)
        GROUP BY job_id
        ORDER BY job_id
    LOOP
        PERFORM jobs.count_end(p_at, ended.job_id, 'succeeded', NULL, NULL, ended.rows_read, ended.rows_new,
                               ended.rows_changed, ended.rows_same, ended.rows_quarantined, ended.tasks);
    END LOOP;
    PERFORM jobs.wake_waiting(u.id)
    FROM (SELECT DISTINCT upstream_id AS id FROM jobs.task WHERE id = ANY (p_tasks)) u;
END
$$;

-- The first statement of a transaction that stores several answers of a feed.
CREATE FUNCTION feed.begin_group(p_feed text, p_tasks bigint[], p_epochs int[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM jobs.begin_stores(p_tasks, p_epochs);
    PERFORM feed.hold_dealers(p_feed, ARRAY(SELECT DISTINCT dealer_id FROM jobs.task_dealer
                                            WHERE task_id = ANY (p_tasks)));
END
$$;

-- For all members without a record: their dealers are as fresh as if each had been stored alone.
CREATE FUNCTION feed.store_empty(p_at timestamptz, p_tasks bigint[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM report.raise_version(d.dealer_id, NULL, p_at)
    FROM (SELECT DISTINCT dealer_id FROM jobs.task_dealer WHERE task_id = ANY (p_tasks) ORDER BY dealer_id) d;
END
$$;

-- Between two members: the staging tables are empty again.
CREATE FUNCTION feed.clear_stage() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM pg_temp.stage_prospect;
    DELETE FROM pg_temp.stage_unit;
    DELETE FROM pg_temp.stage_pick;
END
$$;

REVOKE EXECUTE ON FUNCTION jobs.begin_stores, jobs.rivals, jobs.complete_tasks, feed.begin_group, feed.store_empty,
    feed.clear_stage FROM PUBLIC;
GRANT EXECUTE ON FUNCTION jobs.begin_stores, jobs.rivals, jobs.complete_tasks, feed.begin_group, feed.store_empty,
    feed.clear_stage TO dd_fetcher;
