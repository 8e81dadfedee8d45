-- What a new schedule begins with: its id, the time, and the zone of the upstream of the first of the
-- dealers $1, or of the first upstream.
SELECT jobs.new_schedule_id() AS id, (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now_ms,
       coalesce((SELECT u.zone
                 FROM dealer.dealers d
                 JOIN dealer.credential c ON c.id = d.credential_id
                 JOIN dealer.upstream u ON u.id = c.upstream_id
                 WHERE d.dealer_id = ANY ($1::text[])
                 ORDER BY d.dealer_id
                 LIMIT 1),
                (SELECT zone FROM dealer.upstream ORDER BY simulated, id LIMIT 1), 'Asia/Jakarta') AS zone
