-- A page of prospects of one dealer or all, by dealer and what is asked for (report.prospect_keys).
-- $1 dealer or null, $2 first day or null, $3 last day or null, $4 where to go on: dealer, value, day and id,
-- or null, $5 limit, $6 skip, $7 names in full, $8 undated ones alone, $9 codes by dimension (JSON), $10 id or
-- null, $11 sort, $12 ascending, $13 language
SELECT p.dealer_id || ':' || p.id_prospect AS id,
       p.dealer_id,
       p.id_prospect,
       CASE WHEN $7::boolean THEN p.nama_lengkap ELSE feed.masked(p.nama_lengkap) END AS nama_lengkap,
       to_char(p.tanggal_prospect, 'YYYY-MM-DD') AS tanggal_prospect,
       p.status_prospect,
       p.sumber_prospect,
       p.id_sales_people,
       (SELECT count(*)
        FROM feed.prospect_unit u
        WHERE u.dealer_id = p.dealer_id AND u.id_prospect = p.id_prospect) AS units,
       (extract(epoch FROM p.fetched_at) * 1000)::bigint AS fetched_at,
       p.metode_follow_up,
       p.status_follow_up_prospecting,
       p.kode_kecamatan,
       dealer.label_of(d.upstream_id, 'prospect_status', p.status_prospect, $13::text) AS status_label,
       dealer.label_of(d.upstream_id, 'prospect_source', p.sumber_prospect, $13::text) AS source_label,
       dealer.label_of(d.upstream_id, 'sales_person', p.id_sales_people, $13::text) AS sales_label,
       dealer.label_of(d.upstream_id, 'follow_up_method', p.metode_follow_up, $13::text) AS method_label,
       dealer.label_of(d.upstream_id, 'follow_up_state', p.status_follow_up_prospecting, $13::text) AS state_label,
       dealer.label_of(d.upstream_id, 'district', p.kode_kecamatan, $13::text) AS district_label,
       k.value AS sorted_by
FROM report.prospect_keys($1::text, $2::date, $3::date, $8::boolean, coalesce($9::jsonb, '{}'), $10::text, $11::text,
                          $12::boolean, $4::text[], $5::int, $6::int) k
JOIN feed.prospect p ON p.dealer_id = k.dealer_id AND p.id_prospect = k.id_prospect
LEFT JOIN report.dealer d ON d.dealer_id = p.dealer_id
ORDER BY k.place
