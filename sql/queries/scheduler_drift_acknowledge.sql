-- Takes note of findings: $1 ids, null = all; $2 who
SELECT feed.acknowledge_drift(clock_timestamp(), $1::bigint[], $2::text)
