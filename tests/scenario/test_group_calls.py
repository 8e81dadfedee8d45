"""One call for all dealers of a credential: rows told apart by dealerId, each dealer's coverage its own."""

import pytest
from fetching import Pipeline, days_back, yesterday
from system import SAMPLE, wait_for

OTHER = "99901"  # the simulator's second dealer of the sample's group


@pytest.fixture
def pipeline(make_system):
    pipeline = Pipeline(make_system(), upstream={"group_calls": True})
    pipeline.add_dealer(OTHER)
    return pipeline


def covered(pipeline, dealer):
    item = pipeline.call("scheduler", "coverage.list", {"dealer_id": dealer, "from": str(days_back(6))})["items"][0]
    return {day["day"]: (day["state"], day["row_count"]) for day in item["days"] if "row_count" in day}


def calls(pipeline):
    return pipeline.sim("GET", "calls")["calls"]


def flagged(pipeline):
    """The credential that the upstream refused, if any."""
    credential, = pipeline.call("scheduler", "upstream.state", {"name": "sim"})["credentials"]
    return credential if credential.get("flagged_at") else None


def test_one_call_serves_all_dealers_and_each_has_its_rows(pipeline):
    job = pipeline.run(days_back(6), days_back(5), dealers=[SAMPLE, OTHER], slice_hours=24)
    assert (job["state"], job["tasks_total"], job["dealer_ids"]) == ("succeeded", 2, [SAMPLE, OTHER])
    for dealer in (SAMPLE, OTHER):
        truth = pipeline.assert_exact(days_back(6), days_back(5), dealer)
        rows = covered(pipeline, dealer)
        assert list(rows) == [str(days_back(6)), str(days_back(5))]
        assert sum(count for _, count in rows.values()) >= len(truth) > 0
    assert pipeline.system.query("SELECT dealer_id FROM jobs.task") == [{"dealer_id": "*"}] * 2


def test_long_windows_tell_each_dealers_days_apart(pipeline):
    pipeline.run(days_back(6), yesterday(), dealers=[SAMPLE, OTHER], slice_hours=168)
    together = {dealer: covered(pipeline, dealer) for dealer in (SAMPLE, OTHER)}
    pipeline.set_upstream(group_calls=False)
    for dealer in (SAMPLE, OTHER):
        job = pipeline.run(days_back(6), yesterday(), dealers=[dealer], slice_hours=24)
        assert job["tasks_total"] == 7 and job["rows_new"] == 0
        assert {d: s for d, (s, _) in covered(pipeline, dealer).items()} == {
            d: s for d, (s, _) in together[dealer].items()}


def test_only_the_dealers_that_want_a_day_share_its_call(pipeline):
    pipeline.run(days_back(3), days_back(3), dealers=[OTHER])
    job = pipeline.run(days_back(3), days_back(2), dealers=[SAMPLE, OTHER], only="missing", slice_hours=24)
    found = pipeline.system.query("SELECT dealer_id, from_at::date::text AS day FROM jobs.task WHERE job_id = %s "
                                  "ORDER BY id", (job["id"],))
    assert found == [{"dealer_id": SAMPLE, "day": str(days_back(3))}, {"dealer_id": "*", "day": str(days_back(2))}]
    assert job["state"] == "succeeded"


def test_a_failed_group_call_fails_for_each_dealer(pipeline):
    pipeline.sim("POST", "fault", kind="status", value=404)
    job = pipeline.run(days_back(3), days_back(3), dealers=[SAMPLE, OTHER])
    assert job["state"] == "failed"
    for dealer in (SAMPLE, OTHER):
        item = pipeline.call("scheduler", "coverage.list", {"dealer_id": dealer})["items"][0]
        assert item["failed"] == 1


def test_a_refused_group_call_fails_as_one_and_the_others_wait_until_unflagged(pipeline):
    pipeline.set_upstream(group_calls=True, concurrency=1)
    pipeline.sim("POST", "fault", kind="status", value=401)
    job = pipeline.submit(days_back(4), days_back(2), dealers=[SAMPLE, OTHER], slice_hours=24)
    state = wait_for("the flag", lambda: flagged(pipeline))
    assert (state["flag_code"], sorted(state["dealer_ids"])) == ("upstream.credential", [SAMPLE, OTHER])
    assert wait_for("the reason", lambda: pipeline.job(job).get("waiting_for")) == "credential_flagged"
    now = pipeline.job(job)
    assert (now["tasks_total"], now["tasks_failed"], now["tasks_queued"], len(calls(pipeline))) == (3, 1, 2, 1)
    pipeline.call("scheduler", "credential.unflag", {"credential_id": state["id"]})
    done = pipeline.wait(job)
    assert (done["state"], done["tasks_succeeded"], done["tasks_failed"]) == ("partial", 2, 1)
    assert not flagged(pipeline) and len(calls(pipeline)) == 3
    for dealer in (SAMPLE, OTHER):
        item = pipeline.call("scheduler", "coverage.list", {"dealer_id": dealer})["items"][0]
        assert item["failed"] == 1


def test_a_group_call_that_is_too_large_is_split_by_window(pipeline):
    window = (days_back(4), days_back(1))
    pipeline.run(*window, dealers=[SAMPLE, OTHER], slice_hours=24)
    largest = max(call["bytes"] for call in calls(pipeline))
    pipeline.set_upstream(group_calls=True, max_body_bytes=largest + 100)
    pipeline.system.query("TRUNCATE feed.prospect, feed.prospect_unit")
    job = pipeline.run(*window, dealers=[SAMPLE, OTHER], slice_hours=96)
    assert job["state"] == "succeeded" and job["tasks_total"] in (3, 4)
    assert {task["dealer_id"] for task in pipeline.tasks(job)} == {"*"}
    for dealer in (SAMPLE, OTHER):
        pipeline.assert_exact(*window, dealer)


def test_a_group_call_of_an_hour_that_is_too_large_is_split_by_dealers(pipeline):
    hour = (f"{days_back(2)} 09:00:00", f"{days_back(2)} 09:59:59")
    pipeline.sim("POST", "settings", bulk_rows=20)
    for dealer in (SAMPLE, OTHER):
        pipeline.run(*hour, dealers=[dealer])
    largest = max(call["bytes"] for call in calls(pipeline))
    pipeline.set_upstream(group_calls=True, max_body_bytes=largest + 100)
    pipeline.system.query("TRUNCATE feed.prospect, feed.prospect_unit")
    job = pipeline.run(*hour, dealers=[SAMPLE, OTHER])
    assert (job["state"], job["tasks_succeeded"], job["rows_new"]) == ("succeeded", 2, 40)
    assert sorted(task["dealer_id"] for task in pipeline.tasks(job)) == [SAMPLE, OTHER]
    assert [call["status"] for call in calls(pipeline)] == [200] * 5, "each alone, both at once, each alone"
