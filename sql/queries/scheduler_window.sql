-- The ends of a window on the wall clock of the upstream of the first of these dealers.
-- $1 dealers, $2 $3 kind and text of the start, $4 $5 kind and text of the end
SELECT to_char(CASE $2::text
                   WHEN 'wall' THEN $3::text::timestamp
                   WHEN 'instant' THEN $3::text::timestamptz AT TIME ZONE z.zone
                   ELSE date_trunc('day', now() AT TIME ZONE z.zone)
               END, 'YYYY-MM-DD HH24:MI:SS') AS "from",
       to_char(CASE $4::text
                   WHEN 'wall' THEN $5::text::timestamp
                   WHEN 'instant' THEN $5::text::timestamptz AT TIME ZONE z.zone
                   ELSE date_trunc('day', now() AT TIME ZONE z.zone) + interval '1 day' - interval '1 second'
               END, 'YYYY-MM-DD HH24:MI:SS') AS "to"
FROM (SELECT coalesce((SELECT u.zone
                       FROM dealer.dealers d
                       JOIN dealer.credential c ON c.id = d.credential_id
                       JOIN dealer.upstream u ON u.id = c.upstream_id
                       WHERE d.dealer_id = ANY ($1::text[])
                       ORDER BY d.dealer_id
                       LIMIT 1), 'Asia/Jakarta') AS zone) z
