"""One call for all dealers of a credential: rows told apart by dealerId, each dealer's coverage its own."""

import pytest
from fetching import Pipeline, days_back, yesterday
from system import SAMPLE

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
