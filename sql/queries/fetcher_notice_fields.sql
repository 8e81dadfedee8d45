-- Tells which fields came in the answers of the upstream of task $1: $2 feed, then arrays of part,
-- field, JSON type, number of answers, and whether the field is one of those that are stored.
SELECT feed.notice_fields(clock_timestamp(), upstream_id, $2::text, $3::text[], $4::text[], $5::text[], $6::bigint[],
                          $7::boolean[])
FROM jobs.task
WHERE id = $1::bigint
