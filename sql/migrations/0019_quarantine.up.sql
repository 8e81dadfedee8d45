-- Records set aside, replayed after a fix; and drift: how an upstream's fields change their shape.
--
-- SQLSTATEs of class DD, mapped to error codes by proto/errors.def:
--   DD070 no record that can be replayed is meant    DD071 more records than one replay takes

-- A fetcher may know who asked for a task, and no more of its job.
CREATE VIEW jobs.task_asked AS
SELECT t.id AS task_id, j.requested_by
FROM jobs.task t
JOIN jobs.job_record j ON j.id = t.job_id;
COMMENT ON VIEW jobs.task_asked IS 'Who asked for a task';
GRANT SELECT ON jobs.task_asked TO dd_fetcher, dd_scheduler, dd_analytics, dd_reader;

-- A quarantined record as it is told: each column but raw is a field of the message.
CREATE VIEW jobs.quarantine_told AS
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
       q.raw
FROM feed.quarantine q;
COMMENT ON VIEW jobs.quarantine_told IS 'Quarantine in the words of the bus: times in ms since 1970; raw holds personal data';
GRANT SELECT ON jobs.quarantine_told TO dd_scheduler, dd_analytics, dd_reader;

-- Who writes to the quarantine holds the task, its dealers, and the quarantine of its credential, in this
-- order: so transactions of a credential come one after the other, whatever order their records have.
CREATE FUNCTION feed.hold_quarantine(p_task bigint, p_epoch int) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    its record;
BEGIN
    PERFORM jobs.begin_store(p_task, p_epoch);
    SELECT feed, credential_id INTO its FROM jobs.task WHERE id = p_task;
    PERFORM feed.hold_dealers(its.feed, ARRAY(SELECT dealer_id FROM jobs.task_dealer WHERE task_id = p_task));
    PERFORM pg_advisory_xact_lock(hashtextextended('quarantine:' || its.credential_id, 0));
END
$$;

-- Sets records aside, in the storing transaction, before its rows are merged. The same record of
-- overlapping calls is one row, which counts. One that a person dismissed stays dismissed; one that
-- was stored is open again, for this time it could not be. A replay's own try counts as a replay.
CREATE FUNCTION feed.set_aside(p_at timestamptz, p_task bigint, p_epoch int, p_feed text,
                               p_requested_at timestamptz, p_dealers text[], p_reasons text[],
                               p_fields text[], p_raws text[], p_whole boolean[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM feed.hold_quarantine(p_task, p_epoch);
    INSERT INTO feed.quarantine AS q (dealer_id, feed, task_id, epoch, last_task_id, reason, field, raw, hash,
           whole, requested_at, created_at, seen_at)
    SELECT DISTINCT ON (b.dealer_id, b.hash) b.dealer_id, p_feed, p_task, p_epoch, p_task, b.reason, b.field,
           b.raw, b.hash, b.whole, p_requested_at, p_at, p_at
    FROM (SELECT u.*, sha256(convert_to(u.raw, 'UTF8')) AS hash
          FROM unnest(p_dealers, p_reasons, p_fields, p_raws, p_whole) u (dealer_id, reason, field, raw, whole)) b
    ORDER BY b.dealer_id, b.hash
    ON CONFLICT (dealer_id, feed, hash) DO UPDATE
    SET reason = excluded.reason,
        field = excluded.field,
        whole = q.whole AND excluded.whole,
        requested_at = CASE WHEN q.replay_task_id = p_task THEN q.requested_at
                            ELSE greatest(q.requested_at, excluded.requested_at) END,
        seen = q.seen + (q.last_task_id <> p_task AND q.replay_task_id IS DISTINCT FROM p_task)::int,
        seen_at = CASE WHEN q.replay_task_id = p_task THEN q.seen_at ELSE p_at END,
        replays = q.replays + (q.last_task_id <> p_task AND q.replay_task_id IS NOT DISTINCT FROM p_task)::int,
        last_task_id = p_task,
        state = CASE q.state WHEN 'dismissed' THEN 'dismissed' ELSE 'open' END,
        settled_at = CASE q.state WHEN 'dismissed' THEN q.settled_at END,
        settled_by = CASE q.state WHEN 'dismissed' THEN q.settled_by END;
END
$$;

-- What a task of kind replay stores: the records as they were sent.
CREATE FUNCTION feed.replay_records(p_task bigint) RETURNS TABLE (raw text, requested_ms bigint)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT q.raw, (extract(epoch FROM q.requested_at) * 1000)::bigint
    FROM feed.quarantine q
    WHERE q.replay_task_id = p_task AND q.state = 'open' AND q.whole
    ORDER BY q.id;
$$;

-- The records of a replay that were not set aside again are stored; belongs into the transaction
-- that stores them, after the last set_aside().
CREATE FUNCTION feed.settle_replay(p_at timestamptz, p_task bigint, p_epoch int) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who text;
BEGIN
    PERFORM feed.hold_quarantine(p_task, p_epoch);
    SELECT requested_by INTO who FROM jobs.task_asked WHERE task_id = p_task;
    UPDATE feed.quarantine
    SET state = 'stored', settled_at = p_at, settled_by = who, replays = replays + 1
    WHERE replay_task_id = p_task AND state = 'open' AND whole AND last_task_id <> p_task;
END
$$;

-- Which records a filter means; nulls mean all. p_ids: those and no others.
CREATE FUNCTION feed.meant(p_ids bigint[], p_dealer text, p_feed text, p_reason text, p_job uuid)
RETURNS SETOF feed.quarantine
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    SELECT q.*
    FROM feed.quarantine q
    WHERE (p_ids IS NULL OR q.id = ANY (p_ids))
      AND (p_dealer IS NULL OR q.dealer_id = p_dealer)
      AND (p_feed IS NULL OR q.feed = p_feed)
      AND (p_reason IS NULL OR q.reason = p_reason)
      AND (p_job IS NULL OR q.task_id IN (SELECT id FROM jobs.task WHERE job_id = p_job)
           OR q.last_task_id IN (SELECT id FROM jobs.task WHERE job_id = p_job));
END
$$;

-- Marks open records as unwanted; returns how many.
CREATE FUNCTION feed.dismiss(p_at timestamptz, p_ids bigint[], p_dealer text, p_feed text, p_reason text,
                             p_job uuid, p_who text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    marked bigint;
BEGIN
    WITH target AS (
        SELECT q.dealer_id, q.id
        FROM feed.quarantine q
        WHERE q.id IN (SELECT m.id FROM feed.meant(p_ids, p_dealer, p_feed, p_reason, p_job) m WHERE m.state = 'open')
        FOR UPDATE SKIP LOCKED
    )
    UPDATE feed.quarantine q
    SET state = 'dismissed', settled_at = p_at, settled_by = p_who
    FROM target t
    WHERE q.dealer_id = t.dealer_id AND q.id = t.id AND q.state = 'open';
    GET DIAGNOSTICS marked = ROW_COUNT;
    RETURN marked;
END
$$;

-- The open records that a replay takes now; they are locked. Those that are being stored at this
-- moment, or wait for a replay, are passed over.
CREATE FUNCTION jobs.pick_replay(p_ids bigint[], p_dealer text, p_feed text, p_reason text, p_source uuid)
RETURNS bigint[]
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(id), '{}')
    FROM (SELECT q.id
          FROM feed.quarantine q
          WHERE q.id IN (SELECT m.id FROM feed.meant(p_ids, p_dealer, p_feed, p_reason, p_source) m
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
                            p_reason text, p_source uuid, p_who text, p_size int DEFAULT 100,
                            p_most int DEFAULT 100) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    part record;
    picked bigint[];
    made bigint;
    tasks bigint[] := '{}';
BEGIN
    -- One at a time, so that no record gets two tasks.
    PERFORM pg_advisory_xact_lock(hashtextextended('jobs.replay', 0));
    picked := jobs.pick_replay(p_ids, p_dealer, p_feed, p_reason, p_source);
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

-- Takes replays for a fetcher, one of each lane in turn: up to p_want. They wait for nothing but the
-- pause of their dealer, or of all. Called by jobs.lease_tasks(), which holds these upstreams.
CREATE FUNCTION jobs.take_replays(p_at timestamptz, p_instance uuid, p_upstreams bigint[], p_want int,
                                  p_lease_ms int) RETURNS bigint[]
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    lane record;
    taken bigint;
    leased bigint[] := '{}';
BEGIN
    FOR lane IN
        SELECT l.credential_id, l.dealer_id, l.priority, c.id AS caller
        FROM jobs.lane l
        JOIN dealer.dealers d ON d.dealer_id = l.dealer_id AND d.is_active
        JOIN dealer.credential c ON c.id = d.credential_id AND c.upstream_id = l.upstream_id
        WHERE l.priority < 0 AND l.queued > 0 AND l.upstream_id = ANY (p_upstreams)
          AND NOT EXISTS (SELECT FROM jobs.pause p
                          WHERE p.scope = 'all' OR p.scope = 'dealer' AND p.target = l.dealer_id)
        ORDER BY l.turn
        LIMIT p_want
    LOOP
        UPDATE jobs.task
        SET state = 'leased', ready = false, epoch = epoch + 1, attempt = attempt + 1, started_at = p_at,
            not_before = NULL, credential_id = lane.caller
        WHERE id = (SELECT t.id
                    FROM jobs.task t
                    JOIN jobs.job_record j ON j.id = t.job_id AND j.cancel_asked_at IS NULL
                    WHERE t.credential_id = lane.credential_id AND t.dealer_id = lane.dealer_id
                      AND t.priority = lane.priority AND t.ready AND t.state = 'queued'
                    ORDER BY t.id
                    LIMIT 1
                    FOR UPDATE OF t SKIP LOCKED)
        RETURNING id INTO taken;
        UPDATE jobs.lane l
        SET queued = l.queued - (taken IS NOT NULL)::int, turn = nextval('jobs.turn'), served_at = p_at
        WHERE l.credential_id = lane.credential_id AND l.dealer_id = lane.dealer_id AND l.priority = lane.priority;
        CONTINUE WHEN taken IS NULL;
        leased := leased || taken;
    END LOOP;
    INSERT INTO jobs.lease (task_id, job_id, upstream_id, credential_id, dealer_id, epoch, instance, lease_until, call)
    SELECT id, job_id, upstream_id, credential_id, dealer_id, epoch, p_instance,
           p_at + make_interval(secs => p_lease_ms / 1000.0), false
    FROM jobs.task WHERE id = ANY (leased);
    INSERT INTO jobs.attempt (task_id, number, epoch, instance, started_at)
    SELECT id, attempt, epoch, p_instance, p_at FROM jobs.task WHERE id = ANY (leased) ORDER BY id;
    RETURN leased;
END
$$;

-- ---- drift ----

CREATE TABLE feed.field_seen (
    upstream_id bigint NOT NULL REFERENCES dealer.upstream (id) ON DELETE CASCADE,
    feed        text NOT NULL,
    part        text NOT NULL,
    field       text NOT NULL,
    types       text[] NOT NULL,
    first_at    timestamptz NOT NULL,
    seen_at     timestamptz NOT NULL,
    PRIMARY KEY (upstream_id, feed, part, field)
);
COMMENT ON TABLE feed.field_seen IS 'Fields of upstreams'' answers as they are known: what drift is measured against';
COMMENT ON COLUMN feed.field_seen.part IS 'Name of the child list; empty for the record itself';
COMMENT ON COLUMN feed.field_seen.types IS 'JSON types seen so far, null not counted';

CREATE TABLE feed.drift (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    upstream_id     bigint NOT NULL REFERENCES dealer.upstream (id) ON DELETE CASCADE,
    feed            text NOT NULL,
    part            text NOT NULL,
    field           text NOT NULL,
    kind            text NOT NULL CHECK (kind IN ('new', 'vanished', 'retyped')),
    type            text NOT NULL,
    answers         bigint NOT NULL,
    first_at        timestamptz NOT NULL,
    last_at         timestamptz NOT NULL,
    told_at         timestamptz,
    acknowledged_at timestamptz,
    acknowledged_by text,
    UNIQUE (upstream_id, feed, part, field, kind, type)
);
CREATE INDEX drift_untold ON feed.drift (id) WHERE told_at IS NULL;
COMMENT ON TABLE feed.drift IS 'Fields that came, went or changed their type in an upstream''s answers; names and types, never a value';
COMMENT ON COLUMN feed.drift.part IS 'Name of the child list; empty for the record itself';
COMMENT ON COLUMN feed.drift.type IS 'JSON type that was seen; empty for a field that vanished';
COMMENT ON COLUMN feed.drift.answers IS 'In how many answers it was noticed';
COMMENT ON COLUMN feed.drift.told_at IS 'When the event went out, once';

-- A fetcher tells what it found in the answers since it told last: a row for each field and JSON type
-- with the number of answers. Type '' = none of the records had the field, and there were
-- enough of them in a row to tell. p_expected: the field is one of those that are stored. Not expected and
-- seen first = new; gone, but seen before = vanished; of another type than ever before = retyped.
-- An upstream that makes up names forever fills no more than p_most rows. Returns how many findings
-- are new.
CREATE FUNCTION feed.notice_fields(p_at timestamptz, p_upstream bigint, p_feed text, p_parts text[],
                                   p_fields text[], p_types text[], p_answers bigint[], p_expected boolean[],
                                   p_most int DEFAULT 500)
RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    fresh bigint;
    room boolean;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('drift:' || p_upstream || ':' || p_feed, 0));
    room := (SELECT count(*) < p_most FROM feed.field_seen WHERE upstream_id = p_upstream AND feed = p_feed);
    WITH told AS (
        SELECT u.part, u.field, u.type, u.answers, s.field IS NULL AS first,
               CASE WHEN u.type = '' THEN 'vanished' WHEN s.field IS NULL OR d.kind = 'new' THEN 'new' ELSE 'retyped' END
                   AS kind,
               CASE
                   WHEN u.type = '' THEN s.field IS NOT NULL
                   WHEN s.field IS NULL THEN NOT u.expected AND room
                   ELSE d.kind IS NOT NULL
                        OR u.type <> 'null' AND cardinality(s.types) > 0 AND u.type <> ALL (s.types)
               END AS drifts
        FROM unnest(p_parts, p_fields, p_types, p_answers, p_expected) u (part, field, type, answers, expected)
        LEFT JOIN feed.field_seen s ON s.upstream_id = p_upstream AND s.feed = p_feed AND s.part = u.part AND s.field = u.field
        LEFT JOIN feed.drift d ON d.upstream_id = p_upstream AND d.feed = p_feed AND d.part = u.part
                              AND d.field = u.field AND d.type = u.type AND d.kind <> 'vanished'
    ), noticed AS (
        INSERT INTO feed.drift AS d (upstream_id, feed, part, field, kind, type, answers, first_at, last_at)
        SELECT p_upstream, p_feed, part, field, kind, type, answers, p_at, p_at FROM told WHERE drifts
        ON CONFLICT (upstream_id, feed, part, field, kind, type) DO UPDATE
        SET answers = d.answers + excluded.answers, last_at = excluded.last_at
        RETURNING told_at, first_at = p_at AS is_new
    )
    SELECT count(*) FILTER (WHERE is_new) INTO fresh FROM noticed;
    INSERT INTO feed.field_seen AS s (upstream_id, feed, part, field, types, first_at, seen_at)
    SELECT p_upstream, p_feed, u.part, u.field, coalesce(array_agg(u.type) FILTER (WHERE u.type <> 'null'), '{}'), p_at, p_at
    FROM unnest(p_parts, p_fields, p_types) u (part, field, type)
    WHERE u.type <> ''
      AND (room OR EXISTS (SELECT FROM feed.field_seen k WHERE k.upstream_id = p_upstream AND k.feed = p_feed
                                                           AND k.part = u.part AND k.field = u.field))
    GROUP BY u.part, u.field
    ORDER BY u.part, u.field
    ON CONFLICT (upstream_id, feed, part, field) DO UPDATE
    SET types = s.types || ARRAY(SELECT t FROM unnest(excluded.types) t WHERE t <> ALL (s.types)),
        seen_at = excluded.seen_at;
    RETURN fresh;
END
$$;

-- Findings whose event has not gone out; each is returned once, to one scheduler.
CREATE FUNCTION feed.tell_drift(p_at timestamptz) RETURNS TABLE (id bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE feed.drift d
    SET told_at = p_at
    WHERE d.id IN (SELECT u.id FROM feed.drift u WHERE u.told_at IS NULL ORDER BY u.id LIMIT 20 FOR UPDATE SKIP LOCKED)
    RETURNING d.id;
$$;

-- Findings that somebody has taken note of; p_ids null = all. Returns how many were not before.
CREATE FUNCTION feed.acknowledge_drift(p_at timestamptz, p_ids bigint[], p_who text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    marked bigint;
BEGIN
    UPDATE feed.drift
    SET acknowledged_at = p_at, acknowledged_by = p_who
    WHERE acknowledged_at IS NULL AND (p_ids IS NULL OR id = ANY (p_ids));
    GET DIAGNOSTICS marked = ROW_COUNT;
    RETURN marked;
END
$$;

GRANT SELECT, INSERT, UPDATE, DELETE ON feed.field_seen, feed.drift TO dd_fetcher;
GRANT SELECT ON feed.field_seen, feed.drift TO dd_scheduler, dd_analytics, dd_reader;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA feed, jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION feed.hold_quarantine, feed.set_aside, feed.replay_records, feed.settle_replay, feed.meant,
    feed.notice_fields TO dd_fetcher;
GRANT EXECUTE ON FUNCTION feed.dismiss, feed.tell_drift, feed.acknowledge_drift, jobs.replay TO dd_scheduler;
