-- Leases up to $2 tasks to the fetcher $1 for $3 ms. `dealers` of a call for
-- several dealers: our code and the upstream's in turn.
SELECT task_id, epoch, attempt, job_id::text AS job_id, dealer_id, upstream_dealer_id, feed,
       to_char(from_at, 'YYYY-MM-DD HH24:MI:SS') AS "from", to_char(to_at, 'YYYY-MM-DD HH24:MI:SS') AS "to",
       base_url, formula, api_key, secret_key, connect_timeout_ms, first_byte_timeout_ms, total_timeout_ms,
       max_body_bytes, allow_private, kind, skew_ms, body_timeout_ms, dealers,
       (extract(epoch FROM leased_at) * 1000)::bigint AS leased_at
FROM jobs.lease_tasks(clock_timestamp(), $1::uuid, $2::int, $3::int)
