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


def begin(system, action, expected):
    """One that nobody has begun to do."""
    return system.query("""SELECT id::text FROM jobs.begin_bulk(now(), gen_random_uuid(), %s, 'ann', NULL, %s, false, NULL,
                           NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)""", (action, expected))[0]["id"]


def step(system, asked, jobs=100, calls=500, new=None):
    return system.query("SELECT jobs.step_bulk(now(), %s, %s, %s, %s) AS did",
                        (asked, new or str(uuid.uuid4()), jobs, calls))[0]["did"]


def told_of(system, asked, columns):
    return system.query(f"SELECT {columns} FROM jobs.bulk WHERE id = %s", (asked,))[0]


def failed_job(past, tasks, members=()):
    """A job of the past with that many failed calls, each of another minute."""
    job = past.job(ago(hours=1), "failed", [dealer for dealer, _ in members] or ["10001"])
    for _ in range(tasks):
        past.task(job, ago(hours=1), "failed", members=members, error_code="upstream.network")
    past.query("""UPDATE jobs.task t SET from_at = today + n.place * interval '1 minute',
                                         to_at = today + n.place * interval '1 minute' + interval '59 seconds'
                  FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM jobs.task WHERE job_id = %s) n,
                       (SELECT date_trunc('day', now()) - interval '20 days' AS today) d
                  WHERE t.id = n.id""", (job,))
    return job


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
    asked = begin(system, "cancel", 450)
    assert step(system, asked, calls=2000, jobs=200)
    done = system.query("SELECT looked_at, accepted, finished_at FROM jobs.bulk")[0]
    assert (done["looked_at"], done["accepted"], done["finished_at"]) == (200, 200, None)
    system.start("scheduler-1")
    wait_for("the rest", lambda: system.query("SELECT finished_at FROM jobs.bulk")[0]["finished_at"])
    assert system.query("SELECT accepted, ended FROM jobs.bulk")[0] == {"accepted": 450, "ended": 0}
    with system.wire("scheduler-1") as wire:
        told = wire.call("job.bulk_get", {"id": asked})
    assert (told["state"], told["looked_at"], told["requested_by"]) == ("done", 450, "ann")


def test_a_job_that_ended_or_is_cancelled_already_is_told_apart(system):
    past = Past(system)
    jobs = [past.job(ago(minutes=1), "queued") for _ in range(3)]
    for job in jobs:
        past.task(job, ago(minutes=1), "queued")
    asked = begin(system, "cancel", 3)
    system.query("UPDATE jobs.job_record SET state = 'succeeded', finished_at = now() WHERE id = %s", (jobs[0],))
    system.query("SELECT jobs.cancel_job(now(), %s, 'ben')", (jobs[1],))
    assert step(system, asked)
    told = system.query("SELECT accepted, ended, cancelling FROM jobs.bulk")[0]
    assert told == {"accepted": 1, "ended": 1, "cancelling": 1}


def test_one_job_with_many_failed_calls_has_several_steps_and_nothing_is_cut(system):
    past = Past(system)
    failed_job(past, 7)
    asked = begin(system, "rerun", 1)
    calls = []
    while told_of(system, asked, "finished_at")["finished_at"] is None:
        assert step(system, asked, calls=3)
        calls.append(told_of(system, asked, "calls")["calls"])
    assert calls == [3, 6, 7]
    assert told_of(system, asked, "looked_at, accepted, cardinality(made) AS made") == {"looked_at": 1, "accepted": 1, "made": 3}
    assert past.value("SELECT count(*) FROM jobs.task WHERE state = 'queued'") == 7


def test_a_step_is_bounded_by_the_calls_of_all_dealers_of_a_call(system):
    past = Past(system)
    failed_job(past, 3, members=[("10001", 0), ("10002", 0)])
    asked = begin(system, "rerun", 1)
    left = []
    while told_of(system, asked, "finished_at")["finished_at"] is None:
        assert step(system, asked, calls=5)
        left.append(past.value("""SELECT count(*) FROM jobs.task WHERE state = 'failed' AND id >
                                  (SELECT after_task FROM jobs.bulk WHERE looked_at < jobs)"""))
    assert left == [1, 0], "two calls of two dealers are four of five"
    assert told_of(system, asked, "accepted, cardinality(made) AS made") == {"accepted": 1, "made": 2}


def test_one_that_cannot_be_done_does_not_stop_the_others(system):
    past = Past(system)
    failed_job(past, 1)
    bad = begin(system, "rerun", 1)
    waits = past.job(ago(minutes=1), "queued")
    past.task(waits, ago(minutes=1), "queued")
    good = begin(system, "cancel", 1)
    system.query("SELECT jobs.set_pause(now(), 'all', '', NULL, 'test')")
    # What is run again is refused, whatever the reason.
    system.query("ALTER TABLE jobs.job_record ADD CONSTRAINT refused CHECK (kind <> 'rerun')")
    system.start("scheduler-1")
    wait_for("the other one", lambda: told_of(system, good, "finished_at")["finished_at"])
    wait_for("the try", lambda: told_of(system, bad, "due_at > now() AS later")["later"])
    assert told_of(system, bad, "finished_at, looked_at") == {"finished_at": None, "looked_at": 0}
    system.query("ALTER TABLE jobs.job_record DROP CONSTRAINT refused")
    system.query("UPDATE jobs.bulk SET due_at = now()")
    wait_for("its turn", lambda: told_of(system, bad, "finished_at")["finished_at"])
    assert told_of(system, bad, "accepted, calls") == {"accepted": 1, "calls": 1}


def test_what_did_not_go_on_for_an_hour_is_told_as_given_up(system):
    past = Past(system)
    for _ in range(3):
        past.task(past.job(ago(minutes=1), "queued"), ago(minutes=1), "queued")
    system.query("SELECT jobs.set_pause(now(), 'all', '', NULL, 'test')")
    asked = begin(system, "cancel", 3)
    # Begun long ago, but it went on since.
    system.query("UPDATE jobs.bulk SET created_at = now() - interval '2 hours'")
    assert step(system, asked, jobs=1)
    assert told_of(system, asked, "looked_at, finished_at") == {"looked_at": 1, "finished_at": None}
    system.query("UPDATE jobs.bulk SET went_on_at = now() - interval '61 minutes'")
    system.start("scheduler-1")
    with system.wire("scheduler-1") as wire:
        wait_for("the end", lambda: wire.call("job.bulk_get", {"id": asked})["state"] != "running")
        told = wire.call("job.bulk_get", {"id": asked})
    assert (told["state"], told["jobs"], told["looked_at"], told["accepted"]) == ("given_up", 3, 1, 1)


def test_the_text_of_the_filter_stays_out_of_the_trail_and_of_what_is_kept(paused):
    number = "081298765432"
    done = bulk(paused, action="cancel", text=number, dealer_id=SAMPLE, expected=0)
    entry, = audited(paused)
    assert json.loads(entry["after"])["filter"] == {"dealer_id": SAMPLE, "text": "given"}
    kept = paused.query("SELECT b::text AS row FROM jobs.bulk b") + paused.query("SELECT a::text AS row FROM account.audit a")
    assert any(done["id"] in one["row"] for one in kept)
    assert not [one["row"] for one in kept if number in one["row"]]


def test_the_same_key_with_another_text_is_another_request(paused):
    key = {"Idempotency-Key": f"k-{uuid.uuid4()}"}
    bulk(paused, headers=key, action="cancel", text="one", expected=0)
    assert bulk(paused, headers=key, action="cancel", text="one", expected=0)["replayed"]
    assert bulk(paused, 422, headers=key, action="cancel", text="two", expected=0)["code"] == "job.key_reused"


def test_ddctl_counts_and_cancels(paused):
    open_jobs(paused)
    counted = json.loads(paused.ddctl("job", "bulk", "cancel", "--dealer", SAMPLE, "--dry-run", "--json").stdout)
    assert counted["jobs"] == 3
    done = json.loads(paused.ddctl("job", "bulk", "cancel", "--dealer", SAMPLE, "--expected", "3", "--json").stdout)
    assert done["accepted"] == 3
    assert json.loads(paused.ddctl("job", "bulk-state", done["id"], "--json").stdout)["state"] == "done"
