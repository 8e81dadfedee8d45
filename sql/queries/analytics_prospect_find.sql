-- Prospects by name or telephone number, and the note that they were looked for (feed.find_prospects); one row
-- without a prospect if there are none.
-- $1 dealer or null, $2 name or null, $3 telephone or null, $4 why, $5 limit, $6 language
SELECT p.dealer_id || ':' || p.id_prospect AS id,
       p.dealer_id,
       p.id_prospect,
       feed.masked(p.nama_lengkap) AS nama_lengkap,
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
       dealer.label_of(d.upstream_id, 'prospect_status', p.status_prospect, $6::text) AS status_label,
       dealer.label_of(d.upstream_id, 'prospect_source', p.sumber_prospect, $6::text) AS source_label,
       dealer.label_of(d.upstream_id, 'sales_person', p.id_sales_people, $6::text) AS sales_label,
       dealer.label_of(d.upstream_id, 'follow_up_method', p.metode_follow_up, $6::text) AS method_label,
       dealer.label_of(d.upstream_id, 'follow_up_state', p.status_follow_up_prospecting, $6::text) AS state_label,
       dealer.label_of(d.upstream_id, 'district', p.kode_kecamatan, $6::text) AS district_label,
       f.whole
FROM feed.find_prospects($1::text, $2::text, $3::text, $4::text, $5::int) f
-- What was stored after this statement began is found, but not yet to be read by it: it is left out.
LEFT JOIN (unnest(f.dealers, f.ids) WITH ORDINALITY k (dealer_id, id_prospect, place)
           JOIN feed.prospect p ON p.dealer_id = k.dealer_id AND p.id_prospect = k.id_prospect) ON true
LEFT JOIN report.dealer d ON d.dealer_id = p.dealer_id
ORDER BY k.place
