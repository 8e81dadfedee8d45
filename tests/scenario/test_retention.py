"""Old things go by themselves: settings by REST, deleted by the schedulers while they work."""

import pytest
from fetching import Pipeline, yesterday
from system import wait_for


@pytest.fixture
def pipeline(system):
    system.settings["DD_SWEEP_MS"] = "200"
    return Pipeline(system)


def age(pipeline, job, days):
    pipeline.system.query("UPDATE jobs.job_record SET finished_at = finished_at - make_interval(days => %s)"
                          " WHERE id = %s", (days, job["id"]))


def jobs(pipeline):
    return {job["id"] for job in pipeline.call("scheduler", "job.list")["items"]}


def test_old_jobs_go_under_two_schedulers_and_their_rows_stay(pipeline):
    pipeline.system.start("scheduler-2")
    old, young = (pipeline.run(yesterday(), yesterday()) for _ in range(2))
    stored = pipeline.assert_exact(yesterday(), yesterday())
    age(pipeline, old, 91)
    wait_for("the old job to go", lambda: jobs(pipeline) == {young["id"]})
    assert pipeline.stored() and pipeline.assert_exact(yesterday(), yesterday()) == stored
    left = pipeline.system.query("SELECT job_id::text AS job FROM jobs.task")
    assert {row["job"] for row in left} == {young["id"]}
    swept = []
    for name in ("scheduler-1", "scheduler-2"):
        swept += [line["rows"] for line in pipeline.system[name].lines()
                  if line["msg"] == "swept" and line["kind"] == "jobs"]
        assert not [line for line in pipeline.system[name].lines() if line["msg"] == "sweep failed"]
    assert sum(swept) == 2  # the job and its task, once
    # The days that it fetched are still known.
    assert pipeline.system.query("SELECT count(*) AS n FROM jobs.coverage")[0]["n"] >= 1


def test_settings_are_told_and_changed_over_rest(pipeline):
    system = pipeline.system
    system.start_redis()
    system.start("analytics-1", "gateway-api")
    wait_for("the gateway", lambda: system.api("GET", "/readyz").ok)
    rows = {row["name"]: row for row in system.api("GET", "/api/v1/settings?prefix=retention.").json()["items"]}
    assert rows["retention.jobs_days"]["value"] == rows["retention.jobs_days"]["usual"] == 90
    job = pipeline.run(yesterday(), yesterday())
    age(pipeline, job, 10)
    answer = system.api("PUT", "/api/v1/settings/retention.jobs_days", json={"value": 7})
    assert (answer.status_code, answer.json()["value"], answer.json()["changed_by"]) == (200, 7, "admin-key")
    wait_for("the job to go", lambda: jobs(pipeline) == set())
    for value, code in ((3651, "field.range"), (-1, "field.range"), ("many", "field.type")):
        answer = system.api("PUT", "/api/v1/settings/retention.jobs_days", json={"value": value})
        assert (answer.status_code, answer.json()["code"], answer.json()["errors"][0]["field"]) == (422, code, "value")
    assert system.api("PUT", "/api/v1/settings/retention.nothing", json={"value": 1}).status_code == 404
