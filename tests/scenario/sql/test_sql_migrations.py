"""Migrations go up and back, on filled tables, beside other databases of the cluster."""

from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pytest
from engine import MIGRATIONS, Connection, Engine
from test_sql_rollup import ROLLUP

UPS = sorted(MIGRATIONS.glob("*.up.sql"))
ROLES = ["dd_account", "dd_analytics", "dd_dealer", "dd_fetcher", "dd_reader", "dd_scheduler"]
# A grant of the owner to himself says nothing: it appears with the first grant to somebody else. Roles by
# their names, for one that went down and up again has another OID.
OTHERS = """(
    SELECT string_agg(g.said, ' ' ORDER BY g.said)
    FROM (SELECT concat_ws('/', CASE x.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(x.grantee) END,
                           x.privilege_type, x.is_grantable) AS said
          FROM aclexplode(%s) x WHERE x.grantee <> %s) g)"""
CATALOG = f"""
    SELECT 'table ' || c.oid::regclass || ' ' || coalesce({OTHERS % ('c.relacl', 'c.relowner')}, '') AS line
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname IN ('account', 'dealer', 'jobs', 'feed', 'report', 'ops')
    UNION ALL SELECT 'column ' || a.attrelid::regclass || '.' || a.attname || ' ' || a.atttypid::regtype || ' '
                     || coalesce({OTHERS % ('a.attacl', 'c.relowner')}, '')
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname IN ('account', 'dealer', 'jobs', 'feed', 'report', 'ops') AND NOT a.attisdropped
    UNION ALL SELECT 'function ' || p.oid::regprocedure || ' ' || coalesce(p.proacl::text, '') || md5(p.prosrc)
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname IN ('account', 'dealer', 'jobs', 'feed', 'report', 'ops')
    UNION ALL SELECT 'schema ' || nspname || ' ' || coalesce({OTHERS % ('nspacl', 'nspowner')}, '') FROM pg_namespace
    WHERE nspname IN ('account', 'dealer', 'jobs', 'feed', 'report', 'ops')
    ORDER BY line
"""


def down(up):
    return up.with_name(up.name.replace(".up.", ".down."))


def apply(connection, file):
    """One migration in one transaction, as the runner does it."""
    with connection.link.cursor() as cursor:
        cursor.execute("BEGIN")
        try:
            cursor.execute(file.read_text())
        except psycopg2.Error:
            cursor.execute("ROLLBACK")
            raise
        cursor.execute("COMMIT")


def catalog(connection):
    return [row["line"] for row in connection.sql(CATALOG)]


@pytest.fixture
def bare(empty_database):
    connection = Connection(empty_database)
    yield connection
    connection.close()


def test_numbers_are_without_a_gap_and_each_way_exists():
    assert [int(up.name[:4]) for up in UPS] == list(range(1, len(UPS) + 1))
    assert all(down(up).exists() for up in UPS)


def test_no_file_ends_its_transaction():
    for up in UPS:
        for file in (up, down(up)):
            assert not any(line.strip().upper().rstrip(";") in ("BEGIN TRANSACTION", "COMMIT", "ROLLBACK")
                           for line in file.read_text().splitlines())


def test_new_dimensions_are_filled_from_the_rows_that_are_there(bare):
    """And gone again after the way back, with the others as they were."""
    figures = next(up for up in UPS if up.name.endswith("_figures.up.sql"))
    for up in UPS[:UPS.index(figures)]:
        apply(bare, up)
    bare.sql("""INSERT INTO feed.prospect (dealer_id, id_prospect, tanggal_prospect, status_prospect, metode_follow_up,
                                           id_sales_people, kode_kecamatan, created_time, requested_at, fetched_at, task_id, epoch)
                SELECT (n % 2)::text, 'P' || n, CASE WHEN n % 7 > 0 THEN '2026-03-01'::date + n % 5 END, '1',
                       CASE WHEN n % 3 > 0 THEN (n % 3)::text END, nullif(n % 4, 0)::text, (n % 6)::text,
                       CASE WHEN n % 11 > 0 THEN '2026-03-01 23:00:00'::timestamp + n % 6 * interval '5 hours' END,
                       now(), now(), 1, 1
                FROM generate_series(1, 300) n""")
    for dealer in "01":
        bare.sql("SELECT report.refresh(%s, 'prsp', ARRAY(SELECT DISTINCT day FROM feed.prospect))", [dealer])
    before = bare.sql("SELECT * FROM report.day_count ORDER BY 1, 2, 3, 4, 5")
    apply(bare, figures)
    for dealer in "01":
        assert bare.sql(ROLLUP, {"dealer": dealer}) == []
    assert bare.value("SELECT count(DISTINCT dimension) FROM report.day_count") == 8, "there are no units"
    apply(bare, down(figures))
    assert bare.sql("SELECT * FROM report.day_count ORDER BY 1, 2, 3, 4, 5") == before


def test_each_step_goes_back_to_where_it_began(bare):
    for up in UPS:
        before = catalog(bare)
        apply(bare, up)
        after = catalog(bare)
        apply(bare, down(up))
        assert catalog(bare) == before, up.name
        apply(bare, up)
        assert catalog(bare) == after, up.name


def test_down_and_up_on_filled_tables(bare, empty_database):
    for up in UPS:
        apply(bare, up)
    full = catalog(bare)
    engine = Engine(empty_database)
    engine.dealers("12284")
    engine.submit(["12284"], "2026-03-01 00:00:00", "2026-03-03 23:59:59")
    fetcher = engine.fetcher()
    task = engine.lease(2)[0]
    fetcher.run("fetcher_quarantine_unnest", task["task_id"], task["epoch"], "prsp", 0, ["12284"],
                ["row.no_key"], ["idProspect"], ["{}"], [True])
    record = {"dealer_id": "12284", "id_prospect": "P1", "tanggal_prospect": "2026-03-01",
              "units": [{"kode_tipe_unit": "AA1"}]}
    fetcher.store(task, [record])
    engine.sql("INSERT INTO ops.process VALUES (gen_random_uuid(), 'a', 'a', 'a', 1, '1', 'ready', now(), now())")
    engine.close()
    for up in reversed(UPS):
        apply(bare, down(up))
    assert catalog(bare) == []
    for up in UPS:
        apply(bare, up)
    assert catalog(bare) == full


def test_roles_stay_while_another_database_uses_them(bare, database):
    for up in UPS:
        apply(bare, up)
    for up in reversed(UPS):
        apply(bare, down(up))
    found = bare.sql("SELECT rolname FROM pg_roles WHERE rolname = ANY (%s) ORDER BY 1", [ROLES])
    assert [row["rolname"] for row in found] == ROLES
    reader = Connection(database, "reader")
    assert reader.sql("SELECT count(*) AS n FROM feed.prospect") == [{"n": 0}]
    reader.close()


def test_databases_migrate_at_the_same_time(cluster):
    names = [cluster.create() for _ in range(4)]

    def migrate(name):
        connection = Connection(cluster.url(name))
        for up in UPS:
            apply(connection, up)
        lines = catalog(connection)
        for up in reversed(UPS):
            apply(connection, down(up))
        connection.close()
        return lines

    with ThreadPoolExecutor(4) as pool:
        assert len({tuple(lines) for lines in pool.map(migrate, names)}) == 1
    for name in names:
        cluster.drop(name)


def test_a_user_without_createrole_is_told_so(cluster, database):
    admin = cluster.connect("postgres", "postgres")
    with admin.cursor() as cursor:
        cursor.execute("CREATE ROLE plain_user LOGIN")
        cursor.execute("CREATE DATABASE plain OWNER plain_user")
        connection = Connection(cluster.url("plain", "plain_user"))
        with pytest.raises(psycopg2.errors.InsufficientPrivilege) as error:
            apply(connection, UPS[0])
        connection.close()
        cursor.execute("DROP DATABASE plain")
        cursor.execute("DROP ROLE plain_user")
    admin.close()
    assert "the database user plain_user may not" in str(error.value)
    assert "As a superuser, run:" in str(error.value)


def test_dealers_is_found_without_its_schema(bare, empty_database):
    for up in UPS:
        apply(bare, up)
    fresh = Connection(empty_database)
    assert fresh.sql("SELECT * FROM dealers") == []
    fresh.close()


def test_tables_and_functions_are_described(engine):
    assert engine.sql("""
        SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname IN ('account', 'dealer', 'jobs', 'feed', 'report', 'ops') AND c.relkind IN ('r', 'v')
          AND c.oid::regclass::text <> 'ops.migration' AND obj_description(c.oid) IS NULL""") == []


def test_users_dealers_table(engine):
    engine.sql("INSERT INTO dealer.dealers (dealer_id, dealer_name) VALUES ('1', 'One')")
    row = engine.sql("SELECT * FROM dealer.dealers")[0]
    assert row["is_active"] and row["id"] and abs(
        engine.value("SELECT extract(epoch FROM now() AT TIME ZONE 'UTC' - created_at)::float8 FROM dealer.dealers")) < 60
    with pytest.raises(psycopg2.errors.UniqueViolation) as error:
        engine.sql("INSERT INTO dealer.dealers (dealer_id, dealer_name) VALUES ('1', 'One')")
    assert error.value.diag.constraint_name == "dealers_dealer_id_key"
