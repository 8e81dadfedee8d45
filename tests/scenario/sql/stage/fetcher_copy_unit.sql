-- Stages units, text format.
COPY pg_temp.stage_unit (seq, position, kode_tipe_unit, sales_program_id, created_time, created_time_raw, modified_time,
    modified_time_raw) FROM STDIN
