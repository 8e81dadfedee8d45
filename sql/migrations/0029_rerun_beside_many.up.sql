-- As before, but the jobs that are being cancelled are an array, which is hashed, and the dealers of an open call are
-- looked up by the call alone (OFFSET 0 keeps the dealers out of it): thousands of waiting calls that nobody has
-- counted yet were read once for each job, which took longer than a statement may.
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
    CROSS JOIN LATERAL (SELECT x.dealer_id FROM jobs.task_dealer x
                        WHERE x.task_id = c.id AND x.state = 'queued' OFFSET 0) d
    WHERE d.dealer_id = ANY (p_dealers)
      AND c.job_id <> ALL (ARRAY(SELECT j.id FROM jobs.job_record j
                                 WHERE j.state IN ('queued', 'running') AND j.cancel_asked_at IS NOT NULL))
    GROUP BY 1, 2
$$;
