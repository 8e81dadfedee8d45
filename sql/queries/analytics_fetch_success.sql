-- How often the calls succeeded that were to bring changes of a range of days: of those that ended and that
-- history still knows. $1 dealers, $2 first day or null, $3 last day or null
SELECT count(*) FILTER (WHERE d.state = 'succeeded') AS succeeded,
       count(*) FILTER (WHERE d.state = 'failed') AS failed
FROM jobs.job_dealer m
JOIN jobs.job_record j ON j.id = m.job_id AND j.kind <> 'replay'
JOIN jobs.task_dealer d ON d.job_id = j.id AND d.dealer_id = m.dealer_id AND d.state IN ('succeeded', 'failed')
JOIN jobs.task t ON t.id = d.task_id AND t.kind = 'fetch' AND t.feed = 'prsp'
WHERE m.dealer_id = ANY ($1::text[])
  AND t.from_at < coalesce($3::date, 'infinity') + interval '1 day' AND t.to_at >= coalesce($2::date, '-infinity')
