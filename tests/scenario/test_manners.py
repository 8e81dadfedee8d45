"""An upstream's manners with real processes: failures, refusals and limits reach every fetcher."""

import time

import pytest
from fetching import Pipeline, days_back
from system import wait_for


@pytest.fixture
def pipe(system):
    system.settings["DD_RETRY_MAX"] = 20
    return Pipeline(system, fetchers=2)


def manners(pipe, **settings):
    pipe.call("dealer", "upstream.set", {"name": "sim", **settings})


def state(pipe):
    return pipe.call("scheduler", "upstream.state", {"name": "sim"})


def calls(pipe):
    return pipe.sim("GET", "calls?limit=1")["last"]


def most_in_flight(pipe, job, seconds=30):
    most = 0
    end = time.monotonic() + seconds
    while pipe.job(job)["state"] in ("queued", "running") and time.monotonic() < end:
        most = max(most, pipe.system.query("SELECT count(*)::int AS n FROM jobs.lease")[0]["n"])
    return most


def test_an_upstream_that_fails_is_left_alone_then_probed(pipe):
    manners(pipe, breaker_failures=3, breaker_seconds=2)
    pipe.sim("POST", "fault", kind="status", value=503, times=-1)
    job = pipe.submit(days_back(10))
    told = wait_for("an open breaker", lambda: (now := state(pipe))["breaker"] == "open" and now)
    assert told["failures"] >= 3 and told["open_until"] > 0
    wait_for("the calls that had begun", lambda: state(pipe)["in_flight"] == 0)
    before = calls(pipe)
    time.sleep(0.8)
    assert calls(pipe) == before, "it is left alone"
    wait_for("a probe", lambda: calls(pipe) > before)
    wait_for("it to open again", lambda: state(pipe)["breaker"] == "open")
    assert calls(pipe) == before + 1, "one call probes"
    pipe.sim("DELETE", "fault")
    assert pipe.wait(job)["state"] == "succeeded"
    assert state(pipe)["breaker"] == "closed" and state(pipe)["failures"] == 0


def test_a_credential_that_is_asked_to_slow_down_rests(pipe):
    pipe.sim("POST", "fault", kind="status", value=429, retry_after=2)
    job = pipe.submit(days_back(20))
    told = wait_for("the block", lambda: (now := state(pipe)["credentials"][0]).get("blocked_until") and now)
    assert told["blocked_code"] == "upstream.too_many"
    wait_for("the calls that had begun", lambda: state(pipe)["in_flight"] == 0)
    if pipe.job(job)["tasks_queued"] > 1:
        before = calls(pipe)
        time.sleep(0.5)
        assert calls(pipe) == before
    assert pipe.wait(job)["state"] == "succeeded"


@pytest.mark.parametrize("limit", ["concurrency", "credential_concurrency", "dealer_concurrency"])
def test_no_more_calls_at_a_time_than_allowed(pipe, limit):
    manners(pipe, **{limit: 2})
    pipe.sim("POST", "settings", latency_ms=80)
    job = pipe.submit(days_back(28))
    assert most_in_flight(pipe, job) == 2
    assert pipe.job(job)["state"] == "succeeded"


def test_calls_a_minute(pipe):
    manners(pipe, calls_per_minute=120, burst=3)
    begun = time.monotonic()
    job = pipe.run(days_back(9))
    took = time.monotonic() - begun
    assert job["state"] == "succeeded"
    # What the bucket did not hold came at two a second.
    assert took >= (job["tasks_total"] - 3) / 2 - 0.6


def test_a_quota_ends_the_day_of_what_is_not_manual(pipe):
    manners(pipe, quota=5, quota_reserve=40)
    scheduled = pipe.submit(days_back(9), priority=2, slice_hours=24)
    wait_for("the quota", lambda: pipe.job(scheduled).get("waiting_for") == "quota")
    assert pipe.job(scheduled)["tasks_succeeded"] == 3
    manual = pipe.submit(days_back(20), days_back(19), slice_hours=24)
    assert pipe.wait(manual)["state"] == "succeeded"
    told = state(pipe)["credentials"][0]
    assert (told["quota_used"], told["quota_left"], told["quota_reserve"]) == (5, 0, 2)
    assert calls(pipe) == 5
    manners(pipe, quota=0)
    assert pipe.wait(scheduled)["state"] == "succeeded"
    told = state(pipe)["credentials"][0]
    assert "quota_left" not in told and "quota_reserve" not in told  # without a quota there is none of it left


def test_a_refused_credential_is_not_used_until_somebody_cares(pipe):
    pipe.call("dealer", "dealer.update", {"dealer_id": "12284", "secret_key": "wrong"})
    job = pipe.submit(days_back(10))
    told = wait_for("the flag", lambda: (now := state(pipe)["credentials"][0]).get("flagged_at") and now)
    assert told["flag_code"] == "upstream.credential" and told["dealer_ids"] == ["12284"]
    wait_for("the calls that had begun", lambda: state(pipe)["in_flight"] == 0)
    before = calls(pipe)
    if pipe.job(job)["state"] == "running":
        assert wait_for("the reason", lambda: pipe.job(job).get("waiting_for")) == "credential_flagged"
    time.sleep(0.6)
    assert calls(pipe) == before
    pipe.call("dealer", "dealer.update", {"dealer_id": "12284", "secret_key": "dgi-secret-sim:group-a"})
    assert pipe.run(days_back(2), days_back(2))["state"] == "succeeded"


def test_a_parked_request_of_a_dead_fetcher_takes_no_work(pipe):
    """It waits for work and is killed; what then comes goes to the other one at once."""
    time.sleep(0.3)
    pipe.system["fetcher-1"].kill()
    job = pipe.run(days_back(2))
    assert job["state"] == "succeeded"
    slow = pipe.system.query("SELECT extract(epoch FROM finished_at - created_at)::float AS s FROM jobs.job")[0]["s"]
    assert slow < 5, "no lease had to run out"
