CREATE OR REPLACE FUNCTION jobs.coverage_days(p_at timestamptz, p_dealers text[], p_feeds text[], p_from date, p_to date)
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
