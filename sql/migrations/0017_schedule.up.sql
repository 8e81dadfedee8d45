-- Schedules and their ticks; freshness targets.
--
-- A scheduler computes in C which ticks of a schedule are due and claims them by one statement:
-- jobs.claim_ticks() applies only to the version of the schedule that was computed from, and a tick
-- is a row unique by schedule and time. So any number of schedulers may compute at the same time;
-- one of them wins, the others find nothing to do. A claimed tick waits as a row. Whoever locks that row
-- makes the tick's job and tells it by jobs.end_tick() in one transaction, so that a scheduler that dies
-- at any instant loses nothing and doubles nothing.

CREATE SEQUENCE jobs.schedule_id;
CREATE TABLE jobs.schedule (
    id             bigint PRIMARY KEY,
    name           text NOT NULL CHECK (name <> ''),
    kind           text NOT NULL CHECK (kind IN ('hourly', 'daily', 'custom')),
    cron           text NOT NULL,
    zone           text NOT NULL,
    jitter_seconds int NOT NULL CHECK (jitter_seconds BETWEEN 0 AND 3600),
    catch_up       text NOT NULL CHECK (catch_up IN ('skip', 'once', 'all')),
    all_dealers    boolean NOT NULL,
    dealer_ids     text[] NOT NULL,
    feeds          text[] NOT NULL,
    overlap_hours  int CHECK (overlap_hours BETWEEN 0 AND 168),
    overlap_policy text NOT NULL CHECK (overlap_policy IN ('skip', 'queue')),
    active         boolean NOT NULL,
    paused_by      text,
    paused_at      timestamptz,
    created_by     text NOT NULL,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    next_at        timestamptz NOT NULL,
    due_at         timestamptz NOT NULL,
    version        bigint NOT NULL DEFAULT 1
) WITH (fillfactor = 70);
CREATE INDEX schedule_due ON jobs.schedule (due_at) WHERE active;
COMMENT ON TABLE jobs.schedule IS 'What is fetched by the clock';
COMMENT ON COLUMN jobs.schedule.cron IS 'Also that of an hourly or daily one';
COMMENT ON COLUMN jobs.schedule.zone IS 'IANA zone of the expression';
COMMENT ON COLUMN jobs.schedule.dealer_ids IS 'Empty with all_dealers';
COMMENT ON COLUMN jobs.schedule.overlap_hours IS 'Null = the upstream''s';
COMMENT ON COLUMN jobs.schedule.next_at IS 'The earliest tick that nobody claimed';
COMMENT ON COLUMN jobs.schedule.due_at IS 'next_at with its jitter';
COMMENT ON COLUMN jobs.schedule.version IS 'Raised by each change: what was computed from an older one does not count';

CREATE TABLE jobs.tick (
    schedule_id bigint NOT NULL REFERENCES jobs.schedule (id) ON DELETE CASCADE,
    at          timestamptz NOT NULL,
    due_at      timestamptz NOT NULL,
    claimed_at  timestamptz NOT NULL,
    state       text NOT NULL CHECK (state IN ('waiting', 'started', 'skipped')),
    reason      text CHECK ((reason IS NOT NULL) = (state = 'skipped')),
    job_id      uuid CHECK ((job_id IS NOT NULL) = (state = 'started')),
    started_at  timestamptz,
    PRIMARY KEY (schedule_id, at)
);
CREATE INDEX tick_waiting ON jobs.tick (schedule_id, at) WHERE state = 'waiting';
COMMENT ON TABLE jobs.tick IS 'Each instant at which a schedule was to run, and what became of it';
COMMENT ON COLUMN jobs.tick.at IS 'As the expression names it';
COMMENT ON COLUMN jobs.tick.due_at IS 'With jitter';
COMMENT ON COLUMN jobs.tick.started_at IS 'When its job was made';

-- Dealers and feeds that a schedule names must be there; whether a dealer can be fetched is asked
-- at each tick.
CREATE FUNCTION jobs.check_schedule(p_all boolean, p_dealers text[], p_feeds text[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wrong text;
BEGIN
    IF p_all = (cardinality(p_dealers) > 0) THEN
        RAISE EXCEPTION 'a schedule names dealers, or is for all of them' USING ERRCODE = 'DD017';
    END IF;
    SELECT w INTO wrong FROM unnest(p_dealers) w
    WHERE NOT EXISTS (SELECT FROM dealer.dealers d WHERE d.dealer_id = w);
    IF FOUND THEN
        RAISE EXCEPTION 'there is no dealer "%"', wrong USING ERRCODE = 'DD010';
    END IF;
    SELECT w INTO wrong FROM unnest(p_feeds) w WHERE NOT EXISTS (SELECT FROM jobs.feed f WHERE f.feed = w);
    IF cardinality(p_feeds) = 0 THEN
        RAISE EXCEPTION 'at least one feed has to be named' USING ERRCODE = 'DD016';
    END IF;
    IF FOUND THEN
        RAISE EXCEPTION 'there is no feed "%"', wrong USING ERRCODE = 'DD016';
    END IF;
END
$$;

-- The id comes first, since the jitter of a schedule's ticks follows from it.
CREATE FUNCTION jobs.new_schedule_id() RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT nextval('jobs.schedule_id');
$$;

CREATE FUNCTION jobs.add_schedule(p_at timestamptz, p_schedule bigint, p_name text, p_kind text, p_cron text, p_zone text,
                                  p_jitter int, p_catch_up text, p_all boolean, p_dealers text[],
                                  p_feeds text[], p_overlap_hours int, p_overlap_policy text,
                                  p_active boolean, p_by text, p_next timestamptz,
                                  p_due timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM jobs.check_schedule(p_all, p_dealers, p_feeds);
    INSERT INTO jobs.schedule (id, name, kind, cron, zone, jitter_seconds, catch_up, all_dealers, dealer_ids,
                               feeds, overlap_hours, overlap_policy, active, paused_by, paused_at,
                               created_by, created_at, updated_at, next_at, due_at)
    VALUES (p_schedule, p_name, p_kind, p_cron, p_zone, p_jitter, p_catch_up, p_all,
            ARRAY(SELECT DISTINCT d FROM unnest(p_dealers) d ORDER BY d),
            ARRAY(SELECT DISTINCT f FROM unnest(p_feeds) f ORDER BY f), p_overlap_hours, p_overlap_policy,
            p_active, CASE WHEN NOT p_active THEN p_by END, CASE WHEN NOT p_active THEN p_at END,
            p_by, p_at, p_at, p_next, p_due);
    PERFORM pg_notify('dd_schedule', p_schedule::text);
END
$$;

-- All columns anew, as computed from version p_version; false when that is no longer the current
-- one. Whoever pauses a schedule takes its waiting ticks back.
CREATE FUNCTION jobs.change_schedule(p_at timestamptz, p_schedule bigint, p_version bigint, p_name text,
                                     p_kind text, p_cron text, p_zone text, p_jitter int,
                                     p_catch_up text, p_all boolean, p_dealers text[], p_feeds text[],
                                     p_overlap_hours int, p_overlap_policy text, p_active boolean,
                                     p_by text, p_next timestamptz, p_due timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM jobs.check_schedule(p_all, p_dealers, p_feeds);
    UPDATE jobs.schedule
    SET name = p_name, kind = p_kind, cron = p_cron, zone = p_zone, jitter_seconds = p_jitter,
        catch_up = p_catch_up, all_dealers = p_all,
        dealer_ids = ARRAY(SELECT DISTINCT d FROM unnest(p_dealers) d ORDER BY d),
        feeds = ARRAY(SELECT DISTINCT f FROM unnest(p_feeds) f ORDER BY f),
        overlap_hours = p_overlap_hours, overlap_policy = p_overlap_policy, active = p_active,
        paused_by = CASE WHEN p_active THEN NULL WHEN active THEN p_by ELSE paused_by END,
        paused_at = CASE WHEN p_active THEN NULL WHEN active THEN p_at ELSE paused_at END,
        updated_at = p_at, next_at = p_next, due_at = p_due, version = version + 1
    WHERE id = p_schedule AND version = p_version;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF NOT p_active THEN
        UPDATE jobs.tick SET state = 'skipped', reason = 'paused'
        WHERE schedule_id = p_schedule AND state = 'waiting';
    END IF;
    PERFORM pg_notify('dd_schedule', p_schedule::text);
    RETURN true;
END
$$;

CREATE FUNCTION jobs.remove_schedule(p_schedule bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM jobs.schedule WHERE id = p_schedule;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM pg_notify('dd_schedule', p_schedule::text);
    RETURN true;
END
$$;

-- True while the run that the last tick started goes on: one of its calls is under way, waits for its next
-- try, or stands in a lane that is served sooner or later. Calls that somebody has to set free first (of a
-- dealer that is paused or inactive, with a credential that was refused) would hold up all other dealers.
-- The run need not be the schedule's own job: a tick that finds the same work under way takes part in it.
CREATE FUNCTION jobs.schedule_runs(p_schedule bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    run CONSTANT uuid := (SELECT j.id FROM jobs.job_record j
                          WHERE j.id = (SELECT t.job_id FROM jobs.tick t
                                        WHERE t.schedule_id = p_schedule AND t.state = 'started'
                                        ORDER BY t.at DESC LIMIT 1)
                            AND j.state IN ('queued', 'running'));
BEGIN
    RETURN run IS NOT NULL AND (
        EXISTS (SELECT FROM jobs.lease l WHERE l.job_id = run)
        OR EXISTS (
            WITH waiting AS MATERIALIZED (
                SELECT * FROM jobs.task t WHERE t.job_id = run AND t.state = 'queued'
            ), lane AS MATERIALIZED (
                SELECT * FROM jobs.lanes(now(), ARRAY(SELECT DISTINCT w.credential_id FROM waiting w))
            )
            SELECT FROM waiting w
            LEFT JOIN lane l ON l.credential_id = w.credential_id AND l.dealer_id = w.dealer_id AND l.priority = w.priority
                            AND l.urgent = w.urgent
            -- The lane of one that waits for its next try may hold no other.
            WHERE coalesce(l.waits_for, '') NOT IN ('paused', 'dealer_inactive', 'no_credential', 'credential_flagged')
              AND (w.dealer_id <> '*'
                   OR NOT EXISTS (SELECT FROM jobs.task_dealer m
                                  JOIN jobs.pause p ON p.scope = 'dealer' AND p.target = m.dealer_id
                                  WHERE m.task_id = w.id))));
END
$$;

-- Ticks of a schedule as computed from version p_version: p_reasons tells why one does not run, empty =
-- it runs. False when another scheduler was faster.
CREATE FUNCTION jobs.claim_ticks(p_at timestamptz, p_schedule bigint, p_version bigint,
                                 p_ticks timestamptz[], p_dues timestamptz[], p_reasons text[],
                                 p_next timestamptz, p_due timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    most CONSTANT int := 1000; -- ticks that wait
    policy text;
    waiting bigint;
    busy boolean;
BEGIN
    UPDATE jobs.schedule
    SET next_at = p_next, due_at = p_due, version = version + 1
    WHERE id = p_schedule AND version = p_version AND active
    RETURNING overlap_policy INTO policy;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    SELECT count(*) INTO waiting FROM jobs.tick WHERE schedule_id = p_schedule AND state = 'waiting';
    busy := policy = 'skip' AND (waiting > 0 OR jobs.schedule_runs(p_schedule));
    INSERT INTO jobs.tick (schedule_id, at, due_at, claimed_at, state, reason)
    SELECT p_schedule, at, due_at, p_at, CASE WHEN why IS NULL THEN 'waiting' ELSE 'skipped' END, why
    FROM (SELECT t.at, t.due_at,
                 CASE
                     WHEN t.reason <> '' THEN t.reason
                     WHEN busy THEN 'overlap'
                     WHEN waiting + row_number() OVER (ORDER BY t.at) > most THEN 'queue_full'
                 END AS why
          FROM unnest(p_ticks, p_dues, p_reasons) t (at, due_at, reason)) told;
    PERFORM pg_notify('dd_schedule', p_schedule::text);
    RETURN true;
END
$$;

-- Locks the first waiting tick of the first schedule after p_after that may start one now, and tells
-- what its job is to fetch; until the transaction's end no other scheduler sees it.
CREATE FUNCTION jobs.lock_tick(p_after bigint)
RETURNS TABLE (schedule_id bigint, at timestamptz, all_dealers boolean, dealer_ids text[], feeds text[],
               overlap_hours int, created_by text)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT t.schedule_id, t.at, s.all_dealers, s.dealer_ids, s.feeds, s.overlap_hours, s.created_by
    FROM jobs.tick t
    JOIN jobs.schedule s ON s.id = t.schedule_id
    WHERE t.state = 'waiting' AND t.schedule_id > p_after
      AND NOT EXISTS (SELECT FROM jobs.tick e
                      WHERE e.schedule_id = t.schedule_id AND e.state = 'waiting' AND e.at < t.at)
      AND NOT jobs.schedule_runs(t.schedule_id)
    ORDER BY t.schedule_id
    LIMIT 1
    FOR UPDATE OF t SKIP LOCKED;
$$;

-- What became of a waiting tick: its job (p_reason null), or why there is none.
CREATE FUNCTION jobs.end_tick(p_at timestamptz, p_schedule bigint, p_tick timestamptz, p_job uuid,
                              p_reason text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE jobs.tick
    SET state = CASE WHEN p_reason IS NULL THEN 'started' ELSE 'skipped' END, reason = p_reason,
        job_id = CASE WHEN p_reason IS NULL THEN p_job END,
        started_at = CASE WHEN p_reason IS NULL THEN p_at END
    WHERE schedule_id = p_schedule AND at = p_tick AND state = 'waiting';
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM pg_notify('dd_schedule', p_schedule::text);
    RETURN true;
END
$$;

-- A schedule as it is told: each column is a field of the message; version and those that end in _ms
-- are for the scheduler.
CREATE VIEW jobs.schedule_told AS
SELECT s.id, s.name, s.kind, s.cron, s.zone, s.jitter_seconds, s.catch_up, s.all_dealers, s.dealer_ids,
       s.feeds, s.overlap_hours, s.overlap_policy, s.active, s.paused_by,
       (extract(epoch FROM s.paused_at) * 1000)::bigint AS paused_at,
       s.created_by,
       (extract(epoch FROM s.created_at) * 1000)::bigint AS created_at,
       (extract(epoch FROM s.updated_at) * 1000)::bigint AS updated_at,
       (SELECT (extract(epoch FROM max(t.at)) * 1000)::bigint FROM jobs.tick t WHERE t.schedule_id = s.id) AS last_tick_at,
       (SELECT j.id FROM jobs.job_record j WHERE j.schedule_id = s.id
        ORDER BY j.id DESC LIMIT 1) AS last_job_id,
       (SELECT (extract(epoch FROM j.finished_at) * 1000)::bigint FROM jobs.job_record j
        WHERE j.schedule_id = s.id AND j.state IN ('succeeded', 'partial')
        ORDER BY j.id DESC LIMIT 1) AS last_fetch_at,
       CASE WHEN s.active THEN (extract(epoch FROM s.due_at) * 1000)::bigint END AS next_fetch_at,
       s.version,
       (extract(epoch FROM s.next_at) * 1000)::bigint AS next_ms,
       (extract(epoch FROM s.due_at) * 1000)::bigint AS due_ms,
       (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now_ms
FROM jobs.schedule s;
COMMENT ON VIEW jobs.schedule_told IS 'Schedules in the words of the bus: times in ms since 1970';

-- ---- freshness ----

CREATE TABLE jobs.freshness (
    dealer_id  varchar(10) NOT NULL REFERENCES dealer.dealers (dealer_id) ON UPDATE CASCADE ON DELETE CASCADE,
    feed       text NOT NULL REFERENCES jobs.feed (feed),
    minutes    int NOT NULL CHECK (minutes BETWEEN 5 AND 43200),
    active     boolean NOT NULL,
    state      text NOT NULL DEFAULT 'due' CHECK (state IN ('fresh', 'due', 'stale', 'off')),
    reason     text,
    fetched_at timestamptz,
    checked_at timestamptz,
    asked_at   timestamptz,
    job_id     uuid,
    set_by     text NOT NULL,
    set_at     timestamptz NOT NULL,
    PRIMARY KEY (dealer_id, feed)
) WITH (fillfactor = 70);
COMMENT ON TABLE jobs.freshness IS 'How old the data of a dealer and feed may become';
COMMENT ON COLUMN jobs.freshness.state IS 'As of checked_at: due = to be fetched in time, stale = older than allowed';
COMMENT ON COLUMN jobs.freshness.reason IS 'Why it is stale';
COMMENT ON COLUMN jobs.freshness.fetched_at IS 'As of checked_at: everything up to then is stored';
COMMENT ON COLUMN jobs.freshness.asked_at IS 'When a fetch was last made for it';
COMMENT ON COLUMN jobs.freshness.job_id IS 'That fetch';

CREATE FUNCTION jobs.set_freshness(p_at timestamptz, p_dealer text, p_feed text, p_minutes int,
                                   p_active boolean, p_by text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM jobs.check_schedule(false, ARRAY[p_dealer], ARRAY[p_feed]);
    INSERT INTO jobs.freshness AS f (dealer_id, feed, minutes, active, state, set_by, set_at)
    VALUES (p_dealer, p_feed, p_minutes, p_active, CASE WHEN p_active THEN 'due' ELSE 'off' END, p_by, p_at)
    ON CONFLICT (dealer_id, feed) DO UPDATE
    SET minutes = p_minutes, active = p_active, state = CASE WHEN p_active THEN 'due' ELSE 'off' END,
        reason = NULL, checked_at = NULL, set_by = p_by, set_at = p_at;
END
$$;

CREATE FUNCTION jobs.clear_freshness(p_dealer text, p_feed text) RETURNS int
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH gone AS (DELETE FROM jobs.freshness
                  WHERE dealer_id = p_dealer AND feed = coalesce(p_feed, feed) RETURNING 1)
    SELECT count(*)::int FROM gone;
$$;

-- The three functions below are in plpgsql since it keeps their plans: they are called for each target.

-- Up to when the data of a dealer and feed are stored: the beginning of the last call that left no hole
-- before it. Null = nothing is stored. The calls of one job begin at different times: of those of the
-- last two days, one counts that the mark has caught up with.
CREATE FUNCTION jobs.fresh_at(p_at timestamptz, p_dealer text, p_feed text) RETURNS timestamptz
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    its_zone text := (SELECT u.zone FROM dealer.dealers d
                      JOIN dealer.credential c ON c.id = d.credential_id
                      JOIN dealer.upstream u ON u.id = c.upstream_id
                      WHERE d.dealer_id = p_dealer);
    mark timestamp := jobs.mark(p_at, p_dealer, p_feed);
BEGIN
    -- What is certainly stored ends an hour before a call began: see 0014_coverage.
    RETURN coalesce((SELECT max(v.asked_at) FROM jobs.coverage v
                     WHERE v.dealer_id = p_dealer AND v.feed = p_feed
                       AND v.day >= (p_at AT TIME ZONE its_zone)::date - 1
                       AND v.asked_at AT TIME ZONE its_zone <= mark + interval '61 minutes'),
                    mark AT TIME ZONE its_zone);
END
$$;

-- Why a dealer and feed cannot be fetched for a target now; null = it can.
CREATE FUNCTION jobs.why_not_fresh(p_at timestamptz, p_dealer text, p_feed text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT CASE
                       WHEN NOT d.is_active OR u.id IS NULL THEN 'dealer'
                       WHEN EXISTS (SELECT FROM jobs.pause p
                                    WHERE p.scope = 'all' OR (p.scope = 'dealer' AND p.target = d.dealer_id)
                                       OR (p.scope = 'feed' AND p.target = p_feed)
                                       OR (p.scope = 'credential' AND p.target = d.credential_id::text)
                                       OR (p.scope = 'upstream' AND p.target = u.name)) THEN 'paused'
                       WHEN s.flagged_at >= c.updated_at THEN 'credential'
                       WHEN jobs.quota_left(p_at, u.zone, u.quota, u.quota_reserve, s.quota_day, s.calls) <= 0 THEN 'quota'
                       WHEN s.blocked_until > p_at THEN 'blocked'
                       WHEN b.open_until > p_at THEN 'breaker'
                   END
            FROM dealer.dealers d
            LEFT JOIN dealer.credential c ON c.id = d.credential_id
            LEFT JOIN dealer.upstream u ON u.id = c.upstream_id
            LEFT JOIN jobs.credential_state s ON s.credential_id = c.id
            LEFT JOIN jobs.upstream_state b ON b.upstream_id = u.id
            WHERE d.dealer_id = p_dealer);
END
$$;

-- True while a call of an unfinished job will fetch what is new of a dealer and feed; those of a job that is
-- being cancelled will not.
CREATE FUNCTION jobs.fetch_pending(p_at timestamptz, p_dealer text, p_feed text) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT EXISTS (
                SELECT FROM jobs.job_record j
                JOIN jobs.job_dealer d ON d.job_id = j.id AND d.dealer_id = p_dealer
                CROSS JOIN (SELECT p_at AT TIME ZONE u.zone - interval '1 hour' AS at
                            FROM dealer.dealers x
                            JOIN dealer.credential c ON c.id = x.credential_id
                            JOIN dealer.upstream u ON u.id = c.upstream_id
                            WHERE x.dealer_id = p_dealer) certain
                WHERE j.state IN ('queued', 'running') AND j.cancel_asked_at IS NULL AND j.kind <> 'replay'
                  AND p_feed = ANY (j.feeds) AND j.to_at >= certain.at
                  AND EXISTS (SELECT FROM jobs.task_dealer m
                              JOIN jobs.task t ON t.id = m.task_id
                              WHERE m.job_id = j.id AND m.dealer_id = p_dealer AND m.state = 'queued'
                                AND t.feed = p_feed AND t.to_at >= certain.at)));
END
$$;

-- Looks at up to p_most targets that nobody looked at for p_every (six times that in the first half of
-- their time, when none can be due; looking costs a millisecond), keeps their state, and returns those
-- that just became stale (late) and those that are to be fetched now (ask). A target is fetched a tenth
-- to a fifth of its time before it is over, differently by dealer, and by as much earlier as the last
-- fetch took; after a fetch that did not help, at most every tenth of its time. Several schedulers
-- never look at the same target at once.
CREATE FUNCTION jobs.check_freshness(p_at timestamptz, p_every interval, p_most int)
RETURNS TABLE (dealer_id text, feed text, credential_id bigint, minutes int, age_minutes bigint, reason text,
               late boolean, ask boolean)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH target AS MATERIALIZED (
        SELECT f.* FROM jobs.freshness f
        WHERE f.active
          AND (f.checked_at IS NULL
               OR f.checked_at <= p_at - p_every
                  * CASE WHEN p_at - f.fetched_at < make_interval(mins => f.minutes) / 2 THEN 6 ELSE 1 END)
        ORDER BY f.checked_at NULLS FIRST, f.dealer_id, f.feed
        LIMIT p_most
        FOR UPDATE SKIP LOCKED
    ), fact AS MATERIALIZED (
        SELECT t.dealer_id, t.feed, t.minutes, t.state AS old_state, t.asked_at, t.set_at,
               make_interval(mins => t.minutes) AS allowed,
               jobs.fresh_at(p_at, t.dealer_id, t.feed) AS fetched_at,
               jobs.why_not_fresh(p_at, t.dealer_id, t.feed) AS obstacle,
               jobs.fetch_pending(p_at, t.dealer_id, t.feed) AS pending,
               (abs(hashtext(t.dealer_id || t.feed)) % 100 + 100) / 1000.0 AS share,
               coalesce(j.finished_at - j.created_at, interval '0') AS took, j.state AS job_state
        FROM target t
        LEFT JOIN jobs.job_record j ON j.id = t.job_id
    ), judged AS (
        SELECT f.*,
               CASE
                   WHEN p_at - f.fetched_at <= f.allowed - f.margin THEN 'fresh'
                   WHEN p_at - f.fetched_at <= f.allowed OR p_at - f.set_at <= f.margin THEN 'due'
                   ELSE 'stale'
               END AS new_state
        FROM (SELECT x.*, least(x.allowed * x.share + x.took, x.allowed / 2) AS margin FROM fact x) f
    ), told AS (
        SELECT j.*,
               CASE
                   WHEN j.new_state = 'stale' THEN coalesce(
                       j.obstacle, CASE WHEN j.job_state IN ('failed', 'cancelled', 'partial') THEN 'failing' END,
                       CASE WHEN j.fetched_at IS NULL THEN 'never_fetched' END, 'late')
               END AS new_reason,
               j.new_state IN ('due', 'stale') AND j.obstacle IS NULL AND NOT j.pending
               AND (j.asked_at IS NULL OR j.asked_at <= p_at - greatest(j.allowed / 10, interval '1 minute')) AS asks
        FROM judged j
    ), kept AS (
        UPDATE jobs.freshness f
        SET state = t.new_state, reason = t.new_reason, fetched_at = t.fetched_at, checked_at = p_at,
            asked_at = CASE WHEN t.asks THEN p_at ELSE f.asked_at END
        FROM told t
        WHERE f.dealer_id = t.dealer_id AND f.feed = t.feed
    )
    SELECT t.dealer_id::text, t.feed, d.credential_id, t.minutes,
           (extract(epoch FROM p_at - t.fetched_at) / 60)::bigint, t.new_reason,
           t.new_state = 'stale' AND t.old_state <> 'stale', t.asks
    FROM told t
    JOIN dealer.dealers d ON d.dealer_id = t.dealer_id
    WHERE t.asks OR (t.new_state = 'stale' AND t.old_state <> 'stale')
    ORDER BY d.credential_id, t.feed, t.dealer_id;
$$;

-- Which job fetches for these targets.
CREATE FUNCTION jobs.note_freshness(p_dealers text[], p_feed text, p_job uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE jobs.freshness SET job_id = p_job WHERE dealer_id = ANY (p_dealers) AND feed = p_feed;
$$;

GRANT SELECT ON jobs.schedule, jobs.tick, jobs.schedule_told, jobs.freshness TO dd_scheduler, dd_analytics, dd_reader;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION jobs.new_schedule_id, jobs.add_schedule, jobs.change_schedule, jobs.remove_schedule,
    jobs.claim_ticks, jobs.lock_tick, jobs.end_tick, jobs.set_freshness, jobs.clear_freshness,
    jobs.check_freshness, jobs.note_freshness TO dd_scheduler;
