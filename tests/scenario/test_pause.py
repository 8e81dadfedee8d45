"""Pauses: nothing new begins, what runs is finished; by REST, with who and why."""

import json

import pytest
from fetching import Pipeline, days_back
from system import SAMPLE, wait_for
from wire import BusError


@pytest.fixture
def pipe(system):
    return Pipeline(system)


def done(pipe, job):
    return pipe.job(job)["tasks_succeeded"]


@pytest.mark.parametrize("scope", ["all", "dealer", "feed", "upstream", "credential"])
def test_a_pause_holds_up_new_calls_until_it_is_cleared(pipe, scope):
    number = pipe.system.query("SELECT id FROM dealer.credential")[0]["id"]
    what = {"scope": scope, **({"all": {}, "dealer": {"target": SAMPLE}, "feed": {"target": "prsp"},
                                "upstream": {"target": "sim"}, "credential": {"target": str(number)}}[scope])}
    pipe.sim("POST", "settings", latency_ms=300)
    job = pipe.submit(days_back(28))
    wait_for("some calls", lambda: done(pipe, job) >= 2)
    told = pipe.call("scheduler", "pause.set", {**what, "reason": "moving"})
    assert told["reason"] == "moving" and told["scope"] == scope and told["paused_by"]
    settled = wait_for("what ran to end", lambda: (now := pipe.job(job))["tasks_leased"] == 0 and now)
    assert settled["state"] == "running" and settled["waiting_for"] == "paused"
    assert settled["tasks_failed"] == settled["tasks_cancelled"] == 0
    before = settled["tasks_succeeded"]
    assert before < settled["tasks_total"]
    pipe.sim("POST", "settings", latency_ms=0)
    pipe.system.query("SELECT pg_sleep(1.5)")
    assert done(pipe, job) == before
    assert [p["scope"] for p in pipe.call("scheduler", "pause.list")["items"]] == [scope]
    pipe.call("scheduler", "pause.clear", what)
    assert pipe.wait(job)["state"] == "succeeded"
    assert pipe.call("scheduler", "pause.list")["items"] == []


@pytest.mark.parametrize("body, code", [
    ({"scope": "dealer", "target": "nobody"}, "pause.unknown_target"), ({"scope": "dealer"}, "field.missing"),
    ({"scope": "all", "target": "1"}, "field.choice")])
def test_only_what_there_is_can_be_paused(pipe, body, code):
    with pytest.raises(BusError) as refused:
        pipe.call("scheduler", "pause.set", body)
    assert refused.value.code == code
    with pytest.raises(BusError) as refused:
        pipe.call("scheduler", "pause.clear", {"scope": "dealer", "target": SAMPLE})
    assert refused.value.code == "record.not_found"


def test_by_rest_and_command_line(running):
    answer = running.api("POST", "/api/v1/pauses", json={"scope": "dealer", "target": SAMPLE, "reason": "holiday"})
    assert answer.status_code == 201 and answer.json()["paused_by"] == "admin-key"
    assert json.loads(running.ddctl("pauses", "--json").stdout)["items"][0]["target"] == SAMPLE
    assert [p["reason"] for p in running.api("GET", "/api/v1/pauses").json()["items"]] == ["holiday"]
    assert running.api("DELETE", f"/api/v1/pauses?scope=dealer&target={SAMPLE}").status_code == 200
    running.ddctl("pause", "upstream", "sim", "--reason", "moving")
    job = running.submit(days_back(2), days_back(1))
    told = wait_for("the job to tell", lambda: (now := running.job(job)).get("waiting_for") and now)
    assert told["waiting_for"] == "paused"
    assert running.api("POST", f"/api/v1/jobs/{job['id']}/cancel").status_code == 202
    assert running.wait_job(job, 5)["state"] == "cancelled"
    again = running.api("POST", f"/api/v1/jobs/{job['id']}/cancel")
    assert again.status_code == 409 and again.json()["code"] == "job.ended"
    running.ddctl("resume", "upstream", "sim")
    assert running.wait_job(running.submit(days_back(1), days_back(1)))["state"] == "succeeded"
    state = running.api("GET", "/api/v1/upstreams/sim/state").json()
    assert state["breaker"] == "closed" and state["credentials"][0]["dealer_ids"] == [SAMPLE]
    number = state["credentials"][0]["id"]
    assert running.api("POST", f"/api/v1/credentials/{number}/unflag").status_code == 200
    assert running.api("POST", "/api/v1/credentials/999/unflag").status_code == 404
    assert "closed" in running.ddctl("upstream", "state", "sim").stdout


def test_a_fetcher_is_drained_by_rest(running):
    assert running.api("POST", "/api/v1/services/nobody/drain").status_code == 404
    assert running.api("POST", "/api/v1/services/dealer-1/drain").status_code == 422
    job = running.submit(days_back(20), days_back(1))
    answer = running.api("POST", "/api/v1/services/fetcher-1/drain", json={"reason": "less load"})
    assert answer.status_code == 202, answer.text
    wait_for("its end", lambda: not running["fetcher-1"].alive())
    running.start("fetcher-1")
    ended = running.wait_job(job)
    assert ended["state"] == "succeeded" and ended["tasks_failed"] == 0
