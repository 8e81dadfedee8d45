-- Who is meant, masked: $1 key of erasures in hex, $2 dealer, $3 prospect, $4 telephone, $5 identity number.
SELECT dealer_id, id_prospect, nama_lengkap, no_kontak, no_ktp, to_char(tanggal_prospect, 'YYYY-MM-DD') AS tanggal_prospect,
       units, erased, set_aside
FROM feed.find_person($1, $2, $3, $4, $5)
