-- A process tells that it lives: instance, name, service, endpoint, pid, version, state, start.
INSERT INTO ops.process (instance, name, service, endpoint, pid, version, state, started_at, seen_at)
VALUES ($1::uuid, $2, $3, $4, $5::int, $6, $7, to_timestamp($8::bigint / 1000.0), clock_timestamp())
ON CONFLICT (instance) DO UPDATE SET state = excluded.state, seen_at = excluded.seen_at
