-- Which changes of each dealer, feed and day are stored. A row survives the tasks that made it.
--
-- Coverage is about the time of CHANGE, in the upstream's zone: a record that was created or modified
-- on 3 November belongs to 3 November, whatever date stands in it.
--
-- A call over [from, to] that began at T holds everything that changed until an hour before T, and
-- nothing older than T less the upstream's history. That part of its window is certainly stored; the
-- rest of it was asked for too early, or too late, and has to be asked for again.

CREATE TABLE jobs.coverage (
    dealer_id  varchar(10) NOT NULL,
    feed       text NOT NULL,
    day        date NOT NULL,
    covered    tsmultirange NOT NULL DEFAULT '{}',
    failed     tsmultirange NOT NULL DEFAULT '{}',
    rows       bigint,
    asked_at   timestamptz,
    failed_at  timestamptz,
    error_code text,
    warned_on  date,
    PRIMARY KEY (dealer_id, feed, day)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
COMMENT ON TABLE jobs.coverage IS 'Which changes of a day are stored; no row = never asked for';
COMMENT ON COLUMN jobs.coverage.covered IS 'The parts of the day that are certainly stored, the upstream''s wall clock';
COMMENT ON COLUMN jobs.coverage.failed IS 'The parts of the day whose last call failed for good and that are not covered';
COMMENT ON COLUMN jobs.coverage.rows IS 'Records that changed that day, at least: exact for a day that one call brought; null = not known';
COMMENT ON COLUMN jobs.coverage.asked_at IS 'When the last call that succeeded began';
COMMENT ON COLUMN jobs.coverage.failed_at IS 'When a call failed for good that nothing has made good since';
COMMENT ON COLUMN jobs.coverage.warned_on IS 'The day, in the upstream''s zone, on which was warned that it will be lost';

-- Tasks have ended: keeps the coverage of the dealers of those that were calls. Of one that got another code
-- or went over to another upstream since the call began, or out of the group that was called, nothing is
-- known. Rows are taken in the order of their key, after the tasks and before their jobs. Written to cost
-- little: most calls cover one day of one dealer.
CREATE FUNCTION jobs.cover(p_at timestamptz, p_tasks bigint[], p_state text, p_code text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    ill CONSTANT boolean := p_state = 'failed';
    call record;
    part tsmultirange; -- what was asked of a day
BEGIN
    IF p_state NOT IN ('succeeded', 'failed') THEN
        RETURN;
    END IF;
    -- Slices of a day are written at once.
    FOR call IN
        SELECT c.dealer_id, c.feed, c.first_day, c.last_day, range_agg(c.asked) AS asked,
               range_agg(c.asked * tsrange(c.clock - make_interval(days => c.history_days), c.clock - interval '1 hour'))
                   AS certain,
               max(c.began) AS began, sum(upper(c.asked) - lower(c.asked)) AS length, sum(c.rows_read)::bigint AS rows_read,
               max(c.rows_read) AS most, min(c.day_rows) AS day_rows, count(*) AS calls
        FROM (SELECT d.dealer_id, t.feed, t.from_at::date AS first_day, t.to_at::date AS last_day,
                     tsrange(t.from_at, t.to_at + interval '1 second') AS asked, coalesce(t.started_at, p_at) AS began,
                     coalesce(t.started_at, p_at) AT TIME ZONE u.zone AS clock, u.history_days, d.rows_read, d.day_rows,
                     CASE WHEN t.from_at::date < t.to_at::date THEN t.id END AS alone
              FROM jobs.task t
              JOIN dealer.upstream u ON u.id = t.upstream_id
              JOIN jobs.task_dealer d ON d.task_id = t.id
              JOIN dealer.dealers m ON m.dealer_id = d.dealer_id
              JOIN dealer.credential k ON k.id = m.credential_id AND k.upstream_id = t.upstream_id
              WHERE t.id = ANY (p_tasks) AND t.kind = 'fetch' AND (t.dealer_id <> '*' OR k.id = t.credential_id)
                AND (m.moved_at IS NULL OR coalesce(t.started_at, p_at) > m.moved_at)) c
        GROUP BY c.dealer_id, c.feed, c.first_day, c.last_day, c.alone
        ORDER BY c.dealer_id, c.feed, c.first_day, c.last_day
    LOOP
        -- What overlaps is the same records again.
        IF call.calls > 1 AND call.length > (SELECT sum(upper(a) - lower(a)) FROM unnest(call.asked) a) THEN
            call.rows_read := call.most;
        END IF;
        FOR place IN 0 .. call.last_day - call.first_day LOOP
            part := call.asked;
            IF call.first_day < call.last_day THEN
                part := part * tsmultirange(tsrange(call.first_day + place, call.first_day + place + 1));
            END IF;
            INSERT INTO jobs.coverage AS c (dealer_id, feed, day, covered, failed, rows, asked_at, failed_at, error_code)
            VALUES (call.dealer_id, call.feed, call.first_day + place,
                    CASE WHEN ill THEN '{}' ELSE call.certain * part END, CASE WHEN ill THEN part ELSE '{}' END,
                    CASE
                        WHEN ill THEN NULL
                        WHEN call.day_rows IS NOT NULL THEN coalesce(call.day_rows[place + 1], 0)
                        WHEN call.first_day = call.last_day OR call.rows_read = 0 THEN call.rows_read
                    END,
                    CASE WHEN NOT ill THEN call.began END, CASE WHEN ill THEN p_at END, p_code)
            ON CONFLICT (dealer_id, feed, day) DO UPDATE
            SET covered = c.covered + excluded.covered,
                failed = CASE WHEN ill THEN c.failed + excluded.failed - c.covered ELSE c.failed - part END,
                -- Slices of a day that do not overlap add up.
                rows = CASE
                    WHEN ill THEN c.rows
                    WHEN part @> c.covered THEN excluded.rows
                    WHEN NOT c.covered && part THEN c.rows + excluded.rows
                    ELSE greatest(c.rows, excluded.rows)
                END,
                asked_at = coalesce(excluded.asked_at, c.asked_at),
                failed_at = CASE WHEN ill THEN p_at WHEN c.failed - part <> '{}' THEN c.failed_at END,
                error_code = CASE WHEN ill THEN p_code WHEN c.failed - part <> '{}' THEN c.error_code END;
        END LOOP;
    END LOOP;
END
$$;

-- What was stored of a dealer says nothing about another upstream, or another code there; nor does what calls
-- will bring that began before all leases see the change. Those that are storing end first. Without a
-- credential there are no calls.
CREATE FUNCTION jobs.forget_coverage() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    old_upstream CONSTANT bigint := (SELECT upstream_id FROM dealer.credential WHERE id = OLD.credential_id);
    new_upstream CONSTANT bigint := (SELECT upstream_id FROM dealer.credential WHERE id = NEW.credential_id);
BEGIN
    IF OLD.upstream_dealer_id IS DISTINCT FROM NEW.upstream_dealer_id OR old_upstream IS DISTINCT FROM new_upstream THEN
        PERFORM FROM jobs.task
        WHERE id IN (SELECT task_id FROM jobs.lease WHERE dealer_id IN (NEW.dealer_id, '*'))
        ORDER BY id
        FOR SHARE;
        DELETE FROM jobs.coverage WHERE dealer_id = NEW.dealer_id;
        IF old_upstream IS NOT NULL THEN
            NEW.moved_at := clock_timestamp() + interval '5 seconds';
        END IF;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER forget_coverage BEFORE UPDATE OF credential_id, upstream_dealer_id ON dealer.dealers
    FOR EACH ROW EXECUTE FUNCTION jobs.forget_coverage();

-- How many records of each day of a call's window the storing transaction found for a dealer; for
-- windows of several days.
CREATE FUNCTION jobs.count_days(p_task bigint, p_dealer text, p_rows bigint[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE jobs.task_dealer SET day_rows = p_rows
    WHERE task_id = p_task AND dealer_id = p_dealer AND state = 'queued';
$$;

-- The mark of a dealer and feed: everything that changed before it, back to where coverage begins, is
-- stored. Coverage begins at the first moment that was ever stored, or where the upstream's history
-- begins now, whichever is later: a hole that left the history cannot be filled and holds no mark
-- back. Not stored at that moment: the mark is that moment. Nothing stored: null.
CREATE FUNCTION jobs.mark(p_at timestamptz, p_dealer text, p_feed text) RETURNS timestamp
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH source AS (
        SELECT p_at AT TIME ZONE u.zone - make_interval(days => u.history_days) AS history
        FROM dealer.dealers d
        JOIN dealer.credential c ON c.id = d.credential_id
        JOIN dealer.upstream u ON u.id = c.upstream_id
        WHERE d.dealer_id = p_dealer
    ), base AS (
        SELECT greatest(s.history, (SELECT lower(covered) FROM jobs.coverage
                                    WHERE dealer_id = p_dealer AND feed = p_feed AND covered <> '{}'
                                    ORDER BY day LIMIT 1)) AS at,
               EXISTS (SELECT FROM jobs.coverage
                       WHERE dealer_id = p_dealer AND feed = p_feed AND covered <> '{}') AS stored
        FROM source s
    )
    SELECT coalesce((SELECT upper(part)
                     FROM (SELECT unnest(range_agg(c.covered)) AS part
                           FROM jobs.coverage c
                           WHERE c.dealer_id = p_dealer AND c.feed = p_feed AND c.day >= b.at::date) parts
                     WHERE part @> b.at), b.at)
    FROM base b
    WHERE b.stored;
$$;

-- How each day stands. p_from null = where the upstream's history begins; p_to null = its today. Days
-- to come are left out. State:
--   complete  all its changes are stored, there were some     empty    all are stored, there were none
--   partial   asked for too early, or only a part of the day  failed   the last call failed for good
--   pending   a call that covers it is queued or runs         never    never asked for
--   lost      not complete, and the upstream no longer holds it
-- days_left: until the upstream drops it: 0 = today; null unless it is a hole that can be filled.
CREATE FUNCTION jobs.coverage_days(p_at timestamptz, p_dealers text[], p_feeds text[], p_from date, p_to date)
RETURNS TABLE (dealer_id text, feed text, day date, state text, row_count bigint, days_left int,
               asked_at timestamptz, failed_at timestamptz, error_code text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH source AS (
        SELECT d.dealer_id, d.credential_id, (p_at AT TIME ZONE coalesce(u.zone, 'Asia/Jakarta'))::date AS today,
               coalesce(u.history_days, 30) AS history_days
        FROM dealer.dealers d
        LEFT JOIN dealer.credential c ON c.id = d.credential_id
        LEFT JOIN dealer.upstream u ON u.id = c.upstream_id
        WHERE d.dealer_id = ANY (p_dealers)
    ), open_call AS (
        SELECT t.id, t.feed, t.from_at, t.to_at FROM jobs.task t
        WHERE t.state = 'queued' AND t.ready AND t.kind = 'fetch'
          AND t.credential_id IN (SELECT credential_id FROM source)
        UNION ALL
        SELECT t.id, t.feed, t.from_at, t.to_at FROM jobs.task t
        WHERE t.not_before IS NOT NULL AND t.state = 'queued' AND NOT t.ready AND t.kind = 'fetch'
        UNION ALL
        SELECT t.id, t.feed, t.from_at, t.to_at
        FROM jobs.lease l
        JOIN jobs.task t ON t.id = l.task_id AND t.kind = 'fetch'
    ), pending AS (
        SELECT DISTINCT td.dealer_id, o.feed, g.day::date AS day
        FROM open_call o
        JOIN jobs.task_dealer td ON td.task_id = o.id AND td.state = 'queued'
        CROSS JOIN LATERAL generate_series(o.from_at::date, o.to_at::date, interval '1 day') g (day)
        WHERE td.dealer_id = ANY (p_dealers)
    ), axis AS (
        SELECT s.dealer_id, f.feed, g.day::date AS day, s.today, s.history_days,
               g.day::date + s.history_days - s.today AS left_over
        FROM source s
        CROSS JOIN (SELECT DISTINCT unnest(p_feeds) AS feed) f
        CROSS JOIN LATERAL generate_series(coalesce(p_from, s.today - s.history_days)::timestamp,
                                           least(coalesce(p_to, s.today), s.today)::timestamp,
                                           interval '1 day') g (day)
    ), judged AS (
        SELECT a.dealer_id, a.feed, a.day, a.left_over, c.rows, c.asked_at, c.failed_at, c.error_code,
               CASE
                   WHEN c.covered @> tsrange(a.day, a.day + 1) THEN CASE WHEN c.rows = 0 THEN 'empty' ELSE 'complete' END
                   WHEN a.left_over < 0 THEN 'lost'
                   WHEN p.day IS NOT NULL THEN 'pending'
                   WHEN c.failed <> '{}' THEN 'failed'
                   WHEN c.asked_at IS NOT NULL THEN 'partial'
                   ELSE 'never'
               END AS state
        FROM axis a
        LEFT JOIN jobs.coverage c ON c.dealer_id = a.dealer_id AND c.feed = a.feed AND c.day = a.day
        LEFT JOIN pending p ON p.dealer_id = a.dealer_id AND p.feed = a.feed AND p.day = a.day
    )
    SELECT j.dealer_id, j.feed, j.day, j.state, j.rows,
           CASE WHEN j.state IN ('partial', 'failed', 'pending', 'never') THEN j.left_over END,
           j.asked_at, j.failed_at, j.error_code
    FROM judged j
    ORDER BY j.dealer_id, j.feed, j.day;
$$;

-- Holes that the upstream drops within p_days, of dealers and feeds that were fetched before: each is
-- returned once a day, whoever asks. Returns 1,000 at most; the rest comes with the next call.
CREATE FUNCTION jobs.warn_holes(p_at timestamptz, p_days int)
RETURNS TABLE (dealer_id text, feed text, day date, days_left int)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH source AS (
        SELECT d.dealer_id, f.feed, u.history_days, (p_at AT TIME ZONE u.zone)::date AS today
        FROM dealer.dealers d
        JOIN dealer.credential c ON c.id = d.credential_id
        JOIN dealer.upstream u ON u.id = c.upstream_id
        CROSS JOIN jobs.feed f
        WHERE d.is_active
          AND EXISTS (SELECT FROM jobs.coverage v WHERE v.dealer_id = d.dealer_id AND v.feed = f.feed)
    ), hole AS (
        SELECT s.dealer_id, s.feed, s.today, s.today - s.history_days + n AS day, n AS days_left
        FROM source s
        CROSS JOIN LATERAL generate_series(0, least(p_days, s.history_days - 1)) n
        LEFT JOIN jobs.coverage c
             ON c.dealer_id = s.dealer_id AND c.feed = s.feed AND c.day = s.today - s.history_days + n
        WHERE (c.covered @> tsrange(c.day, c.day + 1)) IS NOT TRUE
          AND c.warned_on IS DISTINCT FROM s.today
        ORDER BY 1, 2, 4
        LIMIT 1000
    ), warned AS (
        INSERT INTO jobs.coverage AS c (dealer_id, feed, day, warned_on)
        SELECT h.dealer_id, h.feed, h.day, h.today FROM hole h
        ON CONFLICT (dealer_id, feed, day) DO UPDATE SET warned_on = excluded.warned_on
        WHERE c.warned_on IS DISTINCT FROM excluded.warned_on
        RETURNING c.dealer_id, c.feed, c.day
    )
    SELECT w.dealer_id::text, w.feed, w.day, h.days_left
    FROM warned w
    JOIN hole h USING (dealer_id, feed, day);
$$;

REVOKE EXECUTE ON FUNCTION jobs.cover, jobs.forget_coverage, jobs.count_days, jobs.mark, jobs.coverage_days,
    jobs.warn_holes FROM PUBLIC;
GRANT EXECUTE ON FUNCTION jobs.count_days TO dd_fetcher;
GRANT EXECUTE ON FUNCTION jobs.mark, jobs.coverage_days, jobs.warn_holes TO dd_scheduler;
GRANT SELECT ON jobs.coverage TO dd_scheduler, dd_analytics, dd_reader;
