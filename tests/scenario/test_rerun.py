"""Dead letters: calls that failed for good are found and run once more, by REST and by ddctl."""

import json

import pytest
from fetching import days_back, yesterday
from system import SAMPLE


@pytest.fixture
def broken(running):
    """Three days that failed; the upstream is whole again."""
    running.sim("POST", "/_sim/fault", json={"kind": "status", "value": 404, "times": -1})
    job = running.wait_job(running.submit(days_back(2), yesterday(), slice_hours=24))
    assert (job["state"], job["tasks_failed"]) == ("failed", 3)
    running.sim("DELETE", "/_sim/fault")
    return running, job


def rerun(system, status=202, **body):
    answer = system.api("POST", "/api/v1/jobs/rerun", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def failed(system, job):
    return system.api("GET", f"/api/v1/jobs/{job['id']}/tasks?state=failed").json()["items"]


def test_a_jobs_failed_calls_are_run_again(broken):
    system, job = broken
    counted = rerun(system, job_id=job["id"], dry_run=True)
    assert (counted["tasks"], counted["skipped"], counted["stored"]) == (3, 0, 0) and "id" not in counted
    answer = rerun(system, job_id=job["id"])
    assert (answer["tasks"], answer["job"]["kind"], answer["job"]["priority"]) == (3, "rerun", 1)
    assert system.wait_job(answer)["state"] == "succeeded"
    # All of it is stored by now.
    problem = rerun(system, 422, job_id=job["id"])
    assert problem["code"] == "job.nothing_to_rerun" and problem["detail"] == "Of what failed, 3 are stored by now."
    assert rerun(system, job_id=job["id"], force=True)["tasks"] == 3


def test_one_call_a_filter_and_the_same_request_twice(broken):
    system, job = broken
    system.sim("POST", "/_sim/settings", json={"latency_ms": 1500})
    one = failed(system, job)[0]
    answer = rerun(system, task_ids=[str(one["id"])])
    assert answer["tasks"] == 1
    again = rerun(system, task_ids=[str(one["id"])])
    assert (again["id"], again["existing"]) == (answer["id"], True)
    assert system.wait_job(answer)["state"] == "succeeded"
    answer = rerun(system, dealer_ids=[SAMPLE], error_code="upstream.not_found")
    assert (answer["tasks"], answer["stored"]) == (2, 1)
    assert system.wait_job(answer)["state"] == "succeeded"


def test_what_another_job_is_fetching_is_left_out(broken):
    system, job = broken
    system.sim("POST", "/_sim/settings", json={"latency_ms": 1500})
    other = system.submit(yesterday(), yesterday(), slice_hours=24)
    counted = rerun(system, job_id=job["id"], dry_run=True)
    assert (counted["tasks"], counted["pending"]) == (2, 1)
    yesterdays = max(failed(system, job), key=lambda task: task["from"])
    problem = rerun(system, 422, task_ids=[str(yesterdays["id"])])
    assert problem["code"] == "job.nothing_to_rerun" and "1 are about to be fetched" in problem["detail"]
    assert rerun(system, task_ids=[str(yesterdays["id"])], force=True)["tasks"] == 1
    assert system.wait_job(other)["state"] == "succeeded"


@pytest.mark.parametrize("body, status", [
    ({}, 422), ({"force": True}, 422), ({"task_ids": ["x"]}, 422), ({"task_ids": [1]}, 422),
    ({"dealer_ids": ["00000"]}, 422), ({"from": "yesterday"}, 422), ({"nonsense": 1}, 422),
])
def test_wrong_requests_are_refused(broken, body, status):
    rerun(broken[0], status, **body)


@pytest.mark.parametrize("body", [{"task_ids": []}, {"dealer_ids": []}, {"task_ids": ["99999999999999999999"]}])
def test_an_empty_or_impossible_choice_is_not_everything(broken, body):
    system, _ = broken
    answer = system.api("POST", "/api/v1/jobs/rerun", json=body)
    assert answer.status_code == 422 and answer.json()["errors"][0]["field"] == next(iter(body)), answer.text


def test_what_left_the_history_is_told(broken):
    system, job = broken
    system.ddctl("upstream", "set", "sim", "--history-days", 1)
    answer = rerun(system, job_id=job["id"])
    assert (answer["tasks"], answer["skipped"]) == (1, 2)


def test_ddctl_runs_failed_calls_again(broken):
    system, job = broken
    told = json.loads(system.ddctl("job", "rerun", "--job", job["id"], "--dry-run", "--json").stdout)
    assert told["tasks"] == 3
    none = json.loads(system.ddctl("job", "rerun", "--before", "2026-01-01T00:00:00Z", "--dry-run", "--json").stdout)
    assert none["tasks"] == 0
    told = json.loads(system.ddctl("job", "rerun", "--code", "upstream.not_found", "--since", "2026-01-01T00:00:00Z",
                                   "--json").stdout)
    assert system.wait_job(told["job"])["state"] == "succeeded"


def test_ddctl_tells_why_and_what_to_do(broken):
    system, job = broken
    task = failed(system, job)[0]
    told = system.ddctl("task", "attempts", str(task["id"])).stdout
    assert "HTTP 404" in told and task["error_code"] in told
    assert "HTTP 404" in system.ddctl("errors", task["error_code"], "--lang", "id").stdout
    assert "success_rate" in system.ddctl("job", "stats").stdout


def test_errors_are_explained_in_two_languages(running):
    english = running.api("GET", "/api/v1/errors").json()["items"]
    indonesian = running.api("GET", "/api/v1/errors?lang=id").json()["items"]
    assert [error["code"] for error in english] == [error["code"] for error in indonesian]
    one, = running.api("GET", "/api/v1/errors?code=upstream.quota&lang=id").json()["items"]
    assert one["effect"] == "quota" and one["retry"] == "later" and "tengah malam" in one["advice"]
    assert running.api("GET", "/api/v1/errors?code=upstream.nothing").status_code == 404
    assert running.api("GET", "/api/v1/errors?lang=fr").status_code == 422
