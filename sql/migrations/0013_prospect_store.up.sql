-- Storing an answer of the prospect feed: staged rows are merged as a whole, rollups follow, the
-- task is completed. The fetcher owns the feed schema, so these functions run with its own rights.

-- The staging tables of a session. Made once per connection, empty after each transaction.
-- stage_prospect.seq = place of the record in the answer; stage_unit.position = place in its record.
CREATE FUNCTION feed.create_stage() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
BEGIN
    -- Only possible before the session's first temporary table.
    IF to_regclass('pg_temp.stage_prospect') IS NULL THEN
        PERFORM set_config('temp_buffers', '32MB', false);
    END IF;
    CREATE TEMP TABLE IF NOT EXISTS stage_prospect (
            seq                          int NOT NULL,
            dealer_id                    varchar(10) NOT NULL,
            id_prospect                  text COLLATE "C" NOT NULL,
            sumber_prospect              text,
            tanggal_prospect             date,
            tanggal_prospect_raw         text,
            tagging_prospect             text,
            nama_lengkap                 text,
            no_kontak                    text,
            no_ktp                       text,
            alamat                       text,
            kode_propinsi                text,
            kode_kota                    text,
            kode_kecamatan               text,
            kode_kelurahan               text,
            kode_pos                     text,
            latitude                     text,
            longitude                    text,
            alamat_kantor                text,
            kode_propinsi_kantor         text,
            kode_kota_kantor             text,
            kode_kecamatan_kantor        text,
            kode_kelurahan_kantor        text,
            kode_pos_kantor              text,
            kode_pekerjaan               text,
            no_kontak_kantor             text,
            tanggal_appointment          date,
            tanggal_appointment_raw      text,
            waktu_appointment            text,
            metode_follow_up             text,
            test_ride_preference         text,
            status_follow_up_prospecting text,
            status_prospect              text,
            id_sales_people              text,
            id_event                     text,
            created_time                 timestamp,
            created_time_raw             text,
            modified_time                timestamp,
            modified_time_raw            text
    ) ON COMMIT DELETE ROWS;
    CREATE TEMP TABLE IF NOT EXISTS stage_unit (
            seq               int NOT NULL,
            position          int NOT NULL,
            kode_tipe_unit    text,
            sales_program_id  text,
            created_time      timestamp,
            created_time_raw  text,
            modified_time     timestamp,
            modified_time_raw text
    ) ON COMMIT DELETE ROWS;
    -- What is already stored of them, and how it compares.
    CREATE TEMP TABLE IF NOT EXISTS stage_pick (
            dealer_id   varchar(10) NOT NULL,
            id_prospect text COLLATE "C" NOT NULL,
            seq         int NOT NULL,
            modified    timestamp,
            verdict     text NOT NULL,
            old_day     date NOT NULL,
            new_day     date NOT NULL
    ) ON COMMIT DELETE ROWS;
END
$$;

-- What each staged record is to the stored one, by its key: changed, same, or older than what is stored.
-- What is not picked is new. The later modified time wins; where it is equal, absent or unreadable, the
-- later call. Its units are looked at later.
CREATE FUNCTION feed.pick_prospect(p_requested_at timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    INSERT INTO pg_temp.stage_pick (dealer_id, id_prospect, seq, modified, verdict, old_day, new_day)
    SELECT s.dealer_id, s.id_prospect, s.seq, staged.modified,
           CASE
               WHEN staged.modified < kept.modified THEN 'older'
               WHEN p_requested_at < p.requested_at AND (staged.modified > kept.modified) IS NOT TRUE THEN 'older'
               WHEN (s.sumber_prospect, s.tanggal_prospect, s.tanggal_prospect_raw, s.tagging_prospect,
                     s.nama_lengkap, s.no_kontak, s.no_ktp, s.alamat, s.kode_propinsi, s.kode_kota,
                     s.kode_kecamatan, s.kode_kelurahan, s.kode_pos, s.latitude, s.longitude,
                     s.alamat_kantor, s.kode_propinsi_kantor, s.kode_kota_kantor, s.kode_kecamatan_kantor,
                     s.kode_kelurahan_kantor, s.kode_pos_kantor, s.kode_pekerjaan, s.no_kontak_kantor,
                     s.tanggal_appointment, s.tanggal_appointment_raw, s.waktu_appointment,
                     s.metode_follow_up, s.test_ride_preference, s.status_follow_up_prospecting,
                     s.status_prospect, s.id_sales_people, s.id_event, s.created_time, s.created_time_raw,
                     s.modified_time, s.modified_time_raw)
                    IS DISTINCT FROM
                    (p.sumber_prospect, p.tanggal_prospect, p.tanggal_prospect_raw, p.tagging_prospect,
                     p.nama_lengkap, p.no_kontak, p.no_ktp, p.alamat, p.kode_propinsi, p.kode_kota,
                     p.kode_kecamatan, p.kode_kelurahan, p.kode_pos, p.latitude, p.longitude,
                     p.alamat_kantor, p.kode_propinsi_kantor, p.kode_kota_kantor, p.kode_kecamatan_kantor,
                     p.kode_kelurahan_kantor, p.kode_pos_kantor, p.kode_pekerjaan, p.no_kontak_kantor,
                     p.tanggal_appointment, p.tanggal_appointment_raw, p.waktu_appointment,
                     p.metode_follow_up, p.test_ride_preference, p.status_follow_up_prospecting,
                     p.status_prospect, p.id_sales_people, p.id_event, p.created_time, p.created_time_raw,
                     p.modified_time, p.modified_time_raw) THEN 'changed'
               ELSE 'same'
           END,
           p.day,
           coalesce(s.tanggal_prospect, '-infinity')
    FROM pg_temp.stage_prospect s
    JOIN feed.prospect p ON p.dealer_id = s.dealer_id AND p.id_prospect = s.id_prospect
    CROSS JOIN LATERAL (SELECT CASE WHEN s.modified_time_raw IS NULL THEN coalesce(s.modified_time, s.created_time) END
                            AS modified) staged
    CROSS JOIN LATERAL (SELECT CASE WHEN p.modified_time_raw IS NULL THEN coalesce(p.modified_time, p.created_time) END
                            AS modified) kept;
END
$$;

-- How often the answer holds each of its elements, a record with its unit: 1, but for an upstream that
-- repeats them all. Rows of a join repeat a unit only where the record has it twice.
CREATE FUNCTION feed.element_copies() RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT CASE WHEN bool_and(n % fewest = 0) THEN min(fewest) ELSE 1 END
            FROM (SELECT count(*) AS n, min(count(*)) OVER () AS fewest
                  FROM pg_temp.stage_prospect s
                  LEFT JOIN pg_temp.stage_unit u ON u.seq = s.seq
                  GROUP BY s.dealer_id, s.id_prospect, s.created_time, s.modified_time, s.modified_time_raw,
                           u.seq IS NULL, u.kode_tipe_unit, u.sales_program_id, u.created_time, u.created_time_raw,
                           u.modified_time, u.modified_time_raw) element);
END
$$;

-- Records that are staged more than once: the occurrence with the latest modified time counts, of
-- equals the last one; the others are dropped. When no record of the whole answer has more than one unit,
-- repeats are one that was joined with its units (exploded): the units of all its occurrences belong to it,
-- numbered anew; of an answer that holds each element several times, once. Else the picked occurrence
-- brings its own alone. An occurrence with an older modified time is an older version and brings none.
CREATE FUNCTION feed.join_repeats() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    dropped int[];
    leads int[]; -- of each of them; null = of another version
    exploded boolean;
    times bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_temp.stage_prospect GROUP BY dealer_id, id_prospect HAVING count(*) > 1) THEN
        RETURN;
    END IF;
    SELECT array_agg(r.seq), array_agg(CASE WHEN r.modified IS NOT DISTINCT FROM r.latest THEN r.lead END)
    INTO dropped, leads
    FROM (SELECT seq, modified, first_value(seq) OVER same AS lead, first_value(modified) OVER same AS latest
          FROM (SELECT s.dealer_id, s.id_prospect, s.seq,
                       CASE WHEN s.modified_time_raw IS NULL THEN coalesce(s.modified_time, s.created_time) END
                           AS modified
                FROM pg_temp.stage_prospect s) m
          WINDOW same AS (PARTITION BY dealer_id, id_prospect ORDER BY modified DESC NULLS LAST, seq DESC)) r
    WHERE r.seq <> r.lead;
    exploded := NOT EXISTS (SELECT FROM pg_temp.stage_unit GROUP BY seq HAVING count(*) > 1);
    IF exploded THEN
        times := feed.element_copies();
    END IF;
    DELETE FROM pg_temp.stage_prospect WHERE seq = ANY (dropped);
    IF NOT exploded THEN
        RETURN;
    END IF;
    IF times > 1 THEN
        DELETE FROM pg_temp.stage_unit u
        USING (SELECT u.ctid AS place, row_number() OVER (same ORDER BY u.seq) AS nth, count(*) OVER same AS n
               FROM pg_temp.stage_unit u
               LEFT JOIN unnest(dropped, leads) d (seq, lead) ON d.seq = u.seq
               WHERE coalesce(d.lead, u.seq) = ANY (leads)
               WINDOW same AS (PARTITION BY coalesce(d.lead, u.seq), u.kode_tipe_unit, u.sales_program_id,
                                            u.created_time, u.created_time_raw, u.modified_time,
                                            u.modified_time_raw)) r
        WHERE u.ctid = r.place AND r.nth > r.n / times;
    END IF;
    UPDATE pg_temp.stage_unit u
    SET seq = r.lead, position = r.position
    FROM (SELECT u.ctid AS place, coalesce(d.lead, u.seq) AS lead,
                 row_number() OVER (PARTITION BY coalesce(d.lead, u.seq) ORDER BY u.seq, u.position) AS position
          FROM pg_temp.stage_unit u
          LEFT JOIN unnest(dropped, leads) d (seq, lead) ON d.seq = u.seq
          WHERE coalesce(d.lead, u.seq) = ANY (leads)) r
    WHERE u.ctid = r.place;
END
$$;

-- A record that is the same but for its units has changed.
CREATE FUNCTION feed.pick_units() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    -- A variable, not a literal: with it the statement is planned anew for the rows staged now.
    unchanged text := 'same';
BEGIN
    WITH differing AS (
        SELECT DISTINCT seq
        FROM (SELECT u.*, true AS here
              FROM pg_temp.stage_pick k
              JOIN pg_temp.stage_unit u ON u.seq = k.seq
              WHERE k.verdict = unchanged) c
        FULL JOIN (SELECT k.seq, o.*, true AS here
                   FROM pg_temp.stage_pick k
                   JOIN feed.prospect_unit o ON o.dealer_id = k.dealer_id AND o.id_prospect = k.id_prospect
                   WHERE k.verdict = unchanged) o USING (seq, position)
        WHERE (c.here, c.kode_tipe_unit, c.sales_program_id, c.created_time, c.created_time_raw, c.modified_time,
               c.modified_time_raw)
              IS DISTINCT FROM
              (o.here, o.kode_tipe_unit, o.sales_program_id, o.created_time, o.created_time_raw, o.modified_time,
               o.modified_time_raw)
    )
    UPDATE pg_temp.stage_pick k
    SET verdict = 'changed'
    FROM differing d
    WHERE k.seq = d.seq;
END
$$;

-- A call that found the stored version again confirms it: an older call that is still on its way, and
-- saw another version with an equal modified time, must not win. No such call, and nothing is written.
CREATE FUNCTION feed.confirm_prospect(p_task bigint, p_requested_at timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    unchanged text := 'same';
    rivals record;
BEGIN
    SELECT * INTO rivals FROM jobs.rivals(p_task, p_requested_at);
    IF rivals.n = 0 THEN
        RETURN;
    END IF;
    -- A record that says when it was modified is in both answers only when the windows overlap.
    UPDATE feed.prospect p
    SET requested_at = p_requested_at
    FROM pg_temp.stage_pick k
    WHERE k.verdict = unchanged AND (rivals.overlap OR k.modified IS NULL)
      AND p.dealer_id = k.dealer_id AND p.id_prospect = k.id_prospect AND p.requested_at < p_requested_at;
END
$$;

-- Writes what has changed; units are deleted with the old version.
CREATE FUNCTION feed.replace_prospect(p_at timestamptz, p_task bigint, p_epoch int, p_requested_at timestamptz)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    -- A variable, not a literal: with it each statement is planned anew for the rows staged now.
    replaced text := 'changed';
BEGIN
    UPDATE feed.prospect p SET (
           sumber_prospect, tanggal_prospect, tanggal_prospect_raw, tagging_prospect, nama_lengkap,
           no_kontak, no_ktp, alamat, kode_propinsi, kode_kota, kode_kecamatan, kode_kelurahan, kode_pos,
           latitude, longitude, alamat_kantor, kode_propinsi_kantor, kode_kota_kantor,
           kode_kecamatan_kantor, kode_kelurahan_kantor, kode_pos_kantor, kode_pekerjaan, no_kontak_kantor,
           tanggal_appointment, tanggal_appointment_raw, waktu_appointment, metode_follow_up,
           test_ride_preference, status_follow_up_prospecting, status_prospect, id_sales_people, id_event,
           created_time, created_time_raw, modified_time, modified_time_raw,
           requested_at, fetched_at, task_id, epoch) = ROW (
           s.sumber_prospect, s.tanggal_prospect, s.tanggal_prospect_raw, s.tagging_prospect,
           s.nama_lengkap, s.no_kontak, s.no_ktp, s.alamat, s.kode_propinsi, s.kode_kota, s.kode_kecamatan,
           s.kode_kelurahan, s.kode_pos, s.latitude, s.longitude, s.alamat_kantor, s.kode_propinsi_kantor,
           s.kode_kota_kantor, s.kode_kecamatan_kantor, s.kode_kelurahan_kantor, s.kode_pos_kantor,
           s.kode_pekerjaan, s.no_kontak_kantor, s.tanggal_appointment, s.tanggal_appointment_raw,
           s.waktu_appointment, s.metode_follow_up, s.test_ride_preference, s.status_follow_up_prospecting,
           s.status_prospect, s.id_sales_people, s.id_event, s.created_time, s.created_time_raw,
           s.modified_time, s.modified_time_raw,
           p_requested_at, p_at, p_task, p_epoch)
    FROM pg_temp.stage_pick k
    JOIN pg_temp.stage_prospect s ON s.seq = k.seq
    WHERE k.verdict = replaced AND p.dealer_id = k.dealer_id AND p.id_prospect = k.id_prospect;

    DELETE FROM feed.prospect_unit u
    USING pg_temp.stage_pick k
    WHERE k.verdict = replaced
      AND u.dealer_id = k.dealer_id AND u.id_prospect = k.id_prospect;
END
$$;

-- Writes what is new or changed; units are replaced with their record. The caller holds the dealers,
-- so no other merge can have written these keys since they were compared.
CREATE FUNCTION feed.write_prospect(p_at timestamptz, p_task bigint, p_epoch int, p_requested_at timestamptz)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    -- A variable, not a literal: with it statements are planned anew for the rows staged now, if many.
    replaced text := 'changed';
BEGIN
    INSERT INTO feed.prospect (dealer_id, id_prospect,
           sumber_prospect, tanggal_prospect, tanggal_prospect_raw, tagging_prospect, nama_lengkap,
           no_kontak, no_ktp, alamat, kode_propinsi, kode_kota, kode_kecamatan, kode_kelurahan, kode_pos,
           latitude, longitude, alamat_kantor, kode_propinsi_kantor, kode_kota_kantor,
           kode_kecamatan_kantor, kode_kelurahan_kantor, kode_pos_kantor, kode_pekerjaan, no_kontak_kantor,
           tanggal_appointment, tanggal_appointment_raw, waktu_appointment, metode_follow_up,
           test_ride_preference, status_follow_up_prospecting, status_prospect, id_sales_people, id_event,
           created_time, created_time_raw, modified_time, modified_time_raw,
           requested_at, fetched_at, task_id, epoch)
    SELECT s.dealer_id, s.id_prospect,
           s.sumber_prospect, s.tanggal_prospect, s.tanggal_prospect_raw, s.tagging_prospect,
           s.nama_lengkap, s.no_kontak, s.no_ktp, s.alamat, s.kode_propinsi, s.kode_kota, s.kode_kecamatan,
           s.kode_kelurahan, s.kode_pos, s.latitude, s.longitude, s.alamat_kantor, s.kode_propinsi_kantor,
           s.kode_kota_kantor, s.kode_kecamatan_kantor, s.kode_kelurahan_kantor, s.kode_pos_kantor,
           s.kode_pekerjaan, s.no_kontak_kantor, s.tanggal_appointment, s.tanggal_appointment_raw,
           s.waktu_appointment, s.metode_follow_up, s.test_ride_preference, s.status_follow_up_prospecting,
           s.status_prospect, s.id_sales_people, s.id_event, s.created_time, s.created_time_raw,
           s.modified_time, s.modified_time_raw,
           p_requested_at, p_at, p_task, p_epoch
    FROM pg_temp.stage_prospect s
    WHERE NOT EXISTS (SELECT FROM pg_temp.stage_pick k WHERE k.seq = s.seq);

    IF EXISTS (SELECT FROM pg_temp.stage_pick WHERE verdict = replaced) THEN
        PERFORM feed.replace_prospect(p_at, p_task, p_epoch, p_requested_at);
    END IF;
    INSERT INTO feed.prospect_unit (dealer_id, id_prospect, position,
           kode_tipe_unit, sales_program_id, created_time, created_time_raw, modified_time,
           modified_time_raw)
    SELECT s.dealer_id, s.id_prospect, u.position,
           u.kode_tipe_unit, u.sales_program_id, u.created_time, u.created_time_raw, u.modified_time,
           u.modified_time_raw
    FROM pg_temp.stage_prospect s
    JOIN pg_temp.stage_unit u ON u.seq = s.seq
    WHERE NOT EXISTS (SELECT FROM pg_temp.stage_pick k WHERE k.seq = s.seq AND k.verdict <> replaced);
END
$$;

-- Adds the new records to the rollups. In days that hold changed records, too, all is counted anew
-- afterwards.
CREATE FUNCTION feed.add_prospect() RETURNS void
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

-- Holds dealer and feed against every other merge until the transaction ends. In the order of the
-- keys, so that transactions over several dealers don't deadlock.
CREATE FUNCTION feed.hold_dealers(p_feed text, p_dealers text[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    key bigint;
BEGIN
    FOR key IN SELECT DISTINCT hashtextextended(p_feed || ':' || d, 0) FROM unnest(p_dealers) d ORDER BY 1 LOOP
        PERFORM pg_advisory_xact_lock(key);
    END LOOP;
END
$$;

-- Planning a merge costs more than merging a few records. From here to the end of the calling function,
-- which sets all of these, statements are planned once per session, to read the stored rows by their
-- keys: where each row that is looked at costs as much as a page, that is the cheapest plan. Not while
-- few rows are stored: then any index looks as good as the key, and the plan would be kept.
CREATE FUNCTION feed.plan_for_few() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    small CONSTANT bigint := 2 * 1024 * 1024; -- bytes
BEGIN
    IF pg_relation_size('feed.prospect') > small THEN
        PERFORM set_config('plan_cache_mode', 'force_generic_plan', true),
                set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
                set_config('cpu_tuple_cost', '1', true);
    END IF;
END
$$;

-- Merges the staged rows, and adds the new ones to the rollups: one row of counts for each dealer of the
-- task. days = those of changed records, old and new, -infinity for undated: they are to be counted anew;
-- data_as_of = the latest upstream time staged.
CREATE FUNCTION feed.merge_prospect(p_at timestamptz, p_task bigint, p_epoch int, p_requested_at timestamptz)
RETURNS TABLE (dealer_id text, rows_read bigint, rows_new bigint, rows_changed bigint, rows_same bigint,
               days date[], data_as_of timestamp, first boolean)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan SET jit = off
SET work_mem = '32MB' SET enable_hashjoin = on SET enable_mergejoin = on SET cpu_tuple_cost = 0.01 AS $$
#variable_conflict use_column
DECLARE
    few CONSTANT int := 100; -- staged records: joining them with each other costs less than planning
    dealers text[] := ARRAY(SELECT dealer_id FROM jobs.task_dealer WHERE task_id = p_task);
    stranger text;
    any_new boolean;
BEGIN
    SELECT s.dealer_id INTO stranger FROM pg_temp.stage_prospect s WHERE s.dealer_id <> ALL (dealers) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'a staged row belongs to dealer "%", which task % does not cover', stranger, p_task;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_temp.stage_prospect OFFSET few) THEN
        PERFORM feed.plan_for_few();
    END IF;
    PERFORM feed.hold_dealers('prsp', dealers);
    PERFORM feed.join_repeats();
    PERFORM feed.pick_prospect(p_requested_at);
    IF EXISTS (SELECT FROM pg_temp.stage_pick WHERE verdict = 'same') THEN
        PERFORM feed.pick_units();
    END IF;
    IF EXISTS (SELECT FROM pg_temp.stage_pick WHERE verdict = 'same') THEN
        PERFORM feed.confirm_prospect(p_task, p_requested_at);
    END IF;
    any_new := (SELECT count(*) FROM pg_temp.stage_prospect) > (SELECT count(*) FROM pg_temp.stage_pick);
    IF any_new OR EXISTS (SELECT FROM pg_temp.stage_pick WHERE verdict = 'changed') THEN
        PERFORM feed.write_prospect(p_at, p_task, p_epoch, p_requested_at);
    END IF;
    IF any_new THEN
        PERFORM feed.add_prospect();
    END IF;
    RETURN QUERY
    SELECT d, coalesce(s.n, 0), coalesce(s.n, 0) - coalesce(k.n, 0), coalesce(k.changed, 0),
           coalesce(k.n - k.changed, 0),
           ARRAY(SELECT t.old_day FROM pg_temp.stage_pick t WHERE t.dealer_id = d AND t.verdict = 'changed'
                 UNION
                 SELECT t.new_day FROM pg_temp.stage_pick t WHERE t.dealer_id = d AND t.verdict = 'changed'),
           s.modified, row_number() OVER (ORDER BY d) = 1
    FROM unnest(dealers) d
    LEFT JOIN (SELECT dealer_id, count(*) AS n,
                      max(CASE WHEN modified_time_raw IS NULL THEN coalesce(modified_time, created_time) END) AS modified
               FROM pg_temp.stage_prospect
               GROUP BY dealer_id) s ON s.dealer_id = d
    LEFT JOIN (SELECT dealer_id, count(*) AS n, count(*) FILTER (WHERE verdict = 'changed') AS changed
               FROM pg_temp.stage_pick
               GROUP BY dealer_id) k ON k.dealer_id = d
    ORDER BY d;
END
$$;

-- For a window of several days: how many of the dealer's records were created or modified on each, for
-- its coverage. Where a record tells neither time, nothing is counted.
CREATE FUNCTION feed.count_days(p_task bigint, p_dealer text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    first_day date;
    last_day date;
BEGIN
    SELECT t.from_at::date, t.to_at::date INTO first_day, last_day FROM jobs.task t WHERE t.id = p_task;
    IF first_day = last_day OR EXISTS (SELECT FROM pg_temp.stage_prospect
                                       WHERE dealer_id = p_dealer AND coalesce(created_time, modified_time) IS NULL) THEN
        RETURN;
    END IF;
    PERFORM jobs.count_days(p_task, p_dealer, ARRAY(
        SELECT count(s.seq)
        FROM generate_series(first_day::timestamp, last_day::timestamp, interval '1 day') g (day)
        LEFT JOIN pg_temp.stage_prospect s
             ON s.dealer_id = p_dealer
            AND (s.created_time::date = g.day::date OR s.modified_time::date = g.day::date)
        GROUP BY g.day
        ORDER BY g.day));
END
$$;

-- Merges the staged rows of one answer, and everything that follows from them but the task's end. The
-- caller holds the task. p_staged: how many records are staged, null = not known; with none the
-- staging tables are not touched. p_quarantined: how many this transaction quarantined.
CREATE FUNCTION feed.store_rows_prospect(p_at timestamptz, p_task bigint, p_epoch int, p_requested_at timestamptz,
                                         p_staged bigint, p_quarantined bigint)
RETURNS TABLE (rows_read bigint, rows_new bigint, rows_changed bigint, rows_same bigint,
               rows_quarantined bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    part record;
    aside bigint := 0;
BEGIN
    rows_read := 0;
    rows_new := 0;
    rows_changed := 0;
    rows_same := 0;
    rows_quarantined := coalesce(p_quarantined, 0);
    IF p_staged = 0 AND rows_quarantined = 0 THEN
        PERFORM report.raise_version(d.dealer_id, NULL, p_at)
        FROM (SELECT dealer_id FROM jobs.task_dealer WHERE task_id = p_task ORDER BY dealer_id) d;
        RETURN NEXT;
        RETURN;
    END IF;
    FOR part IN SELECT * FROM feed.merge_prospect(p_at, p_task, p_epoch, p_requested_at) LOOP
        IF cardinality(part.days) > 0 THEN
            PERFORM report.refresh(part.dealer_id, 'prsp', part.days);
        END IF;
        PERFORM report.raise_version(part.dealer_id, part.data_as_of, p_at);
        -- A quarantined record may name no dealer: these count for the first of the task's.
        IF rows_quarantined > 0 THEN
            aside := (SELECT count(*) FROM feed.quarantine q
                      WHERE q.dealer_id = ANY (ARRAY[part.dealer_id, CASE WHEN part.first THEN '*' END])
                        AND q.task_id = p_task AND q.epoch = p_epoch);
        END IF;
        PERFORM jobs.count_rows(p_task, part.dealer_id, part.rows_read, part.rows_new, part.rows_changed,
                                part.rows_same, aside);
        IF part.rows_read > 0 THEN
            PERFORM feed.count_days(p_task, part.dealer_id);
        END IF;
        rows_read := rows_read + part.rows_read;
        rows_new := rows_new + part.rows_new;
        rows_changed := rows_changed + part.rows_changed;
        rows_same := rows_same + part.rows_same;
    END LOOP;
    RETURN NEXT;
END
$$;

-- The whole flush of one answer after staging: fence, merge, rollups, completion. In the lock
-- order: task, dealers, rows, rollups, job. Raises DD001 when the lease was lost. COMMIT follows
-- at once, in the same flight.
CREATE FUNCTION feed.store_prospect(p_at timestamptz, p_task bigint, p_epoch int, p_requested_at timestamptz,
                                    p_quarantined bigint, p_bytes bigint, p_http_status int, p_dns_ms int,
                                    p_connect_ms int, p_first_byte_ms int, p_total_ms int,
                                    p_staged bigint DEFAULT NULL, p_skew_ms bigint DEFAULT NULL)
RETURNS TABLE (rows_read bigint, rows_new bigint, rows_changed bigint, rows_same bigint,
               rows_quarantined bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    found record;
BEGIN
    PERFORM jobs.begin_store(p_task, p_epoch);
    SELECT * INTO found FROM feed.store_rows_prospect(p_at, p_task, p_epoch, p_requested_at, p_staged, p_quarantined);
    PERFORM jobs.complete_task(p_at, p_task, p_epoch, found.rows_read, found.rows_new, found.rows_changed,
                               found.rows_same, found.rows_quarantined, coalesce(p_bytes, 0), p_http_status, p_dns_ms,
                               p_connect_ms, p_first_byte_ms, p_total_ms, p_skew_ms);
    RETURN QUERY SELECT found.rows_read, found.rows_new, found.rows_changed, found.rows_same, found.rows_quarantined;
END
$$;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA feed FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA feed TO dd_fetcher;
