-- $1 name, $2 address; null takes the default of: $3 formula, $4 zone, $5 longest window, $6 history,
-- $7 quota (0 = none), $8 concurrency, $9 $10 $11 time-outs, $12 longest answer, $13 private, $14 simulated,
-- $15 quota reserve, $16 $17 concurrency of a credential, of a dealer, $18 calls a minute (0 = none each), $19 burst,
-- $20 $21 breaker, $22 group calls, $23 overlap, $24 silence within an answer, $25 who
INSERT INTO dealer.upstream (name, base_url, formula, zone, max_days, history_days, quota, concurrency,
                             connect_timeout_ms, first_byte_timeout_ms, total_timeout_ms, max_body_bytes,
                             allow_private, simulated, quota_reserve, credential_concurrency,
                             dealer_concurrency, calls_per_minute, burst, breaker_failures, breaker_seconds,
                             group_calls, overlap_hours, body_timeout_ms, changed_by)
VALUES ($1, $2, coalesce($3, 'concat'), coalesce($4, 'Asia/Jakarta'), coalesce($5::int, 7),
        coalesce($6::int, 30), nullif($7::int, 0), coalesce($8::int, 8), coalesce($9::int, 5000),
        coalesce($10::int, 30000), coalesce($11::int, 60000), coalesce($12::bigint, 67108864),
        coalesce($13::boolean, false), coalesce($14::boolean, false), coalesce($15::int, 20),
        nullif($16::int, 0), nullif($17::int, 0), nullif($18::int, 0), coalesce($19::int, 10),
        coalesce($20::int, 10), coalesce($21::int, 30), coalesce($22::boolean, false),
        coalesce($23::int, 24), coalesce($24::int, 15000), $25::text)
RETURNING name, base_url, formula, zone, max_days, history_days, quota, concurrency,
          connect_timeout_ms, first_byte_timeout_ms, total_timeout_ms, max_body_bytes, allow_private, simulated,
          quota_reserve, credential_concurrency, dealer_concurrency, calls_per_minute, burst,
          breaker_failures, breaker_seconds, group_calls, overlap_hours, body_timeout_ms,
          (extract(epoch FROM updated_at) * 1000)::bigint AS changed_at, changed_by, left(md5(xmin::text), 16) AS etag
