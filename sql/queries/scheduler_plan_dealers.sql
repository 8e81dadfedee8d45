-- What a plan needs to know of each dealer, by credential. $1 codes, null = all that can be fetched;
-- $2 $3 kind and text of the window's start, $4 $5 of its end; $6 priority; $7 schedule, null = none. Times
-- are seconds since 1970 of the upstream's wall clock.
-- Instants are compared as such. Where the clock goes back between them its window holds all that it showed
-- meanwhile: the hours after `from`, and those before `to`, are looked at by quarters, at which clocks change.
-- A schedule does without a dealer that is held (paused, or its credential refused) while calls of a run before
-- wait for it, and without a paused one that would hold up the calls of its group: neither is active.
WITH wanted AS (
    SELECT DISTINCT w.code FROM unnest($1::text[]) w (code)
    UNION ALL
    (SELECT d.dealer_id FROM dealer.dealers d
     WHERE $1::text[] IS NULL AND d.is_active AND d.credential_id IS NOT NULL
     ORDER BY d.dealer_id LIMIT 1000)
), queue AS (
    SELECT l.credential_id, sum(l.queued) AS queued,
           sum(l.queued) FILTER (WHERE l.urgent OR l.priority < $6::int) AS ahead
    FROM jobs.lane l
    WHERE l.queued > 0 AND l.priority <= $6::int
    GROUP BY l.credential_id
), run AS (
    SELECT DISTINCT j.id FROM jobs.tick t
    JOIN jobs.job_record j ON j.id = t.job_id AND j.state IN ('queued', 'running') AND j.cancel_asked_at IS NULL
    WHERE t.schedule_id = $7::bigint
)
SELECT w.code, d.dealer_id IS NOT NULL AS known, d.is_active IS TRUE AND NOT h.left_out AS active, c.id AS credential_id,
       u.name AS upstream, to_char(t.clock, 'YYYY-MM-DD HH24:MI:SS') AS clock, u.max_days, u.history_days,
       u.quota, u.quota_reserve, u.group_calls, u.overlap_hours,
       CASE WHEN s.quota_day = t.clock::date THEN s.calls ELSE 0 END AS used,
       coalesce(q.queued, 0) AS queued, coalesce(q.ahead, 0) AS ahead,
       extract(epoch FROM date_trunc('second', t.clock))::bigint AS now_s,
       extract(epoch FROM date_trunc('second', CASE $2::text
           WHEN 'wall' THEN $3::text::timestamp
           WHEN 'instant' THEN i.from_clock
           WHEN 'history' THEN date_trunc('day', t.clock) - make_interval(days => u.history_days)
           ELSE date_trunc('day', t.clock)
       END))::bigint AS from_s,
       extract(epoch FROM date_trunc('second', CASE $4::text
           WHEN 'wall' THEN $5::text::timestamp
           WHEN 'instant' THEN CASE WHEN i.to_at < i.from_at THEN i.from_clock - interval '1 second' ELSE i.to_clock END
           ELSE date_trunc('day', t.clock) + interval '1 day' - interval '1 second'
       END))::bigint AS to_s
FROM wanted w
LEFT JOIN dealer.dealers d ON d.dealer_id = w.code
LEFT JOIN dealer.credential c ON c.id = d.credential_id
LEFT JOIN dealer.upstream u ON u.id = c.upstream_id
LEFT JOIN jobs.credential_state s ON s.credential_id = c.id
LEFT JOIN queue q ON q.credential_id = c.id
CROSS JOIN LATERAL (SELECT clock_timestamp() AT TIME ZONE u.zone AS clock) t
CROSS JOIN LATERAL (
    SELECT e.from_at, e.to_at,
           (SELECT least(e.from_at AT TIME ZONE u.zone, min(q.at AT TIME ZONE u.zone))
            FROM (SELECT date_bin('15 minutes', e.from_at, timestamptz 'epoch') + n * interval '15 minutes' AS at
                  FROM generate_series(1, 12) n WHERE e.from_at IS NOT NULL) q
            WHERE q.at <= e.to_at OR e.to_at IS NULL) AS from_clock,
           (SELECT greatest(e.to_at AT TIME ZONE u.zone, max((q.at - interval '1 second') AT TIME ZONE u.zone))
            FROM (SELECT date_bin('15 minutes', e.to_at, timestamptz 'epoch') - n * interval '15 minutes' AS at
                  FROM generate_series(0, 11) n WHERE e.to_at IS NOT NULL) q
            WHERE q.at > e.from_at OR e.from_at IS NULL) AS to_clock
    FROM (SELECT CASE WHEN $2::text = 'instant' THEN $3::text::timestamptz END AS from_at,
                 CASE WHEN $4::text = 'instant' THEN $5::text::timestamptz END AS to_at) e) i
CROSS JOIN LATERAL (
    SELECT $7::bigint IS NOT NULL
           AND (u.group_calls AND EXISTS (SELECT FROM jobs.pause p WHERE p.scope = 'dealer' AND p.target = w.code)
                OR (s.flagged_at >= c.updated_at
                    OR EXISTS (SELECT FROM jobs.pause p
                               WHERE (p.scope, p.target) IN (('all', ''), ('dealer', w.code), ('upstream', u.name),
                                                             ('credential', c.id::text))))
                   AND EXISTS (SELECT FROM run r
                               JOIN jobs.task_dealer m ON m.job_id = r.id AND m.dealer_id = w.code AND m.state = 'queued')
               ) IS TRUE AS left_out) h
ORDER BY c.id NULLS FIRST, w.code
