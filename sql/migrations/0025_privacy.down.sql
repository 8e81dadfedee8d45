REVOKE SELECT (dealer_id, id_prospect, nama_lengkap, tanggal_prospect, day, status_prospect, sumber_prospect,
               status_follow_up_prospecting, metode_follow_up, id_sales_people, kode_kecamatan, created_time,
               modified_time, requested_at, fetched_at, task_id, epoch)
    ON feed.prospect FROM dd_analytics;
GRANT SELECT ON feed.prospect TO dd_analytics;
DROP POLICY sight ON feed.prospect_unit;
DROP POLICY sight ON feed.prospect;
DROP POLICY stores ON feed.prospect_unit;
DROP POLICY stores ON feed.prospect;
ALTER TABLE feed.prospect_unit DISABLE ROW LEVEL SECURITY;
ALTER TABLE feed.prospect DISABLE ROW LEVEL SECURITY;
DROP FUNCTION feed.masked(text), feed.rows_in_sight();
