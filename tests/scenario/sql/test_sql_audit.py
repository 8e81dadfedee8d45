"""The audit trail: each change that somebody asked for, in the transaction that made it, in a chain that shows meddling."""

import json
from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pytest
from engine import Connection


def on_behalf(connection, principal="ann", action="test.change"):
    connection.run("process_on_behalf", principal, "admin", "203.0.113.7", "r-1", action, "*")


def change(connection, text, parameters=None, principal="ann", commit=True):
    """A change on somebody's behalf, in one transaction."""
    connection.sql("BEGIN")
    on_behalf(connection, principal)
    connection.sql(text, parameters)
    connection.sql("COMMIT" if commit else "ROLLBACK")


def last(engine, n=1):
    return engine.sql("SELECT * FROM account.audit ORDER BY seq DESC LIMIT %s", [n])


def count(engine):
    return engine.value("SELECT count(*) FROM account.audit")


def broken(engine):
    return engine.sql("SELECT * FROM account.verify_audit()")


@pytest.fixture
def shop(engine):
    engine.dealers("1", "2")
    yield engine
    assert not broken(engine)


def test_a_change_tells_who_and_what_before_and_after(shop):
    dealer = shop.connect("dealer")
    on_behalf_before = count(shop)
    change(dealer, "UPDATE dealer.dealers SET dealer_name = 'New' WHERE dealer_id = '1'")
    entry, = last(shop)
    assert count(shop) == on_behalf_before + 1
    assert (entry["principal"], entry["role"], entry["address"], entry["request_id"], entry["action"]) == (
        "ann", "admin", "203.0.113.7", "r-1", "test.change")
    assert (entry["kind"], entry["target"]) == ("dealer", "1")
    assert set(entry["before"]) == {"dealer_name"} and entry["after"] == {"dealer_name": "New"}


def test_what_a_process_does_for_itself_leaves_nothing(shop):
    before = count(shop)
    shop.connect("dealer").sql("UPDATE dealer.dealers SET dealer_name = 'Own' WHERE dealer_id = '1'")
    assert count(shop) == before


def test_what_somebody_began_does_not_stick_to_the_connection(shop):
    dealer = shop.connect("dealer")
    change(dealer, "UPDATE dealer.dealers SET dealer_name = 'A' WHERE dealer_id = '1'")
    before = count(shop)
    dealer.sql("UPDATE dealer.dealers SET dealer_name = 'B' WHERE dealer_id = '1'")
    assert count(shop) == before


def test_a_change_that_is_not_committed_leaves_neither(shop):
    before = count(shop)
    change(shop.connect("dealer"), "UPDATE dealer.dealers SET dealer_name = 'Never' WHERE dealer_id = '1'", commit=False)
    assert count(shop) == before


def test_a_backend_that_dies_before_commit_leaves_neither(shop):
    before = count(shop)
    dealer = shop.connect("dealer")
    dealer.sql("BEGIN")
    on_behalf(dealer)
    dealer.sql("UPDATE dealer.dealers SET dealer_name = 'Dead' WHERE dealer_id = '1'")
    shop.sql("SELECT pg_terminate_backend(%s, 5000)", [dealer.link.get_backend_pid()])
    with pytest.raises(psycopg2.OperationalError):
        dealer.sql("COMMIT")
    assert count(shop) == before
    assert shop.value("SELECT dealer_name FROM dealer.dealers WHERE dealer_id = '1'") != "Dead"


def test_secrets_stand_as_hashes(shop):
    change(shop.connect("dealer"),
           "UPDATE dealer.dealers SET api_key = 'sealed-1', secret_key = 'sealed-2' WHERE dealer_id = '1'")
    entry, = last(shop)
    assert "sealed" not in json.dumps([entry["before"], entry["after"]])
    assert entry["after"]["api_key"].startswith("sha256:") and entry["after"]["secret_key"] != entry["after"]["api_key"]


def test_many_rows_are_told_as_a_number(shop):
    shop.sql("""INSERT INTO feed.quarantine (dealer_id, feed, task_id, epoch, reason, raw, hash, requested_at, last_task_id,
                                             created_at, seen_at)
                SELECT '1', 'prsp', 900000, 1, 'row.type', '{"noKtp": "3174"}', decode(md5(n::text), 'hex'), now(), 900000,
                       now(), now()
                FROM generate_series(1, 30) n""")
    change(shop.connect("fetcher"), "UPDATE feed.quarantine SET seen = seen + 1 WHERE task_id = 900000")
    entry, = last(shop)
    assert entry["kind"] == "quarantine" and entry["before"] is None and entry["after"] == {"rows": 30}
    shop.sql("DELETE FROM feed.quarantine WHERE task_id = 900000")


def test_changes_from_many_sides_make_one_chain(shop):
    first = shop.value("SELECT coalesce(max(n), 0) FROM account.audit_link")

    def work(number):
        dealer = shop.connect("dealer")
        for n in range(20):
            change(dealer, "UPDATE dealer.dealers SET dealer_name = %s WHERE dealer_id = %s",
                   [f"{number}-{n}", str(1 + number % 2)], principal=f"p{number}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    links = shop.sql("SELECT n, entries FROM account.audit_link WHERE n > %s ORDER BY n", [first])
    assert [row["n"] for row in links] == list(range(first + 1, first + 81))
    assert all(row["entries"] == 1 for row in links)


@pytest.mark.parametrize("meddling, why", [
    ("UPDATE account.audit SET principal = 'eve' WHERE seq = (SELECT max(seq) - 1 FROM account.audit)", "not those"),
    ("DELETE FROM account.audit WHERE seq = (SELECT max(seq) FROM account.audit)", "entries, of"),
    ("DELETE FROM account.audit_link WHERE n = (SELECT max(n) - 1 FROM account.audit_link)", "missing"),
    ("""INSERT INTO account.audit (tx, principal, role, address, request_id, action, kind, target)
        SELECT max(tx), 'eve', '', '', '', '', 'dealer', '1' FROM account.audit""", "entries, of"),
])
def test_meddling_is_found(shop, meddling, why):
    for n in range(3):
        change(shop.connect("dealer"), "UPDATE dealer.dealers SET dealer_name = %s WHERE dealer_id = '1'", [f"m{n}"])
    owner = Connection(shop.url)
    owner.sql("BEGIN")
    for table in ("audit", "audit_link"):
        owner.sql(f"ALTER TABLE account.{table} DISABLE TRIGGER USER")
    owner.sql(meddling)
    found = owner.sql("SELECT * FROM account.verify_audit()")
    owner.sql("ROLLBACK")
    assert found and why in found[0]["why"], found


def test_the_trail_is_only_added_to(shop):
    change(shop.connect("dealer"), "UPDATE dealer.dealers SET dealer_name = 'kept' WHERE dealer_id = '1'")
    for text in ("UPDATE account.audit SET principal = 'eve'", "DELETE FROM account.audit", "TRUNCATE account.audit",
                 "DELETE FROM account.audit_link"):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            shop.sql(text)
