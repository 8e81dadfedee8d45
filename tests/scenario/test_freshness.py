"""Freshness targets: the scheduler meets them, or says why it cannot."""

import pytest
from fetching import Pipeline
from system import SAMPLE, wait_for
from test_side_by_side import Stream

DEALER = f"/api/v1/dealers/{SAMPLE}/freshness"


@pytest.fixture
def kept(make_system):
    """A running pipeline of two schedulers, with a gateway."""
    system = make_system(instances={"scheduler": 2})
    system.settings["DD_LEASE_MS"] = 2000
    Pipeline(system, upstream={"history_days": 2})
    system.start("scheduler-2", "gateway-api")
    wait_for("readiness", lambda: system.api("GET", "/api/v1/freshness").status_code == 200)
    return system


def target(system, dealer=SAMPLE):
    return system.api("GET", f"/api/v1/freshness?dealer_id={dealer}").json()["items"][0]


def reaches(system, state, reason=None):
    def found():
        now = target(system)
        return now if (now["state"], now.get("reason")) == (state, reason) else None
    return wait_for(f"{state} {reason}", found, seconds=40)


def age(system, minutes):
    """As if all had happened so much earlier."""
    system.query("""UPDATE jobs.coverage SET asked_at = asked_at - %(m)s * interval '1 minute'""", {"m": minutes})
    system.query("""UPDATE jobs.freshness SET asked_at = asked_at - %(m)s * interval '1 minute',
                    set_at = set_at - %(m)s * interval '1 minute', checked_at = NULL""", {"m": minutes})


def jobs(system):
    return system.query("SELECT id FROM jobs.job_record WHERE kind = 'freshness'")


def test_target_is_met_again_and_again(kept):
    answer = kept.api("PUT", DEALER, json={"minutes": 30})
    assert (answer.status_code, answer.json()["state"], answer.json()["feed"]) == (200, "due", "prsp"), answer.text
    first = reaches(kept, "fresh")
    assert first["age_minutes"] == 0 and first["minutes"] == 30
    assert kept.query("SELECT 1 FROM feed.prospect LIMIT 1")
    job = kept.api("GET", f"/api/v1/jobs/{first['last_job_id']}").json()
    assert (job["kind"], job["priority"], job["dealer_ids"], job["state"]) == (
        "freshness", 2, [SAMPLE], "succeeded")
    age(kept, 28)
    again = wait_for("a newer fetch", lambda: (lambda now: now if now["last_job_id"] != job["id"] else None)(target(kept)))
    assert reaches(kept, "fresh")["fetched_at"] > first["fetched_at"] and again["minutes"] == 30
    assert len(jobs(kept)) == 2


def test_target_that_cannot_be_met_says_why_once(kept):
    stream = Stream(kept, "api")
    kept.api("PUT", DEALER, json={"minutes": 30})
    reaches(kept, "fresh")
    kept.query("INSERT INTO jobs.pause (scope, target, paused_by, paused_at) VALUES ('dealer', %s, 'eve', now())",
               (SAMPLE,))
    age(kept, 40)
    stale = reaches(kept, "stale", "paused")
    assert stale["age_minutes"] >= 40 and len(jobs(kept)) == 1
    age(kept, 1)
    reaches(kept, "stale", "paused")
    kept.query("DELETE FROM jobs.pause")
    age(kept, 1)
    reaches(kept, "fresh")
    late = [data for name, data in stream.events if name == "freshness.late"]
    stream.close()
    assert [(e["dealer_id"], e["feed"], e["minutes"], e["reason"]) for e in late] == [(SAMPLE, "prsp", 30, "paused")]


def test_targets_are_checked_listed_and_removed(kept):
    answer = kept.api("PUT", "/api/v1/dealers/nobody/freshness", json={"minutes": 30})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "dealer_id"), answer.text
    answer = kept.api("PUT", DEALER, json={"minutes": 30, "feed": "nothing"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "feed")
    assert kept.api("PUT", DEALER, json={"minutes": 4}).status_code == 422
    assert kept.api("PUT", DEALER, json={"minutes": 60, "active": False}).json()["state"] == "off"
    kept.ddctl("freshness", "set", SAMPLE, "--minutes", 90, "--off")
    assert target(kept)["minutes"] == 90 and SAMPLE in kept.ddctl("freshness", "ls").stdout
    assert kept.api("GET", "/api/v1/freshness?state=off&limit=1").json()["items"][0]["dealer_id"] == SAMPLE
    assert kept.api("DELETE", DEALER).status_code == 200
    assert kept.api("DELETE", DEALER).status_code == 404
    assert kept.api("GET", "/api/v1/freshness").json()["items"] == [] and jobs(kept) == []
