CREATE OR REPLACE FUNCTION jobs.open_windows(p_dealers text[])
RETURNS TABLE (dealer_id text, feed text, windows tsmultirange)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH open_call AS (
        SELECT t.id, t.job_id, t.feed, t.from_at, t.to_at FROM jobs.task t
        WHERE t.state = 'queued' AND t.ready AND t.kind = 'fetch'
        UNION ALL
        SELECT t.id, t.job_id, t.feed, t.from_at, t.to_at FROM jobs.task t
        WHERE t.state = 'queued' AND NOT t.ready AND t.not_before IS NOT NULL AND t.kind = 'fetch'
        UNION ALL
        SELECT t.id, t.job_id, t.feed, t.from_at, t.to_at
        FROM jobs.lease l
        JOIN jobs.task t ON t.id = l.task_id AND t.kind = 'fetch'
    )
    SELECT d.dealer_id, c.feed, range_agg(tsrange(c.from_at, c.to_at + interval '1 second'))
    FROM open_call c
    JOIN jobs.job_record j ON j.id = c.job_id AND j.cancel_asked_at IS NULL
    JOIN jobs.task_dealer d ON d.task_id = c.id AND d.state = 'queued'
    WHERE d.dealer_id = ANY (p_dealers)
    GROUP BY 1, 2
$$;
