"""One thing done to all jobs that a filter finds: counted first, done in steps, once, and told in the audit trail."""

import json
import uuid

import pytest
from fetching import days_back, yesterday
from past import Past, ago
from system import SAMPLE, wait_for

OTHER = "20001"


@pytest.fixture
def paused(running):
    """Nothing runs: jobs stay open until they are cancelled."""
    running.add_dealer(OTHER)
    assert running.api("POST", "/api/v1/pauses", json={"scope": "all"}).ok
    return running


def bulk(system, status=202, headers=None, key=None, **body):
    answer = system.api("POST", "/api/v1/jobs/bulk", json=body, headers=headers or {}, key=key)
    assert answer.status_code == status, answer.text
    return answer.json()


def open_jobs(system, dealer=SAMPLE, n=3):
    return [system.submit(days_back(age + 1), days_back(age + 1), [dealer])["id"] for age in range(n)]


def states(system, jobs):
    return [system.api("GET", f"/api/v1/jobs/{job}").json()["state"] for job in jobs]


def all_cancelled(system, jobs):
    return wait_for("the jobs' end", lambda: set(states(system, jobs)) == {"cancelled"})


def audited(system, **filters):
    return system.api("GET", "/api/v1/audit", params={"action": "job.bulk", **filters}).json()["items"]


def test_all_jobs_of_a_filter_are_cancelled_and_no_others(paused):
    mine, others = open_jobs(paused), open_jobs(paused, OTHER, 1)
    counted = bulk(paused, action="cancel", dealer_id=SAMPLE, dry_run=True)
    assert (counted["state"], counted["jobs"], counted["accepted"]) == ("planned", 3, 0) and "id" not in counted
    assert set(states(paused, mine)) == {"queued"}, "a dry run changes nothing"
    done = bulk(paused, action="cancel", dealer_id=SAMPLE, expected=3)
    assert (done["state"], done["jobs"], done["accepted"], done["ended"]) == ("done", 3, 3, 0)
    all_cancelled(paused, mine)
    assert states(paused, others) == ["queued"]
    # Nothing that fits is left.
    assert bulk(paused, action="cancel", dealer_id=SAMPLE, expected=0)["jobs"] == 0


def test_a_number_that_is_far_from_the_expected_one_is_refused(paused):
    open_jobs(paused, n=8)
    problem = bulk(paused, 409, action="cancel", expected=2)
    assert problem["code"] == "job.count_changed" and "8 jobs by now, 2 were expected" in problem["detail"]
    assert problem["errors"][0]["field"] == "expected"
    problem = bulk(paused, 422, action="cancel")
    assert (problem["code"], problem["errors"][0]["field"]) == ("field.missing", "expected")
    assert bulk(paused, action="cancel", expected=7)["accepted"] == 8, "one that came meanwhile is no reason"


def test_the_same_key_does_it_once(paused):
    first, key = open_jobs(paused), {"Idempotency-Key": f"k-{uuid.uuid4()}"}
    done = bulk(paused, headers=key, action="cancel", expected=3)
    all_cancelled(paused, first)
    later = open_jobs(paused, n=2)
    again = bulk(paused, headers=key, action="cancel", expected=3)
    assert (again["id"], again["accepted"], again["replayed"]) == (done["id"], 3, True)
    assert set(states(paused, later)) == {"queued"}
    assert bulk(paused, 422, headers=key, action="cancel", expected=2)["code"] == "job.key_reused"


def test_the_audit_trail_has_one_entry_with_filter_and_number(paused):
    open_jobs(paused)
    done = bulk(paused, action="cancel", dealer_id=SAMPLE, state=["queued"], expected=3)
    entry, = audited(paused)
    told = json.loads(entry["after"])
    assert (entry["kind"], entry["target"], told["action"], told["jobs"]) == ("bulk", done["id"], "cancel", 3)
    assert told["filter"] == {"dealer_id": SAMPLE, "state": ["queued"]} and "job_ids" not in told
    assert paused.api("POST", "/api/v1/audit/verify", json={}).json()["whole"]


def test_who_may_see_some_dealers_cancels_their_jobs_alone(paused):
    mine, others = open_jobs(paused), open_jobs(paused, OTHER, 2)
    both = paused.submit(yesterday(), yesterday(), [SAMPLE, OTHER])["id"]
    key = paused.api("POST", "/api/v1/keys", json={"name": "one", "role": "operator", "dealers": [SAMPLE]}).json()["key"]
    done = bulk(paused, key=key, action="cancel", expected=3)
    assert (done["jobs"], done["accepted"]) == (3, 3)
    all_cancelled(paused, mine)
    assert set(states(paused, [*others, both])) == {"queued"}
    # What somebody else asked for is not told to who may see some dealers.
    all_of_it = bulk(paused, action="cancel", expected=3)["id"]
    assert paused.api("GET", f"/api/v1/jobs/bulk/{all_of_it}", key=key).status_code == 404
    assert paused.api("GET", f"/api/v1/jobs/bulk/{done['id']}", key=key).json()["accepted"] == 3


def test_failed_calls_of_all_jobs_are_run_again_as_one_job(running):
    running.sim("POST", "/_sim/fault", json={"kind": "status", "value": 404, "times": -1})
    for age in range(3):
        assert running.wait_job(running.submit(days_back(age + 1), days_back(age + 1)))["state"] == "failed"
    # The same window once more: it is fetched again once.
    assert running.wait_job(running.submit(days_back(1), days_back(1)))["state"] == "failed"
    running.sim("DELETE", "/_sim/fault")
    counted = bulk(running, action="rerun", text="HTTP 404", dry_run=True)
    assert (counted["jobs"], counted["calls"], counted["stored"]) == (4, 3, 0)
    done = bulk(running, action="rerun", text="HTTP 404", expected=4)
    assert (done["state"], done["accepted"], done["calls"], len(done["made"])) == ("done", 4, 3, 1)
    job = running.wait_job({"id": done["made"][0]})
    assert (job["state"], job["kind"], job["tasks_total"]) == ("succeeded", "rerun", 3)
    again = bulk(running, action="rerun", text="HTTP 404", expected=4)
    assert (again["calls"], again["stored"], again["made"]) == (0, 3, [])


def test_many_jobs_have_their_turn_in_steps_and_any_scheduler_goes_on(system):
    past = Past(system)
    for _ in range(450):
        past.task(past.job(ago(minutes=1), "queued"), ago(minutes=1), "queued")
    system.query("SELECT jobs.set_pause(now(), 'all', '', NULL, 'test')")
    # Begun by one that died at once.
    row = system.query("""SELECT id::text, jobs FROM jobs.begin_bulk(now(), gen_random_uuid(), 'cancel', 'ann', NULL, 450,
                          false, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)""")[0]
    assert row["jobs"] == 450
    assert system.query("SELECT jobs.step_bulk(now(), NULL, gen_random_uuid(), 200, 2000) AS more")[0]["more"]
    done = system.query("SELECT looked_at, accepted, finished_at FROM jobs.bulk")[0]
    assert (done["looked_at"], done["accepted"], done["finished_at"]) == (200, 200, None)
    system.start("scheduler-1")
    wait_for("the rest", lambda: system.query("SELECT finished_at FROM jobs.bulk")[0]["finished_at"])
    assert system.query("SELECT accepted, ended FROM jobs.bulk")[0] == {"accepted": 450, "ended": 0}
    with system.wire("scheduler-1") as wire:
        told = wire.call("job.bulk_get", {"id": row["id"]})
    assert (told["state"], told["looked_at"], told["requested_by"]) == ("done", 450, "ann")


def test_a_job_that_ended_or_is_cancelled_already_is_told_apart(system):
    past = Past(system)
    jobs = [past.job(ago(minutes=1), "queued") for _ in range(3)]
    for job in jobs:
        past.task(job, ago(minutes=1), "queued")
    system.query("""SELECT jobs.begin_bulk(now(), gen_random_uuid(), 'cancel', 'ann', NULL, 3, false, NULL, NULL, NULL,
                    NULL, NULL, NULL, NULL, NULL, NULL)""")
    system.query("UPDATE jobs.job_record SET state = 'succeeded', finished_at = now() WHERE id = %s", (jobs[0],))
    system.query("SELECT jobs.cancel_job(now(), %s, 'ben')", (jobs[1],))
    system.query("SELECT jobs.step_bulk(now(), NULL, gen_random_uuid(), 200, 2000)")
    told = system.query("SELECT accepted, ended, cancelling FROM jobs.bulk")[0]
    assert told == {"accepted": 1, "ended": 1, "cancelling": 1}


def test_ddctl_counts_and_cancels(paused):
    open_jobs(paused)
    counted = json.loads(paused.ddctl("job", "bulk", "cancel", "--dealer", SAMPLE, "--dry-run", "--json").stdout)
    assert counted["jobs"] == 3
    done = json.loads(paused.ddctl("job", "bulk", "cancel", "--dealer", SAMPLE, "--expected", "3", "--json").stdout)
    assert done["accepted"] == 3
    assert json.loads(paused.ddctl("job", "bulk-state", done["id"], "--json").stdout)["state"] == "done"
