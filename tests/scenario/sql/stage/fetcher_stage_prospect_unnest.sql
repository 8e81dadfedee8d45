-- Stages few prospects: one array per column, all of one length.
INSERT INTO pg_temp.stage_prospect (seq, dealer_id, id_prospect, sumber_prospect, tanggal_prospect, tanggal_prospect_raw,
    tagging_prospect, nama_lengkap, no_kontak, no_ktp, alamat, kode_propinsi, kode_kota,
    kode_kecamatan, kode_kelurahan, kode_pos, latitude, longitude, alamat_kantor,
    kode_propinsi_kantor, kode_kota_kantor, kode_kecamatan_kantor, kode_kelurahan_kantor,
    kode_pos_kantor, kode_pekerjaan, no_kontak_kantor, tanggal_appointment, tanggal_appointment_raw,
    waktu_appointment, metode_follow_up, test_ride_preference, status_follow_up_prospecting,
    status_prospect, id_sales_people, id_event, created_time, created_time_raw, modified_time,
    modified_time_raw)
SELECT *
FROM unnest(
       $1::int[], $2::text[], $3::text[], $4::text[], $5::date[], $6::text[], $7::text[],
       $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[],
       $15::text[], $16::text[], $17::text[], $18::text[], $19::text[], $20::text[], $21::text[],
       $22::text[], $23::text[], $24::text[], $25::text[], $26::text[], $27::date[], $28::text[],
       $29::text[], $30::text[], $31::text[], $32::text[], $33::text[], $34::text[], $35::text[],
       $36::timestamp[], $37::text[], $38::timestamp[], $39::text[])
