"""Who may do what, in full: a grant more or less turns these red."""

import psycopg2
import pytest

ROLES = ["dd_account", "dd_analytics", "dd_dealer", "dd_fetcher", "dd_reader", "dd_scheduler"]
SECRETS = {("dealer.dealers", "api_key"), ("dealer.dealers", "api_token"), ("dealer.dealers", "secret_key"),
           ("dealer.credential", "api_key"), ("dealer.credential", "secret_key"),
           ("dealer.credential", "fingerprint")}
# Personal data as they were sent, and what keeps erased ones away: who needs them.
CLOSED = {("feed.quarantine", "raw"): {"dd_fetcher", "dd_scheduler"},
          ("feed.quarantine", "hash"): {"dd_fetcher", "dd_scheduler"},
          ("jobs.quarantine_told", "raw"): {"dd_scheduler"}, ("feed.erased", "hash"): {"dd_fetcher"},
          ("feed.erased", "erased_at"): {"dd_fetcher"}, ("dealer.erasure_key", "one"): {"dd_dealer"},
          ("dealer.erasure_key", "secret_key"): {"dd_dealer", "dd_fetcher"}}
SCHEMAS = ["account", "dealer", "jobs", "feed", "report", "ops"]
WRITERS = {"dealer": {"dd_dealer"}, "jobs": set(), "feed": {"dd_fetcher"}, "report": set(),
           "account": {"dd_account"}, "ops": {"dd_account", "dd_analytics", "dd_dealer", "dd_fetcher", "dd_scheduler"}}
# Not even the service itself changes what is written there.
TRAIL = {"account.audit", "account.audit_link", "feed.erased"}
CALLERS = {
    "feed.rows_in_sight": ["dd_analytics", "dd_reader"], "feed.masked": "dd_analytics",
    "dealer.sight": ["dd_analytics", "dd_dealer", "dd_scheduler"], "dealer.label_of": ["dd_analytics", "dd_dealer"],
    "report.prospect_days": "dd_analytics", "report.prospect_keys": "dd_analytics",
    "report.prospect_matches": "dd_analytics",
    "dealer.in_sight": ["dd_analytics", "dd_dealer", "dd_scheduler"], "jobs.in_sight": "dd_scheduler",
    "feed.masked_phone": [], "feed.masked_number": [], "feed.phone_digits": [], "feed.prospects_of": [],
    "feed.set_aside_of": [], "feed.meant_person": [], "feed.find_person": "dd_dealer",
    "feed.export_person": "dd_dealer", "feed.erase_person": "dd_dealer",
    "dealer.sees_all": ["dd_dealer", "dd_scheduler"], "jobs.schedule_in_sight": "dd_scheduler",
    "account.note": ["dd_account", "dd_analytics", "dd_dealer", "dd_scheduler"], "account.verify_audit": "dd_account",
    "account.network_of": "dd_account",
    "feed.find_prospects": "dd_analytics", "jobs.begin_bulk": "dd_scheduler", "jobs.step_bulk": "dd_scheduler",
    "jobs.next_bulk": "dd_scheduler",
    "jobs.jobs_to_show": "dd_dealer",
    "jobs.submit": "dd_scheduler", "jobs.lease_tasks": "dd_scheduler", "jobs.beat": "dd_scheduler",
    "jobs.release_tasks": "dd_scheduler", "jobs.promote": "dd_scheduler", "jobs.reap": "dd_scheduler",
    "jobs.fail_task": "dd_scheduler", "jobs.failed_task": "dd_scheduler",
    "jobs.lock_feed": "dd_scheduler", "jobs.change_feed": "dd_scheduler",
    "jobs.rerun": "dd_scheduler", "jobs.begin_store": "dd_fetcher", "jobs.complete_task": "dd_fetcher",
    "jobs.count_rows": "dd_fetcher", "jobs.register_backend": "dd_fetcher", "report.refresh": "dd_fetcher",
    "report.raise_version": "dd_fetcher", "report.hold_versions": "dd_fetcher", "report.add": "dd_fetcher", "jobs.replay": "dd_scheduler",
    "feed.dismiss": "dd_scheduler",
    "feed.tell_drift": "dd_scheduler", "feed.acknowledge_drift": "dd_scheduler", "jobs.sweep": "dd_scheduler",
    "jobs.count_days": "dd_fetcher", "jobs.mark": "dd_scheduler", "jobs.replay_key": "dd_scheduler",
    "jobs.forget_keys": "dd_scheduler",
    "jobs.coverage_days": "dd_scheduler", "jobs.warn_holes": "dd_scheduler",
    "jobs.find_jobs": "dd_scheduler", "jobs.find_tasks": "dd_scheduler",
    "jobs.why_waiting": "dd_scheduler", "jobs.ended_figures": "dd_analytics",
    "jobs.add_schedule": "dd_scheduler", "jobs.change_schedule": "dd_scheduler",
    "jobs.remove_schedule": "dd_scheduler", "jobs.claim_ticks": "dd_scheduler", "jobs.end_tick": "dd_scheduler",
    "jobs.begin_stores": "dd_fetcher", "jobs.complete_tasks": "dd_fetcher", "jobs.rivals": "dd_fetcher",
    "jobs.new_schedule_id": "dd_scheduler", "jobs.lock_tick": "dd_scheduler",
    "jobs.settle": "dd_scheduler", "jobs.put_breaker": "dd_scheduler",
    "jobs.unflag": "dd_scheduler", "jobs.reset_breaker": "dd_scheduler", "jobs.set_pause": "dd_scheduler", "jobs.clear_pause": "dd_scheduler",
    "jobs.cancel_job": "dd_scheduler", "jobs.cancel_step": "dd_scheduler", "jobs.tell_upstream": "dd_scheduler",
    "jobs.tell_credentials": "dd_scheduler",
    "jobs.set_freshness": "dd_scheduler", "jobs.clear_freshness": "dd_scheduler",
    "jobs.begin_probe": "dd_dealer", "jobs.count_probe": "dd_dealer", "jobs.check_freshness": "dd_scheduler", "jobs.note_freshness": "dd_scheduler",
}
DEFINERS = set(CALLERS) - {"dealer.sight", "dealer.in_sight", "jobs.in_sight", "dealer.sees_all", "jobs.schedule_in_sight",
                           "account.network_of", "feed.rows_in_sight", "feed.masked", "feed.masked_phone",
                           "feed.masked_number", "feed.phone_digits", "feed.prospects_of", "feed.set_aside_of",
                           "feed.meant_person", "dealer.label_of", "report.prospect_days",
                           "report.prospect_keys", "report.prospect_matches"} | {"jobs.forget_coverage", "report.labels_changed", "account.tell_change", "account.chain_audit", "account.audit_row",
                           "account.audit_count", "account.audit_aside"}  # triggers: nobody calls them


def tables(engine):
    return engine.sql("""
        SELECT n.nspname AS schema, n.nspname || '.' || c.relname AS name
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = ANY (%s) AND c.relkind IN ('r', 'v') AND c.relname <> 'migration'""", [SCHEMAS])


def test_only_owners_write(engine):
    for table in tables(engine):
        for role in ROLES:
            for right in ("INSERT", "UPDATE", "DELETE"):
                allowed = engine.value("SELECT has_table_privilege(%s, %s, %s)", [role, table["name"], right])
                wanted = table["name"] not in TRAIL and role in WRITERS[table["schema"]]
                if table["name"] == "account.change":  # written by a trigger
                    wanted = wanted and right == "DELETE"
                assert allowed == wanted, (role, right, table["name"])


def test_nobody_truncates(engine):
    for table in tables(engine):
        for role in [*ROLES, "public"]:
            assert not engine.value("SELECT has_table_privilege(%s, %s, 'TRUNCATE')", [role, table["name"]])


def test_reader_reads_all_but_secrets(engine):
    for row in engine.sql("""
            SELECT n.nspname || '.' || c.relname AS name, a.attname AS field,
                   has_column_privilege('dd_reader', c.oid, a.attnum, 'SELECT') AS allowed
            FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
            JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname IN ('dealer', 'jobs', 'feed', 'report', 'ops') AND c.relkind IN ('r', 'v')
              AND a.attnum > 0 AND NOT a.attisdropped AND c.relname <> 'migration'"""):
        assert row["allowed"] == ((row["name"], row["field"]) not in {*SECRETS, *CLOSED}), row


def test_who_sees_sealed_keys(engine):
    for name, field in SECRETS:
        for role in ROLES:
            allowed = engine.value("SELECT has_column_privilege(%s, %s, %s, 'SELECT')", [role, name, field])
            wanted = role == "dd_dealer"
            assert allowed == wanted, (role, name, field)


def test_who_sees_records_that_were_set_aside_and_what_was_erased(engine):
    for (name, field), readers in CLOSED.items():
        for role in ROLES:
            allowed = engine.value("SELECT has_column_privilege(%s, %s, %s, 'SELECT')", [role, name, field])
            assert allowed == (role in readers), (role, name, field)


def test_functions_have_their_callers(engine):
    found = engine.sql("""
        SELECT n.nspname || '.' || p.proname AS name, n.nspname AS schema, p.prosecdef AS definer,
               coalesce(array_to_string(p.proconfig, ' ') LIKE '%%search_path=pg_catalog, pg_temp%%', false) AS fixed,
               p.prorettype = 'trigger'::regtype AS trigger,
               ARRAY(SELECT r FROM unnest(%s) r WHERE has_function_privilege(r, p.oid, 'EXECUTE')) AS callers,
               has_function_privilege('public', p.oid, 'EXECUTE') AS everybody
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = ANY (%s)""", [ROLES, SCHEMAS])
    assert DEFINERS == {row["name"] for row in found if row["definer"]}
    for row in found:
        assert row["fixed"], row["name"]
        if row["trigger"]:
            continue
        usual = ["dd_fetcher"] if row["schema"] == "feed" else []
        wanted = CALLERS.get(row["name"], usual)
        wanted = [wanted] if isinstance(wanted, str) else wanted
        assert row["callers"] == wanted and not row["everybody"], row


@pytest.mark.parametrize("role, text", [
    ("reader", "SELECT api_key FROM dealer.dealers"),
    ("scheduler", "UPDATE jobs.task SET state = 'succeeded'"),
    ("analytics", "SELECT jobs.reap(now())"),
    ("fetcher", "UPDATE jobs.lease SET lease_until = now()"),
    ("dealer", "SELECT * FROM feed.prospect"),
    ("reader", "SELECT raw FROM feed.quarantine"),
    ("analytics", "SELECT raw FROM jobs.quarantine_told"),
    ("fetcher", "DELETE FROM feed.erased"),
    ("account", "SELECT * FROM dealer.dealers"),
    ("account", "UPDATE account.audit SET principal = 'nobody'"),
    ("account", "DELETE FROM account.audit_link"),
    ("dealer", "SELECT password FROM account.users"),
    ("reader", "SELECT login FROM account.users"),
])
def test_refused(engine, role, text):
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        engine.connect(role).sql(text)


def test_rows_of_persons_are_seen_by_who_may_see_their_dealer(engine):
    """Nothing set, or nobody's: no rows; the service of figures has no right to numbers and addresses."""
    engine.dealers("1", "2")
    for code in ("1", "2"):
        engine.sql("""INSERT INTO feed.prospect (dealer_id, id_prospect, nama_lengkap, requested_at, fetched_at, task_id, epoch)
                      VALUES (%s, 'P', 'Contoh Satu', now(), now(), 1, 1)""", [code])
        engine.sql("INSERT INTO feed.prospect_unit (dealer_id, id_prospect, position) VALUES (%s, 'P', 1)", [code])
    for role in ("analytics", "reader"):
        connection = engine.connect(role)
        for seen, dealers in (([], None), ([], ""), ([], "{}"), (["1"], "{1}"), (["1", "2"], "{*}"), ([], "{3}")):
            if dealers is not None:
                connection.sql("SELECT set_config('dd.dealers', %s, false)", [dealers])
            for table in ("prospect", "prospect_unit"):
                rows = connection.sql(f"SELECT dealer_id FROM feed.{table} ORDER BY 1")
                assert [row["dealer_id"] for row in rows] == seen, (role, dealers, table)
    analytics = engine.connect("analytics")
    analytics.sql("SELECT set_config('dd.dealers', '{*}', false)")
    assert analytics.value("SELECT feed.masked(nama_lengkap) FROM feed.prospect LIMIT 1") == "C*** S***"
    for column in ("no_ktp", "no_kontak", "alamat", "latitude"):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            analytics.sql(f"SELECT {column} FROM feed.prospect")
    for text in ("UPDATE feed.prospect SET nama_lengkap = ''", "DELETE FROM report.day_count",
                 "INSERT INTO dealer.setting (name) VALUES ('x')"):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            analytics.sql(text)
