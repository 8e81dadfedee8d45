-- Prospects of one dealer or all, the latest date first within a dealer.
-- $1 dealer or null, $2 first day or null, $3 last day or null, $4 $5 $6 dealer, day and id to go on
-- after or null, $7 limit, $8 skip, $9 names in full
SELECT p.dealer_id || ':' || p.id_prospect AS id,
       p.dealer_id,
       p.id_prospect,
       CASE WHEN $9::boolean THEN p.nama_lengkap ELSE feed.masked(p.nama_lengkap) END AS nama_lengkap,
       to_char(p.tanggal_prospect, 'YYYY-MM-DD') AS tanggal_prospect,
       p.status_prospect,
       p.sumber_prospect,
       p.id_sales_people,
       (SELECT count(*)
        FROM feed.prospect_unit u
        WHERE u.dealer_id = p.dealer_id AND u.id_prospect = p.id_prospect) AS units,
       (extract(epoch FROM p.fetched_at) * 1000)::bigint AS fetched_at
FROM feed.prospect p
WHERE ($1::text IS NULL OR p.dealer_id = $1::text)
  AND ($2::date IS NULL OR p.day >= $2::date)
  AND ($3::date IS NULL OR (p.day <= $3::date AND p.day <> '-infinity'))
  AND ($4::text IS NULL OR (p.dealer_id, p.day, p.id_prospect) < ($4::text, $5::date, $6::text))
ORDER BY p.dealer_id DESC, p.day DESC, p.id_prospect DESC
LIMIT $7::int OFFSET $8::int
