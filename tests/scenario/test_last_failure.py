"""What is broken now: of each dealer the newest failed call that no success of the same feed followed."""

from pathlib import Path

import pytest
from fetching import days_back, yesterday
from past import Past, ago
from system import SAMPLE

SQL = Path(__file__).resolve().parents[2] / "sql"
MIGRATIONS = SQL / "migrations"
OTHER, WELL = "20001", "20002"


def dealers(system, key=None, **query):
    answer = system.api("GET", "/api/v1/dealers", params=query, key=key)
    assert answer.status_code == 200, answer.text
    return answer.json()


def told(system, code=SAMPLE, **options):
    dealer, = [one for one in dealers(system, **options)["items"] if one["dealer_id"] == code]
    return {name: dealer.get(name) for name in ("error_code", "error_feed", "error_job_id")}


def fail(system, *codes):
    system.sim("POST", "/_sim/fault", json={"kind": "status", "value": 404, "times": -1})
    job = system.wait_job(system.submit(yesterday(), yesterday(), codes or (SAMPLE,)))
    system.sim("DELETE", "/_sim/fault")
    assert job["state"] == "failed"
    return job


def test_a_failure_is_told_until_a_call_of_the_dealer_succeeds(running):
    running.add_dealer(OTHER)
    assert told(running) == {"error_code": None, "error_feed": None, "error_job_id": None}
    job = fail(running)
    assert told(running) == {"error_code": "upstream.not_found", "error_feed": "prsp", "error_job_id": job["id"]}
    assert told(running, OTHER)["error_code"] is None
    # Another window: the connection works again, which is what is asked.
    assert running.wait_job(running.submit(days_back(5), days_back(5)))["state"] == "succeeded"
    assert told(running)["error_code"] is None


def test_a_later_failure_takes_the_place_of_an_earlier_one(running):
    fail(running)
    job = fail(running)
    assert told(running)["error_job_id"] == job["id"]
    assert len(running.query("SELECT 1 FROM jobs.last_failure")) == 1


def test_the_list_is_filtered_and_ordered_by_it_page_by_page(running):
    running.add_dealer(OTHER)
    running.add_dealer(WELL)
    running.add_dealer("20003")
    fail(running, SAMPLE)
    fail(running, OTHER)
    wanted = [OTHER, SAMPLE, WELL, "20003"]
    seen, cursor = [], None
    for _ in wanted:
        page = dealers(running, order="failed", limit=1, **({"cursor": cursor} if cursor else {}))
        seen += [one["dealer_id"] for one in page["items"]]
        cursor = page.get("next")
    assert seen == wanted and cursor is None
    assert [one["dealer_id"] for one in dealers(running, failing="true")["items"]] == [SAMPLE, OTHER]
    assert [one["dealer_id"] for one in dealers(running, failing="false")["items"]] == [WELL, "20003"]
    assert [one["dealer_id"] for one in dealers(running, limit=2, cursor=SAMPLE)["items"]] == [OTHER, WELL]


@pytest.mark.parametrize("query", [
    {"order": "failed", "cursor": SAMPLE}, {"cursor": f"5:{SAMPLE}"}, {"order": "failed", "cursor": f"x:{SAMPLE}"},
    {"order": "failed", "cursor": f"{'9' * 16}:{SAMPLE}"}, {"order": "failed", "cursor": ":"},
])
def test_a_cursor_of_another_order_is_refused(running, query):
    answer = running.api("GET", "/api/v1/dealers", params=query)
    assert answer.status_code == 422 and answer.json()["errors"][0]["field"] == "cursor", answer.text


def test_who_may_see_some_dealers_is_told_no_job_that_covers_others(running):
    running.add_dealer(OTHER)
    both = fail(running, SAMPLE, OTHER)
    key = running.api("POST", "/api/v1/keys", json={"name": "one", "role": "viewer", "dealers": [SAMPLE]}).json()["key"]
    assert told(running)["error_job_id"] == both["id"]
    assert told(running, key=key) == {"error_code": "upstream.not_found", "error_feed": "prsp", "error_job_id": None}


def moved(past):
    """A dealer that was put under another upstream, while a call of the old one runs and one of the new one."""
    old = past.task(past.job(ago(minutes=2), "running"), ago(minutes=2), "leased")
    other = past.value("""INSERT INTO dealer.upstream (name, base_url, quota, zone)
                          VALUES ('other', 'https://other.invalid/dgi-api/v1.3', 300, 'Asia/Jakarta') RETURNING id""")
    credential = past.value("""INSERT INTO dealer.credential (upstream_id, fingerprint, api_key, secret_key)
                               VALUES (%s, 'g', 'sealed', 'sealed') RETURNING id""", other)
    past.query("UPDATE dealer.dealers SET credential_id = %s WHERE dealer_id = '10001'", (credential,))
    past.query("UPDATE dealer.dealers SET moved_at = %s WHERE dealer_id = '10001'", (ago(minutes=1),))
    new = past.task(past.job(ago(seconds=30), "running"), ago(seconds=30), "leased")
    past.query("UPDATE jobs.task SET upstream_id = %s, credential_id = %s WHERE id = %s", (other, credential, new))
    return old, new


def ended(past, task, state, code=None):
    past.query("SELECT jobs.note_end(now(), ARRAY[%s], %s, %s)", (task, state, code))
    return past.query("SELECT error_code, task_id FROM jobs.last_failure")


def test_a_call_of_the_old_upstream_says_nothing_of_the_new_one(system):
    past = Past(system)
    old, new = moved(past)
    assert ended(past, old, "failed", "upstream.network") == []
    failure = [{"error_code": "upstream.not_found", "task_id": new}]
    assert ended(past, new, "failed", "upstream.not_found") == failure
    assert ended(past, old, "succeeded") == failure, "that the old one works is no news of the new one"
    assert ended(past, new, "succeeded") == []


def test_a_call_begun_before_another_code_says_nothing_of_it(system):
    past = Past(system)
    before = past.task(past.job(ago(minutes=2), "running"), ago(minutes=2), "leased")
    past.query("UPDATE dealer.dealers SET upstream_dealer_id = 'X1' WHERE dealer_id = '10001'")
    past.query("UPDATE dealer.dealers SET moved_at = %s WHERE dealer_id = '10001'", (ago(minutes=1),))
    assert ended(past, before, "failed", "upstream.network") == []


def test_what_failed_is_forgotten_when_the_dealer_moves(system):
    past = Past(system)
    for dealer in ("10001", "10002"):
        task = past.task(past.job(ago(minutes=2), "running", [dealer]), ago(minutes=2), "leased", dealer)
        ended(past, task, "failed", "upstream.network")
    past.query("UPDATE dealer.dealers SET dealer_name = 'Another Name', credential_id = credential_id")
    assert len(past.query("SELECT dealer_id FROM jobs.last_failure")) == 2, "that is no move"
    past.query("UPDATE dealer.dealers SET upstream_dealer_id = 'X1' WHERE dealer_id = '10001'")
    assert past.query("SELECT dealer_id FROM jobs.last_failure") == [{"dealer_id": "10002"}]


def test_five_hundred_dealers_are_told_by_few_looks(system):
    """The plan of the one statement: no part of it grows with the history."""
    past = Past(system, dealers=())
    system.query("""INSERT INTO dealer.dealers (dealer_id, dealer_name, credential_id)
                    SELECT (30000 + n)::text, 'A Dealer', %s FROM generate_series(1, 500) n""", (past.credential,))
    job = past.job(ago(hours=1), "failed", [f"{30000 + n}" for n in range(1, 501)])
    system.query("""INSERT INTO jobs.last_failure SELECT dealer_id, 'prsp', %s, 1, 'upstream.network', now()
                    FROM dealer.dealers WHERE dealer_id::int %% 3 = 0""", (job,))
    system.query("ANALYZE jobs.last_failure")
    system.start("dealer-1")
    with system.wire("dealer-1") as wire:
        page = wire.call("dealer.list", {"limit": 500, "order": "failed"})
    assert len(page["items"]) == 500 and sum("error_code" in one for one in page["items"]) == 166
    statement = (SQL / "queries" / "dealer_list.sql").read_text()
    for number, value in ((8, "NULL"), (7, "true"), (6, "NULL"), (5, "500"), (4, "NULL"), (3, "NULL"), (2, "NULL"), (1, "NULL")):
        statement = statement.replace(f"${number}::", f"{value}::").replace(f"${number}", value)
    plan = str(system.query(f"EXPLAIN (FORMAT JSON) {statement}")[0])
    assert "'task'" not in plan and "'task_dealer'" not in plan and "'coverage'" not in plan, plan


def test_a_migration_finds_what_is_broken_already(system):
    past = Past(system)
    broken, mended = "10001", "10002"
    for dealer, last in ((broken, "failed"), (mended, "succeeded")):
        for age, state in ((3, "succeeded"), (2, "failed"), (1, last)):
            job = past.job(ago(hours=age), state, [dealer])
            task = past.task(job, ago(hours=age), state, dealer, error_code="upstream.network" if state == "failed" else None)
            system.query("""UPDATE jobs.task_dealer d SET finished_at = t.finished_at, error_code = t.error_code
                            FROM jobs.task t WHERE t.id = d.task_id AND t.id = %s""", (task,))
    from_then_on = [file for file in MIGRATIONS.glob("*.up.sql") if file.name >= "0038_"]
    system.ddctl("migrate", "down", len(from_then_on))
    system.ddctl("migrate", "up")
    rows = system.query("SELECT dealer_id, error_code, job_id::text FROM jobs.last_failure")
    assert rows == [{"dealer_id": broken, "error_code": "upstream.network", "job_id": job_of(system, broken)}]


def job_of(system, dealer):
    """The latest job of a dealer."""
    return system.query("""SELECT job_id::text FROM jobs.job_dealer WHERE dealer_id = %s
                           ORDER BY job_id DESC LIMIT 1""", (dealer,))[0]["job_id"]
