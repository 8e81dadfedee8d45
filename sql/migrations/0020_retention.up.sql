-- How long things are kept, and the small steps in which they go.

CREATE TABLE dealer.setting (
    name       text PRIMARY KEY,
    value      bigint NOT NULL,
    usual      bigint NOT NULL,
    least      bigint NOT NULL,
    most       bigint NOT NULL,
    doc        text NOT NULL,
    changed_at timestamptz,
    changed_by text,
    CONSTRAINT setting_range CHECK (value BETWEEN least AND most)
);
COMMENT ON TABLE dealer.setting IS 'Business settings: a row is a setting, its limits and what it does';
COMMENT ON COLUMN dealer.setting.usual IS 'What holds until somebody changes it';
INSERT INTO dealer.setting (name, value, usual, least, most, doc) VALUES
    ('retention.jobs_days', 90, 90, 0, 3650,
     'Days that finished jobs are kept, with their calls and tries. 0 = for ever.'),
    ('retention.quarantine_days', 30, 30, 0, 3650,
     'Days that quarantined records are kept after they were stored or dismissed. 0 = for ever.'),
    ('retention.quarantine_open_days', 180, 180, 0, 3650,
     'Days that quarantined records are kept that wait and come no more. 0 = for ever.'),
    ('retention.drift_days', 180, 180, 0, 3650,
     'Days that fields which drifted are kept after somebody took note of them. 0 = for ever.'),
    ('retention.ticks_days', 90, 90, 0, 3650,
     'Days that the ticks of schedules are kept. 0 = for ever.'),
    ('retention.coverage_days', 365, 365, 0, 3650,
     'Days that the coverage of a day is kept, at least until the upstream has long forgotten it. 0 = for ever.');

-- Rows of kind p_kind older than this may go; null = none.
CREATE FUNCTION jobs.keep_until(p_at timestamptz, p_setting text) RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT p_at - make_interval(days => value::int) FROM dealer.setting WHERE name = p_setting AND value > 0;
$$;

-- Finished jobs, the oldest first: their tasks, and the job with its last task. A job of 50,000 tasks
-- goes in many steps. What hangs on a task goes with it.
CREATE FUNCTION jobs.sweep_jobs(p_before timestamptz, p_rows int) RETURNS int
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    old uuid[];
    tasks bigint[];
    gone int;
BEGIN
    old := ARRAY(SELECT id FROM jobs.job_record
                 WHERE finished_at < p_before
                 ORDER BY finished_at, id
                 LIMIT p_rows
                 FOR UPDATE SKIP LOCKED);
    tasks := ARRAY(SELECT t.id FROM unnest(old) WITH ORDINALITY o (job_id, place)
                   JOIN jobs.task t ON t.job_id = o.job_id
                   ORDER BY o.place, t.id
                   LIMIT p_rows);
    DELETE FROM jobs.attempt WHERE task_id = ANY (tasks);
    DELETE FROM jobs.task_dealer WHERE task_id = ANY (tasks);
    DELETE FROM jobs.task WHERE id = ANY (tasks);
    gone := cardinality(tasks);
    IF gone < p_rows THEN
        DELETE FROM jobs.job_record j
        WHERE j.id IN (SELECT o.id FROM unnest(old) o (id)
                       WHERE NOT EXISTS (SELECT FROM jobs.task t WHERE t.job_id = o.id)
                       LIMIT p_rows - gone);
        gone := gone + (SELECT count(*) FROM unnest(old) o (id)
                        WHERE NOT EXISTS (SELECT FROM jobs.job_record j WHERE j.id = o.id));
    END IF;
    RETURN gone;
END
$$;

CREATE FUNCTION jobs.sweep_quarantine(p_settled timestamptz, p_open timestamptz, p_rows int) RETURNS int
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    gone int;
BEGIN
    WITH settled AS MATERIALIZED (
        SELECT dealer_id, id FROM feed.quarantine
        WHERE settled_at < p_settled
        ORDER BY settled_at LIMIT p_rows FOR UPDATE SKIP LOCKED
    ), forgotten AS MATERIALIZED (
        SELECT q.dealer_id, q.id FROM feed.quarantine q
        WHERE q.state = 'open' AND q.seen_at < p_open
          AND NOT EXISTS (SELECT FROM jobs.task t WHERE t.id = q.replay_task_id AND t.state IN ('queued', 'leased'))
        ORDER BY q.seen_at LIMIT p_rows FOR UPDATE OF q SKIP LOCKED
    )
    DELETE FROM feed.quarantine q
    USING (SELECT * FROM settled UNION ALL SELECT * FROM forgotten LIMIT p_rows) old
    WHERE q.dealer_id = old.dealer_id AND q.id = old.id;
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END
$$;

-- Days that every upstream has long forgotten, and with a margin: marks and holes never look there.
CREATE FUNCTION jobs.sweep_coverage(p_at timestamptz, p_days int, p_rows int) RETURNS int
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    margin CONSTANT int := 35;
    gone int;
BEGIN
    WITH old AS (
        SELECT c.dealer_id, c.feed, c.day
        FROM jobs.coverage c
        LEFT JOIN dealer.dealers d ON d.dealer_id = c.dealer_id
        LEFT JOIN dealer.credential k ON k.id = d.credential_id
        LEFT JOIN dealer.upstream u ON u.id = k.upstream_id
        WHERE c.day < p_at::date - greatest(p_days, coalesce(u.history_days, 0) + margin)
        LIMIT p_rows
        FOR UPDATE OF c SKIP LOCKED
    )
    DELETE FROM jobs.coverage c USING old
    WHERE c.dealer_id = old.dealer_id AND c.feed = old.feed AND c.day = old.day;
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END
$$;

-- One small step: deletes at most p_rows rows of a kind that its setting lets go; how many. Only one
-- scheduler works on a kind at a time; the others get 0.
CREATE FUNCTION jobs.sweep(p_at timestamptz, p_kind text, p_rows int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    gone int := 0;
    days int;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtextextended('sweep:' || p_kind, 0)) THEN
        RETURN 0;
    END IF;
    CASE p_kind
        WHEN 'jobs' THEN
            gone := jobs.sweep_jobs(jobs.keep_until(p_at, 'retention.jobs_days'), p_rows);
        WHEN 'quarantine' THEN
            gone := jobs.sweep_quarantine(jobs.keep_until(p_at, 'retention.quarantine_days'),
                                          jobs.keep_until(p_at, 'retention.quarantine_open_days'), p_rows);
        WHEN 'drift' THEN
            DELETE FROM feed.drift d
            WHERE d.id IN (SELECT o.id FROM feed.drift o
                           WHERE o.acknowledged_at < jobs.keep_until(p_at, 'retention.drift_days')
                             AND o.last_at < jobs.keep_until(p_at, 'retention.drift_days')
                           LIMIT p_rows);
            GET DIAGNOSTICS gone = ROW_COUNT;
        WHEN 'ticks' THEN
            DELETE FROM jobs.tick t
            USING (SELECT o.schedule_id, o.at FROM jobs.tick o
                   WHERE o.at < jobs.keep_until(p_at, 'retention.ticks_days') AND o.state <> 'waiting'
                   LIMIT p_rows FOR UPDATE SKIP LOCKED) old
            WHERE t.schedule_id = old.schedule_id AND t.at = old.at;
            GET DIAGNOSTICS gone = ROW_COUNT;
        WHEN 'coverage' THEN
            SELECT value INTO days FROM dealer.setting WHERE name = 'retention.coverage_days' AND value > 0;
            IF FOUND THEN
                gone := jobs.sweep_coverage(p_at, days, p_rows);
            END IF;
    END CASE;
    RETURN gone;
END
$$;

-- What the deletes look for.
CREATE INDEX quarantine_settled ON feed.quarantine (settled_at) WHERE settled_at IS NOT NULL;
CREATE INDEX quarantine_open ON feed.quarantine (seen_at) WHERE state = 'open';

-- Each job writes its rows several times: what is dead goes when it is one row in fifty, not one in five
-- as usual, else it would grow with all that is kept.
ALTER TABLE jobs.job_record SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
ALTER TABLE jobs.task SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
ALTER TABLE jobs.task_dealer SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
ALTER TABLE jobs.attempt SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
ALTER TABLE feed.prospect SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 1000);
ALTER TABLE feed.prospect_unit SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 1000);
ALTER TABLE feed.quarantine SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 1000);

GRANT SELECT, INSERT, UPDATE, DELETE ON dealer.setting TO dd_dealer;
GRANT SELECT ON dealer.setting TO dd_scheduler, dd_reader;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION jobs.sweep TO dd_scheduler;
