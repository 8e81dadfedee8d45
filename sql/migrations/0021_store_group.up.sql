-- Storing several answers in one transaction, and what a merge asks about other calls. Locks are taken
-- for all members in the order of the single store: tasks, dealers, rows, rollups, coverage, jobs.

-- A transaction that stores several answers begins here: holds their tasks, in the order of their ids,
-- and checks the leases. SQLSTATE DD001 when one is lost: the others are then stored singly.
CREATE FUNCTION jobs.begin_stores(p_tasks bigint[], p_epochs int[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    held int;
BEGIN
    SELECT count(*) INTO held
    FROM (SELECT t.id
          FROM unnest(p_tasks, p_epochs) n (id, epoch)
          JOIN jobs.task t ON t.id = n.id AND t.epoch = n.epoch
          WHERE t.state = 'leased'
          ORDER BY t.id
          FOR UPDATE OF t) mine;
    IF held <> cardinality(p_tasks) THEN
        RAISE EXCEPTION 'one of % tasks is not leased any more', cardinality(p_tasks) USING ERRCODE = 'DD001';
    END IF;
END
$$;

-- The calls for a dealer of this task that began before p_requested_at and may still store what they saw.
-- overlap: one of them asked for a part of the same window.
-- Led by the few leases, however large the history is: OFFSET keeps the planner to that.
CREATE FUNCTION jobs.rivals(p_task bigint, p_requested_at timestamptz, OUT n bigint, OUT overlap boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    mine record;
BEGIN
    SELECT t.dealer_id, t.feed, t.from_at, t.to_at INTO mine FROM jobs.task t WHERE t.id = p_task;
    SELECT count(*), coalesce(bool_or(t.from_at <= mine.to_at AND t.to_at >= mine.from_at), false)
    INTO n, overlap
    FROM jobs.lease l
    CROSS JOIN LATERAL (SELECT o.from_at, o.to_at FROM jobs.task o
                        WHERE o.id = l.task_id AND o.epoch = l.epoch AND o.feed = mine.feed AND o.kind = 'fetch'
                          AND o.started_at < p_requested_at
                        OFFSET 0) t
    WHERE l.task_id <> p_task
      AND (l.dealer_id = mine.dealer_id
           OR '*' IN (l.dealer_id, mine.dealer_id)
              AND EXISTS (SELECT FROM jobs.task_dealer a
                          JOIN jobs.task_dealer b ON b.dealer_id = a.dealer_id
                          WHERE a.task_id = p_task AND b.task_id = l.task_id));
END
$$;

-- Completes all tasks of a transaction that began with begin_stores(): what complete_task() does for
-- one. The counts of rows are those of jobs.task_dealer.
CREATE FUNCTION jobs.complete_tasks(p_at timestamptz, p_tasks bigint[], p_epochs int[], p_bytes bigint[],
                                    p_http_status int[], p_dns_ms int[], p_connect_ms int[], p_first_byte_ms int[],
                                    p_total_ms int[], p_skew_ms bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    seen record;
BEGIN
    WITH named AS MATERIALIZED (
        SELECT n.id, n.epoch, n.bytes, n.http_status, n.dns_ms, n.connect_ms, n.first_byte_ms, n.total_ms, n.skew_ms,
               sum(d.rows_read) AS rows_read, sum(d.rows_new) AS rows_new, sum(d.rows_changed) AS rows_changed,
               sum(d.rows_same) AS rows_same, sum(d.rows_quarantined) AS rows_quarantined
        FROM unnest(p_tasks, p_epochs, p_bytes, p_http_status, p_dns_ms, p_connect_ms, p_first_byte_ms, p_total_ms,
                    p_skew_ms)
             n (id, epoch, bytes, http_status, dns_ms, connect_ms, first_byte_ms, total_ms, skew_ms)
        JOIN jobs.task_dealer d ON d.task_id = n.id
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
    ), ended AS (
        UPDATE jobs.task t
        SET state = 'succeeded', error_code = NULL, error_text = NULL, rows_read = n.rows_read, rows_new = n.rows_new,
            rows_changed = n.rows_changed, rows_same = n.rows_same, rows_quarantined = n.rows_quarantined,
            bytes = n.bytes, finished_at = p_at
        FROM named n
        WHERE t.id = n.id
    ), tried AS (
        UPDATE jobs.attempt a
        SET outcome = 'succeeded', http_status = n.http_status, bytes = n.bytes, rows_read = n.rows_read,
            dns_ms = n.dns_ms, connect_ms = n.connect_ms, first_byte_ms = n.first_byte_ms, total_ms = n.total_ms,
            skew_ms = n.skew_ms, finished_at = p_at
        FROM named n
        WHERE a.task_id = n.id AND a.epoch = n.epoch
    ), free AS (
        DELETE FROM jobs.lease WHERE task_id = ANY (p_tasks)
    )
    UPDATE jobs.task_dealer
    SET state = 'succeeded', error_code = NULL, error_text = NULL, finished_at = p_at
    WHERE task_id = ANY (p_tasks);
    FOR seen IN
        SELECT t.upstream_id, max(n.skew_ms) AS skew_ms
        FROM unnest(p_tasks, p_skew_ms) n (id, skew_ms)
        JOIN jobs.task t ON t.id = n.id
        WHERE n.skew_ms IS NOT NULL
        GROUP BY t.upstream_id
        ORDER BY t.upstream_id
    LOOP
        PERFORM jobs.note_skew(p_at, seen.upstream_id, seen.skew_ms);
    END LOOP;
    PERFORM jobs.cover(p_at, p_tasks, 'succeeded', NULL);
    FOR seen IN
        SELECT job_id, upstream_id, bool_or(kind = 'fetch') AS called, sum(rows_read)::bigint AS rows_read,
               sum(rows_new)::bigint AS rows_new, sum(rows_changed)::bigint AS rows_changed,
               sum(rows_same)::bigint AS rows_same, sum(rows_quarantined)::bigint AS rows_quarantined,
               count(*)::int AS tasks
        FROM jobs.task
        WHERE id = ANY (p_tasks)
        GROUP BY job_id, upstream_id
        ORDER BY job_id, upstream_id
    LOOP
        PERFORM jobs.count_success(p_at, seen.job_id, seen.upstream_id, seen.called, seen.rows_read, seen.rows_new,
                                   seen.rows_changed, seen.rows_same, seen.rows_quarantined, seen.tasks);
    END LOOP;
END
$$;

-- The first statement of a transaction that stores several answers of a feed. p_full: the tasks whose
-- answers hold records; the others merge nothing.
CREATE FUNCTION feed.begin_group(p_feed text, p_tasks bigint[], p_epochs int[], p_full bigint[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM jobs.begin_stores(p_tasks, p_epochs);
    IF cardinality(p_full) > 0 THEN
        PERFORM feed.hold_dealers(p_feed, ARRAY(SELECT DISTINCT dealer_id FROM jobs.task_dealer
                                                WHERE task_id = ANY (p_full)));
        -- The members raise the versions in their own order.
        PERFORM report.hold_versions(ARRAY(SELECT DISTINCT dealer_id FROM jobs.task_dealer
                                           WHERE task_id = ANY (p_tasks)));
    END IF;
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
