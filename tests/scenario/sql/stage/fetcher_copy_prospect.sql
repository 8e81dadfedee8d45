-- Stages prospects, text format.
COPY pg_temp.stage_prospect (seq, dealer_id, id_prospect, sumber_prospect, tanggal_prospect, tanggal_prospect_raw,
    tagging_prospect, nama_lengkap, no_kontak, no_ktp, alamat, kode_propinsi, kode_kota,
    kode_kecamatan, kode_kelurahan, kode_pos, latitude, longitude, alamat_kantor,
    kode_propinsi_kantor, kode_kota_kantor, kode_kecamatan_kantor, kode_kelurahan_kantor,
    kode_pos_kantor, kode_pekerjaan, no_kontak_kantor, tanggal_appointment, tanggal_appointment_raw,
    waktu_appointment, metode_follow_up, test_ride_preference, status_follow_up_prospecting,
    status_prospect, id_sales_people, id_event, created_time, created_time_raw, modified_time,
    modified_time_raw) FROM STDIN
