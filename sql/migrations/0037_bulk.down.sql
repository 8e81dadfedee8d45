CREATE OR REPLACE FUNCTION jobs.forget_keys(p_at timestamptz) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    n int;
BEGIN
    DELETE FROM jobs.idempotency
    WHERE ctid = ANY (ARRAY(SELECT ctid FROM jobs.idempotency
                            WHERE created_at <= p_at - interval '1 day'
                            ORDER BY created_at LIMIT 500 FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END
$$;
DROP FUNCTION jobs.step_bulk;
DROP FUNCTION jobs.next_failed_calls;
DROP FUNCTION jobs.next_bulk;
DROP FUNCTION jobs.begin_bulk;
DROP FUNCTION jobs.failed_calls;
DROP TABLE jobs.bulk;
