-- Findings whose event is to go out now, by this scheduler alone.
WITH told AS MATERIALIZED (SELECT id FROM feed.tell_drift(clock_timestamp()))
SELECT d.id, u.name AS upstream, d.feed, nullif(d.part, '') AS part, d.field, d.kind
FROM told
JOIN feed.drift d ON d.id = told.id
JOIN dealer.upstream u ON u.id = d.upstream_id
ORDER BY d.id
