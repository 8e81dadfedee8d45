DROP INDEX jobs.coverage_failed;
DROP VIEW report.dealer;
LOCK TABLE feed.prospect, feed.prospect_unit, report.day_count IN SHARE ROW EXCLUSIVE MODE;
DROP INDEX report.day_count_code;
DELETE FROM report.day_count WHERE dimension IN ('method', 'sales', 'district', 'created');
ALTER TABLE report.day_count DROP CONSTRAINT day_count_dimension_check;
ALTER TABLE report.day_count ADD CONSTRAINT day_count_dimension_check
    CHECK (dimension IN ('total', 'status', 'source', 'unit', 'follow_up'));
COMMENT ON COLUMN report.day_count.dimension IS
    'total (code empty), status (prospect_status), source (prospect_source), follow_up (follow_up_state), unit (unit rows by type)';

CREATE OR REPLACE FUNCTION report.refresh_prospect(p_dealer text, p_days date[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan SET jit = off AS $$
BEGIN
    WITH parent AS MATERIALIZED (
        SELECT CASE
                   WHEN grouping(status_prospect) = 0 THEN 'status'
                   WHEN grouping(sumber_prospect) = 0 THEN 'source'
                   WHEN grouping(status_follow_up_prospecting) = 0 THEN 'follow_up'
                   ELSE 'total'
               END AS dimension,
               day,
               coalesce(status_prospect, sumber_prospect, status_follow_up_prospecting, '') AS code,
               count(*) AS n
        FROM feed.prospect
        WHERE dealer_id = p_dealer AND day = ANY (p_days)
        GROUP BY GROUPING SETS ((day), (day, status_prospect), (day, sumber_prospect),
                                (day, status_follow_up_prospecting))
    ), fresh AS MATERIALIZED (
        SELECT dimension, day, code, sum(n) AS n FROM parent GROUP BY dimension, day, code
        UNION ALL
        SELECT 'unit', p.day, coalesce(u.kode_tipe_unit, ''), count(*)
        FROM feed.prospect p
        JOIN feed.prospect_unit u ON u.dealer_id = p.dealer_id AND u.id_prospect = p.id_prospect
        WHERE p.dealer_id = p_dealer AND p.day = ANY (p_days)
        GROUP BY p.day, coalesce(u.kode_tipe_unit, '')
    ), gone AS (
        DELETE FROM report.day_count c
        WHERE c.dealer_id = p_dealer AND c.feed = 'prsp' AND c.day = ANY (p_days)
          AND NOT EXISTS (SELECT FROM fresh f
                          WHERE f.dimension = c.dimension AND f.day = c.day AND f.code = c.code)
    )
    INSERT INTO report.day_count AS c (dealer_id, feed, dimension, day, code, n)
    SELECT p_dealer, 'prsp', dimension, day, code, n FROM fresh
    ORDER BY dimension, day, code
    ON CONFLICT (dealer_id, feed, dimension, day, code) DO UPDATE
    SET n = excluded.n
    WHERE c.n <> excluded.n;
END
$$;

CREATE OR REPLACE FUNCTION feed.add_prospect() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM report.add('prsp', array_agg(dealer_id::text), array_agg(dimension), array_agg(day), array_agg(code),
                       array_agg(n))
    FROM (
        WITH fresh AS MATERIALIZED (
            SELECT s.seq, s.dealer_id, coalesce(s.tanggal_prospect, '-infinity') AS day,
                   coalesce(s.status_prospect, '') AS status, coalesce(s.sumber_prospect, '') AS source,
                   coalesce(s.status_follow_up_prospecting, '') AS follow_up
            FROM pg_temp.stage_prospect s
            WHERE NOT EXISTS (SELECT FROM pg_temp.stage_pick k WHERE k.seq = s.seq)
        ), alike AS (
            SELECT dealer_id, day, status, source, follow_up, count(*) AS n
            FROM fresh
            GROUP BY dealer_id, day, status, source, follow_up
        )
        SELECT dealer_id, day, coalesce(status, source, follow_up, '') AS code, sum(n)::bigint AS n,
               CASE
                   WHEN grouping(status) = 0 THEN 'status'
                   WHEN grouping(source) = 0 THEN 'source'
                   WHEN grouping(follow_up) = 0 THEN 'follow_up'
                   ELSE 'total'
               END AS dimension
        FROM alike
        GROUP BY GROUPING SETS ((dealer_id, day), (dealer_id, day, status), (dealer_id, day, source),
                                (dealer_id, day, follow_up))
        UNION ALL
        SELECT f.dealer_id, f.day, coalesce(u.kode_tipe_unit, ''), count(*), 'unit'
        FROM fresh f
        JOIN pg_temp.stage_unit u ON u.seq = f.seq
        GROUP BY f.dealer_id, f.day, coalesce(u.kode_tipe_unit, '')
    ) found;
END
$$;
