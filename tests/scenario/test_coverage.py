"""Coverage through the whole pipeline: fetched from the simulator, asked for by REST, holes filled."""

from datetime import timedelta

import pytest
from fetching import Pipeline, days_back, today, yesterday
from system import SAMPLE, wait_for


@pytest.fixture
def pipeline(make_system):
    system = make_system()
    pipeline = Pipeline(system, upstream={"history_days": 30}, DD_RETRY_MAX=1)
    system.settings["DD_RETRY_MAX"] = 1
    system["scheduler-1"].stop()
    system.start("scheduler-1", "gateway-api")
    wait_for("the gateway", lambda: system.api("GET", "/api/v1/coverage").ok)
    return pipeline


def coverage(pipeline, dealer=SAMPLE, **query):
    answer = pipeline.system.api("GET", "/api/v1/coverage", params={"dealer_id": dealer, **query})
    assert answer.status_code == 200, answer.text
    return answer.json()["items"][0]


def states(pipeline, *backs, **query):
    days = {day["day"]: day["state"] for day in coverage(pipeline, **query)["days"]}
    return [days[str(today() - timedelta(days=back))] for back in backs]


def test_a_fetched_day_is_complete_and_tells_its_rows(pipeline):
    before = coverage(pipeline)
    assert (before["never"], "mark" in before, len(before["days"]), before["days_left"]) == (31, False, 31, 0)
    assert before["days"][5]["text"] == f"Changes of {days_back(24)} not fetched."
    job = pipeline.run(days_back(2), yesterday(), slice_hours=24)
    after = coverage(pipeline)
    fetched = [day for day in after["days"] if day["state"] in ("complete", "empty")]
    assert [day["day"] for day in fetched] == [str(days_back(2)), str(days_back(1)), str(yesterday())]
    assert sum(day["row_count"] for day in fetched) == job["rows_read"]
    assert all((day["row_count"] == 0) == (day["state"] == "empty") for day in fetched)
    assert after["mark"] == f"{today()} 00:00:00" and after["never"] == 28


def test_days_of_a_long_window_are_told_apart(pipeline):
    pipeline.run(days_back(5), yesterday(), slice_hours=168)
    long = {day["day"]: (day["state"], day["row_count"]) for day in coverage(pipeline)["days"] if "row_count" in day}
    pipeline.run(days_back(5), yesterday(), slice_hours=24)
    by_day = {day["day"]: (day["state"], day["row_count"]) for day in coverage(pipeline)["days"] if "row_count" in day}
    assert len(long) == 6 and {d: s for d, (s, _) in long.items()} == {d: s for d, (s, _) in by_day.items()}
    assert sum(n for _, n in long.values()) <= sum(n for _, n in by_day.values())


def test_today_is_partial_and_the_mark_is_an_hour_ago(pipeline):
    pipeline.run(yesterday(), today())
    assert states(pipeline, 1, 0) == ["complete", "partial"]
    stands = coverage(pipeline)["mark"]
    assert stands > f"{yesterday()} 22:00:00"


def test_exactly_the_holes_are_fetched(pipeline):
    pipeline.run(days_back(6), days_back(5))
    pipeline.run(days_back(2), days_back(2))
    job = pipeline.run(days_back(6), yesterday(), only="missing")
    asked = [(task["from"][:10], task["to"][:10]) for task in pipeline.tasks(job)]
    assert asked == [(str(d), str(d)) for d in (days_back(4), days_back(3), days_back(1), yesterday())]
    assert job["kind"] == "backfill" and job["priority"] == 3
    assert set(states(pipeline, *range(1, 8))) <= {"complete", "empty"}
    pipeline.assert_exact(days_back(6), yesterday())


def test_a_failed_day_is_fetched_again_by_its_rule_alone(pipeline):
    pipeline.run(days_back(4), days_back(4))
    pipeline.sim("POST", "fault", kind="status", value=500)
    failed = pipeline.run(days_back(3), days_back(3))
    assert failed["state"] == "failed", failed
    assert states(pipeline, 4) == ["failed"]
    day = next(d for d in coverage(pipeline)["days"] if d["state"] == "failed")
    assert day["error_code"].startswith("upstream.") and day["text"].endswith("the last call failed.")
    job = pipeline.run(days_back(4), days_back(2), only="missing")
    assert [task["from"][:10] for task in pipeline.tasks(job)] == [str(days_back(2))]
    job = pipeline.run(days_back(4), days_back(2), only="missing_failed")
    assert [task["from"][:10] for task in pipeline.tasks(job)] == [str(days_back(3))]
    assert set(states(pipeline, 3, 4, 5)) <= {"complete", "empty"}


def test_a_waiting_call_is_pending(pipeline):
    pipeline.system["fetcher-1"].stop()
    pipeline.submit(days_back(2), yesterday())
    assert states(pipeline, 1, 2, 3, 4) == ["pending", "pending", "pending", "never"]


def test_what_left_the_history_is_lost(pipeline):
    pipeline.run(days_back(9), days_back(8))
    pipeline.set_upstream(history_days=8)
    assert states(pipeline, 9, 10, 11, **{"from": str(days_back(11))}) in (
        ["complete", "complete", "lost"], ["complete", "empty", "lost"], ["empty", "complete", "lost"])
    # The upstream holds the first day of its history in part alone.
    job = pipeline.run(days_back(7), days_back(7))
    assert job["state"] == "succeeded"
    assert states(pipeline, 8) == ["partial"]


def test_all_dealers_in_sums_page_by_page(pipeline):
    for code in ("a1", "a2", "a3"):
        pipeline.add_dealer(code)
    pipeline.run(yesterday(), yesterday())
    found, cursor = [], None
    while True:
        page = pipeline.system.api("GET", "/api/v1/coverage", params={"limit": 3, **({"cursor": cursor} if cursor else {})}).json()
        found += page["items"]
        cursor = page.get("next")
        if not cursor:
            break
    assert [item["dealer_id"] for item in found] == [SAMPLE, "a1", "a2", "a3"]
    assert [item["complete"] for item in found] == [1, 0, 0, 0]
    assert all("days" not in item for item in found)


def test_holes_soon_lost_are_warned_of(pipeline):
    pipeline.run(yesterday(), yesterday())
    pipeline.system["scheduler-1"].stop()
    pipeline.system.start("scheduler-1")

    def warnings():
        return [line for line in pipeline.system["scheduler-1"].text().splitlines() if "will be lost" in line]

    assert len(wait_for("the warnings", lambda: len(warnings()) >= 4 and warnings())) == 4
    pipeline.system["scheduler-1"].stop()
    pipeline.system.start("scheduler-1")
    pipeline.run(days_back(1), days_back(1))  # by then it has looked
    assert len(warnings()) == 4


def test_an_upstream_with_a_longer_history_than_an_answer_has_days_begins_later(pipeline):
    pipeline.set_upstream(history_days=3660)
    found = coverage(pipeline)
    assert (len(found["days"]), found["from"]) == (799, str(today() - timedelta(days=798)))
    assert coverage(pipeline, **{"from": "2001-01-01"})["from"] == found["from"]


def test_sums_of_many_dealers_with_many_waiting_calls(pipeline):
    """Two thousand calls of fifty dealers that the database has no statistics of yet."""
    pipeline.system["fetcher-1"].stop()
    dealers = [f"{n}" for n in range(30001, 30051)]
    for dealer in dealers:
        pipeline.add_dealer(dealer)
    job = pipeline.submit(days_back(1), yesterday(), dealers=dealers, slice_hours=1)
    assert job["tasks_total"] == 50 * 48
    items = pipeline.system.api("GET", "/api/v1/coverage").json()["items"]
    assert [item["pending"] for item in items if item["dealer_id"] in dealers] == [2] * 49
