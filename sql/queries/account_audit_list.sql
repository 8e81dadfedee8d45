-- $1 principal, $2 kind, $3 target, $4 action, $5 request, $6 from, $7 to (ms): null = any; $8 before this number or
-- null, $9 rows.
SELECT seq, (extract(epoch FROM at) * 1000)::bigint AS at, principal, role, address, request_id, action, kind,
       left(target, 64) AS target,
       CASE WHEN octet_length(before::text) <= 16000 THEN before::text ELSE left(before::text, 4000) END AS before,
       CASE WHEN octet_length(after::text) <= 16000 THEN after::text ELSE left(after::text, 4000) END AS after
FROM account.audit
WHERE ($1::text IS NULL OR principal = $1) AND ($2::text IS NULL OR kind = $2) AND ($3::text IS NULL OR target = $3)
  AND ($4::text IS NULL OR action = $4) AND ($5::text IS NULL OR request_id = $5)
  AND ($6::bigint IS NULL OR at >= to_timestamp($6::bigint / 1000.0))
  AND ($7::bigint IS NULL OR at < to_timestamp($7::bigint / 1000.0)) AND ($8::bigint IS NULL OR seq < $8::bigint)
ORDER BY seq DESC
LIMIT $9::int
