"""Submission by REST: what is refused, the same work, the same Idempotency-Key, windows of several zones."""

import threading
import time
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from system import wait_for

JAKARTA = ZoneInfo("Asia/Jakarta")


def day(back=0, zone=JAKARTA):
    return (datetime.now(zone).date() - timedelta(days=back)).isoformat()


@pytest.fixture
def served(make_system):
    """A scheduler and a gateway; three dealers of one upstream, one in another zone, two unusable; nobody fetches."""
    system = make_system()
    for name, zone in (("west", "Asia/Jakarta"), ("east", "Pacific/Kiritimati")):
        system.query("INSERT INTO dealer.upstream (name, base_url, zone, history_days) "
                     "VALUES (%s, 'https://upstream.invalid', %s, 30)", (name, zone))
        system.query("INSERT INTO dealer.credential (upstream_id, fingerprint, api_key, secret_key) "
                     "SELECT id, name::bytea, 'sealed', 'sealed' FROM dealer.upstream WHERE name = %s", (name,))
    for code, upstream, active in (("1", "west", True), ("2", "west", True), ("3", "west", True), ("4", "east", True),
                                   ("5", "west", False), ("6", None, True)):
        system.query("INSERT INTO dealer.dealers (dealer_id, dealer_name, is_active, credential_id) VALUES (%s, 'D', %s, "
                     "(SELECT c.id FROM dealer.credential c JOIN dealer.upstream u ON u.id = c.upstream_id "
                     "WHERE u.name = %s))", (code, active, upstream))
    system.start("dealer-1", "scheduler-1", "gateway-api")
    wait_for("the gateway", lambda: post(system, {}).status_code == 422)
    return system


def post(system, body, key=None, path="/api/v1/jobs"):
    return system.api("POST", path, json=body, headers={"Idempotency-Key": key} if key else {})


def body(dealers=("1",), first=None, last=None, **more):
    return {"dealer_ids": list(dealers), "from": first or day(2), "to": last or day(1), **more}


def faults(answer):
    assert answer.status_code == 422, answer.text
    return [(row["field"], row["code"].removeprefix("job."), row["text"]) for row in answer.json()["errors"]]


# ---- what is refused ----

def test_every_wrong_dealer_feed_and_window_is_named(served):
    found = faults(post(served, body(["8", "5", "1", "6", "9"], "2020-01-01", "2019-12-31", feeds=["spk", "prsp", "zzz"])))
    assert sorted(found[:4]) == [
        ("dealer_ids", "inactive_dealer", "Dealer 5 is not active."),
        ("dealer_ids", "no_credential", "Dealer 6 has no credential."),
        ("dealer_ids", "unknown_dealer", 'There is no dealer "8".'),
        ("dealer_ids", "unknown_dealer", 'There is no dealer "9".')]
    assert found[4:] == [("feeds", "unknown_feed", 'There is no feed "spk".'),
                         ("feeds", "unknown_feed", 'There is no feed "zzz".'),
                         ("to", "empty_window", "The window ends before it begins.")]


@pytest.mark.parametrize("window, field, code", [
    ((31, 1), "from", "beyond_history"), ((1, 2), "to", "empty_window"), ((-1, -1), "from", "future_window"),
    ((1, -1), "to", "future_window")])
def test_windows_that_cannot_be(served, window, field, code):
    found = faults(post(served, body(["1"], day(window[0]), day(window[1]))))
    assert [(f, c) for f, c, _ in found] == [(field, code)]


def test_the_edges_of_what_can_be(served):
    assert post(served, body(["1"], day(30), day(30))).status_code == 202
    assert post(served, body(["1"], day(0), day(0))).status_code == 202


@pytest.mark.parametrize("text", ["yesterday", "2026-02-30", "2026-13-01"])
def test_bad_dates(served, text):
    for field in ("from", "to"):
        answer = post(served, body() | {field: text})
        assert (answer.status_code, [r["field"] for r in answer.json()["errors"]]) == (422, [field])


def test_too_many_calls(served):
    served.query("UPDATE dealer.upstream SET history_days = 3000")
    served.query("INSERT INTO dealer.dealers (dealer_id, dealer_name, credential_id) "
                 "SELECT 'x' || n, 'D', (SELECT credential_id FROM dealer.dealers WHERE dealer_id = '1') "
                 "FROM generate_series(1, 100) n")
    found = faults(post(served, {"all_dealers": True, "from": day(2900), "to": day(0), "slice_hours": 1}))
    assert found[0][:2] == ("to", "too_many_tasks")


# ---- zones ----

def test_each_upstream_has_its_own_day(served):
    job = post(served, {"dealer_ids": ["1", "4"]}).json()
    windows = {row["dealer_id"]: str(row["from_at"]) for row in
               served.query("SELECT dealer_id, from_at FROM jobs.task WHERE job_id = %s", (job["id"],))}
    assert windows == {"1": f"{day()} 00:00:00", "4": f"{day(0, ZoneInfo('Pacific/Kiritimati'))} 00:00:00"}


def test_an_instant_is_put_on_each_wall_clock(served):
    begin = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(days=3)
    job = post(served, body(["1", "4"], begin.isoformat(), (begin + timedelta(hours=1)).isoformat(), slice_hours=2)).json()
    windows = {row["dealer_id"]: row["from_at"] for row in
               served.query("SELECT dealer_id, from_at FROM jobs.task WHERE job_id = %s", (job["id"],))}
    assert windows == {"1": begin.astimezone(JAKARTA).replace(tzinfo=None),
                       "4": begin.astimezone(ZoneInfo("Pacific/Kiritimati")).replace(tzinfo=None)}


# ---- the same work ----

def test_all_active_dealers_are_one_job(served):
    job = post(served, {"all_dealers": True, "from": day(1), "to": day(1)}).json()
    assert job["dealer_ids"] == ["1", "2", "3", "4"] and job["tasks_total"] == 4


def test_the_same_unfinished_work_is_the_existing_job(served):
    first = post(served, body(["1", "2"]))
    again = post(served, body(["2", "1", "2"]))
    assert (again.status_code, again.headers["Location"]) == (202, first.headers["Location"])
    assert again.json()["id"] == first.json()["id"] and again.json()["existing"]
    for other in (body(["1"]), body(["1", "2"], slice_hours=12), body(["1", "2"], day(3)), body(["1", "2"], only="missing")):
        if "only" in other:
            served.query("DELETE FROM jobs.lane")
            served.query("UPDATE jobs.task SET state = 'cancelled'")
        assert post(served, other).json()["id"] != first.json()["id"], other
    served.query("UPDATE jobs.job_record SET state = 'cancelled' WHERE id = %s", (first.json()["id"],))
    assert post(served, body(["1", "2"])).json()["id"] != first.json()["id"]


def test_the_old_api_gives_the_existing_job_too(served):
    first = post(served, {"dealer_id": "1"}, path="/jobs/run")
    again = post(served, {"dealer_id": "1"}, path="/jobs/run", key="k")
    assert first.status_code == again.status_code == 200
    assert first.json()["task_id"] == again.json()["task_id"]


# ---- Idempotency-Key ----

def test_the_same_key_and_body_are_answered_alike(served):
    first = post(served, body(), "key-1")
    assert first.status_code == 202 and "Idempotency-Replayed" not in first.headers
    served.query("UPDATE jobs.job_record SET state = 'succeeded'")
    again = served.api("POST", "/api/v1/jobs", headers={"Idempotency-Key": "key-1", "Content-Type": "application/json"},
                       data='{ "to": "%s", "from":"%s", "dealer_ids" : ["1"]}' % (day(1), day(2)))
    assert (again.status_code, again.headers["Location"]) == (202, first.headers["Location"])
    assert again.headers["Idempotency-Replayed"] == "true"
    other = post(served, body(["2"]), "key-1")
    assert (other.status_code, other.json()["code"]) == (422, "job.key_reused")
    assert post(served, body(), "key-2").json()["id"] != first.json()["id"]


def test_a_key_answers_although_the_request_could_no_longer_be_made(served):
    first = post(served, body(), "key-1").json()
    served.query("UPDATE dealer.dealers SET is_active = false")
    assert post(served, body(), "key-1").json()["id"] == first["id"]


@pytest.mark.parametrize("key", ["two words", "ä".encode(), "x" * 201])
def test_keys_that_cannot_be(served, key):
    answer = post(served, body(), key)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "idempotency_key")


def test_a_refused_request_leaves_its_key_free(served):
    assert post(served, body(["9"]), "key-1").status_code == 422
    assert post(served, body(["1"]), "key-1").status_code == 202


def test_racing_posts_with_one_key_make_one_job(served):
    served.start("scheduler-2") if "scheduler-2" in served.instances else None
    answers = []

    def send():
        answers.append(post(served, body(["1", "2", "3"]), "one"))

    threads = [threading.Thread(target=send) for _ in range(8)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert {a.status_code for a in answers} <= {202, 409}
    assert len({a.json()["id"] for a in answers if a.status_code == 202}) == 1
    assert served.query("SELECT count(*) AS n FROM jobs.job_record") == [{"n": 1}]


def test_a_scheduler_killed_while_it_submits(served):
    """Whatever the first request came to, the key leads to one job."""
    for round in range(4):
        key = f"kill-{round}"
        work = body(["1", "2", "3"], day(20 + round), day(1), slice_hours=1)
        sent = threading.Thread(target=lambda k=key, w=work: post_quietly(served, w, k))
        sent.start()
        time.sleep(0.01 + 0.03 * round)
        served["scheduler-1"].kill()
        served.start("scheduler-1")
        sent.join()
        first = wait_for("an answer", lambda k=key, w=work: accepted(post_quietly(served, w, k)))
        assert accepted(post(served, work, key)) == first
        assert served.query("SELECT count(*) AS n FROM jobs.job_record WHERE id = %s", (first,)) == [{"n": 1}]
        assert served.query("SELECT count(*) AS n FROM jobs.idempotency WHERE key = %s", (key,)) == [{"n": 1}]
        assert served.query("SELECT count(*) AS n FROM jobs.job_record") == [{"n": round + 1}]


def post_quietly(system, work, key):
    try:
        return post(system, work, key)
    except OSError:
        return None


def accepted(answer):
    return answer.json()["id"] if answer is not None and answer.status_code == 202 else None
