-- $1 name; null leaves a column as it is: $2 address, $3 formula, $4 zone, $5 longest window, $6 history,
-- $7 quota (0 = none), $8 concurrency, $9 $10 $11 time-outs, $12 longest answer, $13 private, $14 simulated
UPDATE dealer.upstream
SET base_url = coalesce($2, base_url),
    formula = coalesce($3, formula),
    zone = coalesce($4, zone),
    max_days = coalesce($5::int, max_days),
    history_days = coalesce($6::int, history_days),
    quota = CASE WHEN $7::int IS NULL THEN quota ELSE nullif($7::int, 0) END,
    concurrency = coalesce($8::int, concurrency),
    connect_timeout_ms = coalesce($9::int, connect_timeout_ms),
    first_byte_timeout_ms = coalesce($10::int, first_byte_timeout_ms),
    total_timeout_ms = coalesce($11::int, total_timeout_ms),
    max_body_bytes = coalesce($12::bigint, max_body_bytes),
    allow_private = coalesce($13::boolean, allow_private),
    simulated = coalesce($14::boolean, simulated),
    updated_at = now()
WHERE name = $1
RETURNING name, base_url, formula, zone, max_days, history_days, quota, concurrency,
          connect_timeout_ms, first_byte_timeout_ms, total_timeout_ms, max_body_bytes, allow_private, simulated
