-- More dimensions of the rollups: new prospects by the day of their creation, follow-up methods, sales
-- people, districts; and what the figures ask about a dealer, in one place.
--
-- A prospect is new on the day of its created time: dimension 'created' counts, for each day of the charts,
-- by that day as code. So the storing transaction counts it with the days that it counts anyway, and who asks
-- for the new ones of a range reads by the code.

-- Stores in flight end first, and those that come later find the new functions: so that nothing is counted
-- by the old ones only. In the order in which a store takes them.
LOCK TABLE feed.prospect, feed.prospect_unit, report.day_count IN SHARE ROW EXCLUSIVE MODE;

ALTER TABLE report.day_count DROP CONSTRAINT day_count_dimension_check;
ALTER TABLE report.day_count ADD CONSTRAINT day_count_dimension_check
    CHECK (dimension IN ('total', 'status', 'source', 'unit', 'follow_up', 'method', 'sales', 'district', 'created'));
COMMENT ON COLUMN report.day_count.dimension IS
    'total (code empty), status (prospect_status), source (prospect_source), follow_up (follow_up_state), unit (unit rows by type), method (follow_up_method), sales (id_sales_people), district (kode_kecamatan), created (day of created_time, YYYY-MM-DD)';
-- By the code: new ones of a range, and the days on which a code is found at all.
CREATE INDEX day_count_code ON report.day_count (dealer_id, dimension, code COLLATE "C", day) WHERE dimension <> 'total';

INSERT INTO report.day_count (dealer_id, feed, dimension, day, code, n)
SELECT dealer_id, 'prsp', dimension, day, code, sum(n)
FROM (SELECT dealer_id, day,
             CASE
                 WHEN grouping(metode_follow_up) = 0 THEN 'method'
                 WHEN grouping(id_sales_people) = 0 THEN 'sales'
                 WHEN grouping(kode_kecamatan) = 0 THEN 'district'
                 ELSE 'created'
             END AS dimension,
             coalesce(metode_follow_up, id_sales_people, kode_kecamatan, to_char(created, 'YYYY-MM-DD'), '') AS code,
             count(*) AS n
      FROM (SELECT dealer_id, day, metode_follow_up, id_sales_people, kode_kecamatan, created_time::date AS created
            FROM feed.prospect) p
      GROUP BY GROUPING SETS ((dealer_id, day, metode_follow_up), (dealer_id, day, id_sales_people),
                              (dealer_id, day, kode_kecamatan), (dealer_id, day, created))) stored
GROUP BY dealer_id, dimension, day, code;

CREATE OR REPLACE FUNCTION report.refresh_prospect(p_dealer text, p_days date[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan SET jit = off AS $$
BEGIN
    WITH parent AS MATERIALIZED (
        SELECT CASE
                   WHEN grouping(status_prospect) = 0 THEN 'status'
                   WHEN grouping(sumber_prospect) = 0 THEN 'source'
                   WHEN grouping(status_follow_up_prospecting) = 0 THEN 'follow_up'
                   WHEN grouping(metode_follow_up) = 0 THEN 'method'
                   WHEN grouping(id_sales_people) = 0 THEN 'sales'
                   WHEN grouping(kode_kecamatan) = 0 THEN 'district'
                   WHEN grouping(created) = 0 THEN 'created'
                   ELSE 'total'
               END AS dimension,
               day,
               coalesce(status_prospect, sumber_prospect, status_follow_up_prospecting, metode_follow_up,
                        id_sales_people, kode_kecamatan, to_char(created, 'YYYY-MM-DD'), '') AS code,
               count(*) AS n
        FROM (SELECT p.*, p.created_time::date AS created
              FROM feed.prospect p
              WHERE p.dealer_id = p_dealer AND p.day = ANY (p_days)) p
        GROUP BY GROUPING SETS ((day), (day, status_prospect), (day, sumber_prospect),
                                (day, status_follow_up_prospecting), (day, metode_follow_up), (day, id_sales_people),
                                (day, kode_kecamatan), (day, created))
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

-- Adds the new records to the rollups. In days that hold changed records, too, all is counted anew
-- afterwards.
CREATE OR REPLACE FUNCTION feed.add_prospect() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM report.add('prsp', array_agg(dealer_id::text), array_agg(dimension), array_agg(day), array_agg(code),
                       array_agg(n))
    FROM (
        WITH fresh AS MATERIALIZED (
            SELECT s.seq, s.dealer_id, coalesce(s.tanggal_prospect, '-infinity') AS day,
                   coalesce(s.status_prospect, '') AS status, coalesce(s.sumber_prospect, '') AS source,
                   coalesce(s.status_follow_up_prospecting, '') AS follow_up,
                   coalesce(s.metode_follow_up, '') AS method, coalesce(s.id_sales_people, '') AS sales,
                   coalesce(s.kode_kecamatan, '') AS district, s.created_time::date AS created
            FROM pg_temp.stage_prospect s
            WHERE NOT EXISTS (SELECT FROM pg_temp.stage_pick k WHERE k.seq = s.seq)
        ), alike AS (
            SELECT dealer_id, day, status, source, follow_up, method, count(*) AS n
            FROM fresh
            GROUP BY dealer_id, day, status, source, follow_up, method
        )
        SELECT dealer_id, day, coalesce(status, source, follow_up, method, '') AS code, sum(n)::bigint AS n,
               CASE
                   WHEN grouping(status) = 0 THEN 'status'
                   WHEN grouping(source) = 0 THEN 'source'
                   WHEN grouping(follow_up) = 0 THEN 'follow_up'
                   WHEN grouping(method) = 0 THEN 'method'
                   ELSE 'total'
               END AS dimension
        FROM alike
        GROUP BY GROUPING SETS ((dealer_id, day), (dealer_id, day, status), (dealer_id, day, source),
                                (dealer_id, day, follow_up), (dealer_id, day, method))
        UNION ALL
        SELECT dealer_id, day, coalesce(sales, district, to_char(created, 'YYYY-MM-DD'), ''), count(*),
               CASE
                   WHEN grouping(sales) = 0 THEN 'sales'
                   WHEN grouping(district) = 0 THEN 'district'
                   ELSE 'created'
               END
        FROM fresh
        GROUP BY GROUPING SETS ((dealer_id, day, sales), (dealer_id, day, district), (dealer_id, day, created))
        UNION ALL
        SELECT f.dealer_id, f.day, coalesce(u.kode_tipe_unit, ''), count(*), 'unit'
        FROM fresh f
        JOIN pg_temp.stage_unit u ON u.seq = f.seq
        GROUP BY f.dealer_id, f.day, coalesce(u.kode_tipe_unit, '')
    ) found;
END
$$;

-- A dealer as the figures see it. Who has no upstream (any more) is in the zone of the others.
CREATE VIEW report.dealer AS
SELECT d.dealer_id,
       d.dealer_name,
       coalesce(d.is_active, false) AS is_active,
       coalesce(u.simulated, false) AS simulated,
       u.id AS upstream_id,
       z.zone,
       (now() AT TIME ZONE z.zone)::date AS today,
       coalesce(u.history_days, 30) AS history_days,
       coalesce(v.version, 0) AS version,
       v.data_as_of AT TIME ZONE z.zone AS data_as_of,
       v.fetched_at,
       least(now(), v.fetched_at) AT TIME ZONE z.zone AS known_until
FROM dealer.dealers d
LEFT JOIN dealer.credential c ON c.id = d.credential_id
LEFT JOIN dealer.upstream u ON u.id = c.upstream_id
CROSS JOIN LATERAL (SELECT coalesce(u.zone, 'Asia/Jakarta') AS zone) z
LEFT JOIN report.version v ON v.dealer_id = d.dealer_id;
COMMENT ON VIEW report.dealer IS 'Dealers with what their figures depend on';
COMMENT ON COLUMN report.dealer.today IS 'In the upstream''s zone';
COMMENT ON COLUMN report.dealer.known_until IS 'What happened later cannot be stored; the upstream''s wall clock';
GRANT SELECT ON report.dealer TO dd_analytics, dd_reader;

-- When a call for the dealer failed last, for good and not made good since: what figures tell of gaps
-- depends on it.
CREATE INDEX coverage_failed ON jobs.coverage (dealer_id, failed_at) WHERE failed_at IS NOT NULL;
