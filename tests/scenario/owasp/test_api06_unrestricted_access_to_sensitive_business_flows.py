"""API6:2023 - what is allowed once, done a thousand times: jobs, re-runs, backfills, calls that a quota counts."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from shop import OTHER, OWN, days_ago, refused, wait_for, yesterday

THIRD = "99902"  # has a key of its own, which no other test spends


def submit(shop, key, body, **headers):
    return shop.api("POST", "/api/v1/jobs", key=key, json=body, headers={k.replace("_", "-"): v for k, v in headers.items()})


def jobs(shop):
    return shop.query("SELECT count(*) AS n FROM jobs.job_record")[0]["n"]


@pytest.fixture
def paused(shop):
    """Nothing is fetched meanwhile, so that work stays unfinished."""
    assert shop.api("POST", "/api/v1/pauses", json={"scope": "all"}).status_code == 201
    yield
    for job in shop.query("SELECT id FROM jobs.job_record WHERE state IN ('queued', 'running')"):
        shop.api("POST", f"/api/v1/jobs/{job['id']}/cancel", json={})
    assert shop.api("DELETE", "/api/v1/pauses?scope=all").ok


def test_the_same_work_asked_for_by_many_at_once_is_done_once(shop, paused):
    before = jobs(shop)
    keys = [shop.keys["operator"], shop.keys["admin"], shop.limited["operator"]]
    body = {"dealer_ids": [OWN], "from": days_ago(3), "to": days_ago(2)}
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda n: submit(shop, keys[n % 3], body), range(36)))
    assert {a.status_code for a in answers} == {202} and len({a.json()["id"] for a in answers}) == 1
    assert jobs(shop) == before + 1


def test_one_idempotency_key_of_two_principals_is_two_keys(shop, paused):
    key = str(uuid.uuid4())
    first, second = ({"dealer_ids": [d], "from": days_ago(5), "to": days_ago(5)} for d in (OTHER, OWN))
    mine = submit(shop, shop.keys["operator"], first, Idempotency_Key=key)
    again = submit(shop, shop.keys["operator"], first, Idempotency_Key=key)
    assert again.json()["id"] == mine.json()["id"] and again.headers["Idempotency-Replayed"] == "true"
    theirs = submit(shop, shop.limited["operator"], second, Idempotency_Key=key)
    assert theirs.status_code == 202 and theirs.json()["id"] != mine.json()["id"]
    assert "Idempotency-Replayed" not in theirs.headers
    assert refused(submit(shop, shop.keys["operator"], second, Idempotency_Key=key), 422)["code"] == "job.key_reused"


@pytest.mark.parametrize("key", ["", "x" * 201, "a b", "ünïcödé"])
def test_a_key_that_is_none_is_refused_or_none(shop, paused, key):
    answer = submit(shop, shop.keys["operator"], {"dealer_ids": [OWN], "from": days_ago(6), "to": days_ago(6)},
                    **{"Idempotency_Key": key.encode()})
    assert answer.status_code in (202, 400, 422)
    assert shop.query("SELECT 1 AS one FROM jobs.idempotency WHERE length(key) > 200") == []


def test_nothing_named_does_not_mean_everything(shop):
    for path, body in (("/jobs", {}), ("/jobs", {"dealer_ids": []}), ("/jobs/rerun", {}), ("/jobs/rerun", {"task_ids": []}),
                       ("/jobs/rerun", {"dealer_ids": []}), ("/quarantine/replay", {}), ("/quarantine/dismiss", {}),
                       ("/drift/acknowledge", {}), ("/schedules", {"cron": "0 3 * * *"}), ("/pauses", {})):
        refused(shop.api("POST", f"/api/v1{path}", key=shop.keys["admin"], json=body), 422)
    refused(shop.api("DELETE", "/api/v1/pauses", key=shop.keys["admin"]), 422)


def test_everything_is_for_those_who_may_see_everything(shop):
    limited = shop.limited["operator"]
    before = jobs(shop)
    for path, body in (("/jobs", {"all_dealers": True, "only": "missing_failed"}), ("/jobs/plan", {"all_dealers": True}),
                       ("/schedules", {"all_dealers": True, "cron": "* * * * *"}), ("/pauses", {"scope": "all"}),
                       ("/drift/acknowledge", {"all": True})):
        refused(shop.api("POST", f"/api/v1{path}", key=limited, json=body), 403)
    assert jobs(shop) == before


def test_a_plan_and_a_dry_run_cost_nothing(shop):
    before, calls = jobs(shop), len(shop.sim("GET", "/_sim/calls").json()["calls"])
    for _ in range(20):
        assert shop.api("POST", "/api/v1/jobs/plan", json={"all_dealers": True, "from": days_ago(20), "to": yesterday()}).ok
        assert shop.api("POST", "/api/v1/jobs/rerun", json={"feed": "prsp", "dry_run": True}).status_code == 202
    assert (jobs(shop), len(shop.sim("GET", "/_sim/calls").json()["calls"])) == (before, calls)


def test_what_failed_is_run_again_once_however_often_it_is_asked_for(shop):
    shop.spoil(kind="status", value=400, times=1)
    job = submit(shop, shop.keys["operator"], {"dealer_ids": [OWN], "from": days_ago(50), "to": days_ago(50)}).json()["id"]
    assert shop.wait_job(job)["state"] == "failed"
    assert shop.api("POST", "/api/v1/pauses", json={"scope": "all"}).status_code == 201
    try:
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: shop.api("POST", "/api/v1/jobs/rerun", key=shop.limited["operator"],
                                                       json={"job_id": job}), range(8)))
        assert {a.status_code for a in answers} == {202} and len({a.json()["id"] for a in answers}) == 1
        # In other words it is the same window, and known to be about to be fetched.
        again = shop.api("POST", "/api/v1/jobs/rerun", json={"dealer_ids": [OWN]})
        assert refused(again, 422)["code"] == "job.nothing_to_rerun"
    finally:
        assert shop.api("DELETE", "/api/v1/pauses?scope=all").ok
    assert shop.wait_job(answers[0].json()["id"])["state"] == "succeeded"


def test_a_quota_is_never_overdrawn_and_its_reserve_is_for_people(shop):
    """A backfill takes no more than the reserve leaves, people take the rest, and then nobody takes anything."""
    shop.system.add_dealer(THIRD, group="group-b", name="Third Dealer")
    shop.api("PUT", "/api/v1/upstreams/sim", json={"quota": 10, "quota_reserve": 40})

    def calls():
        return sum(THIRD in str(c) for c in shop.sim("GET", "/_sim/calls").json()["calls"])

    def waits_for_quota(job):
        wait_for("the quota's end", lambda: shop.api("GET", f"/api/v1/jobs/{job}").json().get("waiting_for") == "quota")

    try:
        window = {"dealer_ids": [THIRD], "from": days_ago(20), "to": yesterday(), "slice_hours": 24}
        filled = submit(shop, shop.keys["operator"], {**window, "priority": 3}).json()["id"]
        waits_for_quota(filled)
        assert calls() == 6
        # More of the same, in other words, gets no more.
        more = [submit(shop, shop.keys["operator"], {**window, "from": days_ago(n), "priority": 3}).json()["id"] for n in (30, 31)]
        waits_for_quota(more[1])
        assert calls() == 6
        by_hand = submit(shop, shop.keys["operator"], {**window, "from": days_ago(40), "to": days_ago(25)}).json()["id"]
        waits_for_quota(by_hand)
        assert calls() == 10
        for _ in range(3):
            test = shop.api("POST", f"/api/v1/dealers/{THIRD}/test", key=shop.keys["operator"], json={})
            assert test.status_code == 200 and not test.json()["ok"] and test.json()["steps"][0]["code"] == "dealer.calls_held"
        assert calls() == 10
        for job in (filled, *more, by_hand):
            assert shop.api("POST", f"/api/v1/jobs/{job}/cancel", json={}).status_code == 202
    finally:
        shop.api("PUT", "/api/v1/upstreams/sim", json={"quota": 0})


def test_names_are_revealed_page_by_page_each_with_its_entry(shop):
    """Whoever takes away all names leaves as many traces."""
    shop.wait_job(shop.job(OTHER))
    before = shop.query("SELECT count(*) AS n FROM account.audit WHERE kind = 'prospect'")[0]["n"]
    ask = {"dealer_id": OTHER, "reveal": "true", "reason": "Complaint 4711", "limit": 1}
    pages, cursor = 0, None
    while pages < 3:
        answer = shop.api("GET", "/api/v1/prospects", key=shop.keys["operator"], params={**ask, **({"cursor": cursor} if cursor else {})})
        assert answer.status_code == 200
        pages, cursor = pages + 1, answer.json().get("next")
    assert shop.query("SELECT count(*) AS n FROM account.audit WHERE kind = 'prospect'")[0]["n"] == before + 3
    # Also as a file, which is one request.
    assert shop.api("GET", "/api/v1/prospects", params={**ask, "limit": 100, "format": "csv"}).ok
    assert shop.query("SELECT count(*) AS n FROM account.audit WHERE kind = 'prospect'")[0]["n"] > before + 3
