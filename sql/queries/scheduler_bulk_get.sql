-- What $2 asked of many jobs, or anybody where the asker may see all dealers: $1 its id. The columns are the fields
-- of the message.
SELECT b.id::text,
       b.action,
       CASE
           WHEN b.finished_at IS NULL THEN 'running'
           WHEN b.looked_at < b.jobs THEN 'given_up'
           ELSE 'done'
       END AS state,
       b.jobs,
       nullif(b.more, false) AS more,
       b.looked_at,
       b.accepted,
       b.calls,
       b.ended,
       b.cancelling,
       b.stored,
       b.pending,
       b.lost,
       b.gone,
       b.made::text[] AS made,
       b.requested_by,
       (extract(epoch FROM b.created_at) * 1000)::bigint AS created_at,
       (extract(epoch FROM b.finished_at) * 1000)::bigint AS finished_at
FROM jobs.bulk b
WHERE b.id = $1::uuid AND (b.requested_by = $2::text OR dealer.sees_all())
