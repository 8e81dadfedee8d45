-- Stages few units: one array per column, all of one length.
INSERT INTO pg_temp.stage_unit (seq, position, kode_tipe_unit, sales_program_id, created_time, created_time_raw, modified_time,
    modified_time_raw)
SELECT *
FROM unnest(
       $1::int[], $2::int[], $3::text[], $4::text[], $5::timestamp[], $6::text[], $7::timestamp[],
       $8::text[])
