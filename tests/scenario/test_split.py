"""Windows that are refused, and answers that are too large: halves of the window, until they fit."""

import time

import pytest
from fetching import Pipeline, days_back, yesterday


@pytest.fixture
def pipeline(system):
    system.settings.update(DD_RETRY_MAX=2, DD_RETRY_BASE_MS=50, DD_LEASE_MS=2000)
    return Pipeline(system)


def windows(pipeline, job):
    return [(task["from"], task["to"], task["state"]) for task in
            sorted(pipeline.tasks(job), key=lambda task: task["from"])]


def hour(number):
    return {"from": f"{yesterday()} {number:02d}:00:00", "to": f"{yesterday()} {number:02d}:59:59"}


def run(pipeline, begins, ends, **more):
    return pipeline.wait(pipeline.call("scheduler", "job.submit", {
        "dealer_ids": ["12284"], "from": begins, "to": ends, **more}))


def test_a_refused_window_becomes_days(pipeline):
    pipeline.sim("POST", "settings", profile="spec13", max_days=1)
    job = pipeline.run(days_back(3), yesterday(), slice_hours=96)
    assert (job["state"], job["tasks_total"], job["tasks_succeeded"]) == ("succeeded", 4, 4)
    assert windows(pipeline, job) == [
        (f"{days_back(n)} 00:00:00", f"{days_back(n)} 23:59:59", "succeeded") for n in (3, 2, 1, 0)]
    pipeline.assert_exact(days_back(3), yesterday())


def test_an_answer_that_is_too_large_is_asked_for_in_halves(pipeline):
    pipeline.run(days_back(3), yesterday())
    largest = max(call["bytes"] for call in pipeline.sim("GET", "calls")["calls"])
    pipeline.set_upstream(max_body_bytes=largest + 100)
    pipeline.system.query("TRUNCATE feed.prospect, feed.prospect_unit")
    job = pipeline.run(days_back(3), yesterday(), slice_hours=96)
    assert job["state"] == "succeeded" and job["tasks_total"] in (3, 4)
    attempts = pipeline.system.query("SELECT outcome, error_code FROM jobs.attempt WHERE task_id IN"
                                     " (SELECT id FROM jobs.task WHERE job_id = %s)", (job["id"],))
    assert {row["error_code"] for row in attempts if row["outcome"] == "failed"} == {"upstream.too_large"}
    pipeline.assert_exact(days_back(3), yesterday())


def test_no_half_is_shorter_than_an_hour(pipeline):
    pipeline.set_upstream(max_body_bytes=1024)
    pipeline.sim("POST", "settings", bulk_rows=20)
    job = run(pipeline, f"{yesterday()} 00:00:00", f"{yesterday()} 03:59:59")
    assert (job["state"], job["error_code"], job["tasks_failed"]) == ("failed", "upstream.too_large", 4)
    assert [(begins[11:], ends[11:]) for begins, ends, _ in windows(pipeline, job)] == [
        (f"{n:02d}:00:00", f"{n:02d}:59:59") for n in range(4)]


def memory(process):
    """The most memory that a process ever had, in MB."""
    with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
        peak = next(line for line in file if line.startswith("VmHWM"))
    return int(peak.split()[1]) / 1024


@pytest.mark.parametrize("announced", [True, False])
def test_three_hundred_megabytes_are_refused_while_they_come(pipeline, announced):
    run(pipeline, **{"begins": hour(9)["from"], "ends": hour(9)["to"]})
    fetcher = pipeline.system["fetcher-1"]
    before, begun = memory(fetcher), time.monotonic()
    pipeline.sim("POST", "fault", kind="huge", announced=announced, times=1)
    job = run(pipeline, **{"begins": hour(10)["from"], "ends": hour(10)["to"]})
    assert (job["state"], job["error_code"]) == ("failed", "upstream.too_large")
    assert time.monotonic() - begun < 20
    assert memory(fetcher) - before < 20
    attempt, = pipeline.attempts(pipeline.tasks(job)[0])
    limit = pipeline.system.query("SELECT max_body_bytes FROM dealer.upstream")[0]["max_body_bytes"]
    assert attempt["bytes"] <= limit and (attempt["bytes"] == 0) == announced
    assert run(pipeline, hour(10)["from"], hour(10)["to"])["state"] == "succeeded"
