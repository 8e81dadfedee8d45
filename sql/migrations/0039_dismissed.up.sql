-- Who dismisses records says why, which is kept with them; and records are named by field and time, too.

ALTER TABLE feed.quarantine ADD COLUMN why text,
    ADD CONSTRAINT quarantine_why CHECK (why IS NULL OR state = 'dismissed');
COMMENT ON COLUMN feed.quarantine.why IS 'Why it was dismissed';

CREATE OR REPLACE VIEW jobs.quarantine_told AS
SELECT q.id,
       q.dealer_id,
       q.feed,
       q.task_id,
       q.reason,
       q.field,
       (extract(epoch FROM q.created_at) * 1000)::bigint AS created_at,
       CASE
           WHEN q.state = 'open'
                AND EXISTS (SELECT FROM jobs.task t WHERE t.id = q.replay_task_id AND t.state IN ('queued', 'leased'))
           THEN 'replaying'
           ELSE q.state
       END AS state,
       q.seen,
       (extract(epoch FROM q.seen_at) * 1000)::bigint AS seen_at,
       (extract(epoch FROM q.requested_at) * 1000)::bigint AS requested_at,
       q.replays,
       q.replay_task_id,
       q.whole,
       (extract(epoch FROM q.settled_at) * 1000)::bigint AS settled_at,
       q.settled_by,
       q.last_task_id,
       q.raw,
       q.why
FROM feed.quarantine q;
GRANT SELECT (why) ON feed.quarantine, jobs.quarantine_told TO dd_analytics, dd_reader;

DROP FUNCTION jobs.replay, jobs.pick_replay, feed.dismiss, feed.meant;

-- Which records a filter means; nulls mean all. p_ids: those and no others. p_from: came last then or later;
-- p_to: came first then or before; ms since 1970.
CREATE FUNCTION feed.meant(p_ids bigint[], p_dealer text, p_feed text, p_reason text, p_job uuid,
                           p_field text, p_from bigint, p_to bigint)
RETURNS SETOF feed.quarantine
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    SELECT q.*
    FROM feed.quarantine q
    WHERE (SELECT dealer.sight()) && ARRAY['*', q.dealer_id::text]
      AND (p_ids IS NULL OR q.id = ANY (p_ids))
      AND (p_dealer IS NULL OR q.dealer_id = p_dealer)
      AND (p_feed IS NULL OR q.feed = p_feed)
      AND (p_reason IS NULL OR q.reason = p_reason)
      AND (p_field IS NULL OR q.field = p_field)
      AND (p_from IS NULL OR (extract(epoch FROM q.seen_at) * 1000)::bigint >= p_from)
      AND (p_to IS NULL OR (extract(epoch FROM q.created_at) * 1000)::bigint <= p_to)
      AND (p_job IS NULL OR q.task_id IN (SELECT id FROM jobs.task WHERE job_id = p_job)
           OR q.last_task_id IN (SELECT id FROM jobs.task WHERE job_id = p_job));
END
$$;

-- Marks open records as unwanted; returns how many.
CREATE FUNCTION feed.dismiss(p_at timestamptz, p_ids bigint[], p_dealer text, p_feed text, p_reason text,
                             p_job uuid, p_field text, p_from bigint, p_to bigint, p_who text, p_why text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    marked bigint;
BEGIN
    WITH target AS (
        SELECT q.dealer_id, q.id
        FROM feed.quarantine q
        WHERE q.id IN (SELECT m.id
                       FROM feed.meant(p_ids, p_dealer, p_feed, p_reason, p_job, p_field, p_from, p_to) m
                       WHERE m.state = 'open')
        FOR UPDATE SKIP LOCKED
    )
    UPDATE feed.quarantine q
    SET state = 'dismissed', settled_at = p_at, settled_by = p_who, why = p_why
    FROM target t
    WHERE q.dealer_id = t.dealer_id AND q.id = t.id AND q.state = 'open';
    GET DIAGNOSTICS marked = ROW_COUNT;
    RETURN marked;
END
$$;

-- The open records that a replay takes now; they are locked. Those that are being stored at this
-- moment, or wait for a replay, are passed over.
CREATE FUNCTION jobs.pick_replay(p_ids bigint[], p_dealer text, p_feed text, p_reason text, p_source uuid,
                                 p_field text, p_from bigint, p_to bigint)
RETURNS bigint[]
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(id), '{}')
    FROM (SELECT q.id
          FROM feed.quarantine q
          WHERE q.id IN (SELECT m.id
                         FROM feed.meant(p_ids, p_dealer, p_feed, p_reason, p_source, p_field, p_from, p_to) m
                         WHERE m.state = 'open' AND m.whole)
            AND q.state = 'open'
            AND NOT EXISTS (SELECT FROM jobs.task t
                            WHERE t.id = q.replay_task_id AND t.state IN ('queued', 'leased'))
          ORDER BY q.dealer_id, q.feed, q.hash
          FOR UPDATE OF q SKIP LOCKED) free;
$$;

-- Makes a job that stores open records anew: a task for each dealer, feed and time of call, of at
-- most p_size records, so that the records of one task have one requested_at. Its tasks lie in lanes
-- of priority -1: they are no calls, so the manners of an upstream do not hold them up.
CREATE FUNCTION jobs.replay(p_at timestamptz, p_job uuid, p_ids bigint[], p_dealer text, p_feed text,
                            p_reason text, p_source uuid, p_field text, p_from bigint, p_to bigint, p_who text,
                            p_size int DEFAULT 100, p_most int DEFAULT 100) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    part record;
    picked bigint[];
    made bigint;
    tasks bigint[] := '{}';
BEGIN
    -- One at a time, so that no record gets two tasks.
    PERFORM pg_advisory_xact_lock(hashtextextended('jobs.replay', 0));
    picked := jobs.pick_replay(p_ids, p_dealer, p_feed, p_reason, p_source, p_field, p_from, p_to);
    FOR part IN
        SELECT n.target, n.feed, n.credential_id, n.upstream_id, n.clock, array_agg(n.id) AS ids
        FROM (SELECT q.id, q.feed, d.dealer_id AS target, d.credential_id, u.id AS upstream_id, q.requested_at,
                     (q.requested_at AT TIME ZONE u.zone)::timestamp(0) AS clock,
                     row_number() OVER (PARTITION BY d.dealer_id, q.feed, q.requested_at ORDER BY q.id) - 1 AS place
              FROM feed.quarantine q
              JOIN dealer.dealers d ON d.dealer_id = q.dealer_id AND d.is_active
              JOIN dealer.credential c ON c.id = d.credential_id
              JOIN dealer.upstream u ON u.id = c.upstream_id
              WHERE q.id = ANY (picked)) n
        GROUP BY n.target, n.feed, n.credential_id, n.upstream_id, n.clock, n.requested_at, n.place / p_size
        ORDER BY n.target, n.feed, n.requested_at, n.place / p_size
    LOOP
        IF cardinality(tasks) = p_most THEN
            RAISE EXCEPTION 'the records make more than % tasks: name fewer of them', p_most USING ERRCODE = 'DD071';
        END IF;
        IF cardinality(tasks) = 0 THEN
            INSERT INTO jobs.job_record (id, kind, feeds, from_at, to_at, priority, requested_by, tasks_total, created_at)
            VALUES (p_job, 'replay', ARRAY[part.feed], part.clock, part.clock, 0, p_who, 1, p_at);
        END IF;
        INSERT INTO jobs.task (job_id, upstream_id, credential_id, dealer_id, feed, from_at, to_at, priority,
                               kind, created_at)
        VALUES (p_job, part.upstream_id, part.credential_id, part.target, part.feed, part.clock, part.clock, -1,
                'replay', p_at)
        RETURNING id INTO made;
        INSERT INTO jobs.task_dealer (dealer_id, task_id, job_id) VALUES (part.target, made, p_job);
        INSERT INTO jobs.job_dealer (dealer_id, job_id) VALUES (part.target, p_job) ON CONFLICT DO NOTHING;
        UPDATE feed.quarantine SET replay_task_id = made WHERE id = ANY (part.ids);
        tasks := tasks || made;
    END LOOP;
    IF cardinality(tasks) = 0 THEN
        RAISE EXCEPTION 'no open record of an active dealer fits, or all of them are being replayed'
            USING ERRCODE = 'DD070';
    END IF;
    UPDATE jobs.job_record j
    SET tasks_total = cardinality(tasks), feeds = t.feeds, from_at = t.from_at, to_at = t.to_at
    FROM (SELECT array_agg(DISTINCT feed ORDER BY feed) AS feeds, min(from_at) AS from_at, max(to_at) AS to_at
          FROM jobs.task WHERE job_id = p_job) t
    WHERE j.id = p_job;
    PERFORM jobs.hold_upstreams(ARRAY(SELECT upstream_id FROM jobs.task WHERE job_id = p_job));
    PERFORM jobs.queue_ready(tasks);
    PERFORM pg_notify('dd_job', p_job::text);
    RETURN cardinality(tasks);
END
$$;

-- Records were changed: how many is told, and why if they were dismissed. Where nobody asked for it, nothing is looked
-- at. Nothing is joined: a plan is made once for a few rows, and kept for many.
CREATE FUNCTION account.audit_aside() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    n bigint;
    reason text;
BEGIN
    IF coalesce(current_setting('dd.principal', true), '') = '' THEN
        RETURN NULL;
    END IF;
    SELECT count(*) INTO n FROM written;
    IF current_setting('dd.action', true) = 'quarantine.dismiss' THEN
        SELECT max(w.why) INTO reason FROM written w;
    END IF;
    IF n > 0 THEN
        PERFORM account.note('quarantine', '', NULL, jsonb_strip_nulls(jsonb_build_object('rows', n, 'why', reason)));
    END IF;
    RETURN NULL;
END
$$;
DROP TRIGGER audit ON feed.quarantine;
CREATE TRIGGER audit AFTER UPDATE ON feed.quarantine REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION account.audit_aside();

REVOKE EXECUTE ON FUNCTION feed.meant, feed.dismiss, jobs.pick_replay, jobs.replay, account.audit_aside FROM PUBLIC;
GRANT EXECUTE ON FUNCTION feed.meant TO dd_fetcher;
GRANT EXECUTE ON FUNCTION feed.dismiss, jobs.replay TO dd_scheduler;
