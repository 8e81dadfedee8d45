"""How fetching went: figures by day and dealer, totals, and what failed most."""

import csv
import io
from datetime import datetime, timedelta, timezone

import pytest
from past import Past
from system import wait_for
from wire import BusError

DAY = "2026-03-05"
JAKARTA = timezone(timedelta(hours=7))


def at(day, hour=12, minute=0):
    return datetime(2026, 3, day, hour, minute, tzinfo=JAKARTA)


@pytest.fixture
def past(system):
    past = Past(system)
    system.start("analytics-1")
    return past


def ask(past, **filters):
    with past.system.wire("analytics-1") as wire:
        return wire.call("job.statistics", {"from": "2026-03-01", "to": "2026-03-31", **filters})


def pick(record, *names):
    return tuple(record.get(name) for name in names)


def test_figures_of_each_day_and_dealer_and_of_all(past):
    job = past.job(at(5), dealers=["10001", "10002"])
    for n in range(1, 101):
        past.task(job, at(5), seconds=n / 10, rows_read=10, rows_new=4, rows_changed=1, rows_quarantined=2, bytes=100)
    past.task(job, at(5), "failed", seconds=1, attempt=3, error_code="upstream.network")
    past.task(job, at(6), "failed", "10002", seconds=2, attempt=5, error_code="upstream.server_error")
    past.task(job, at(6), "failed", "10002", seconds=2, attempt=5, error_code="upstream.server_error", feed="spk")
    past.task(job, at(6), "cancelled", "10002", seconds=0, attempt=0, started_at=None)
    past.task(job, at(6), "succeeded", "10002", seconds=3, kind="replay")
    past.task(job, at(6), "queued", "10002")
    told = ask(past)
    assert [pick(i, "day", "dealer_id", "tasks", "succeeded", "failed", "cancelled") for i in told["items"]] == [
        ("2026-03-05", "10001", 101, 100, 1, 0), ("2026-03-06", "10002", 4, 1, 2, 1)]
    first, second = told["items"]
    assert pick(first, "attempts", "retries", "calls", "rows_read", "rows_new", "rows_changed", "rows_quarantined",
                "bytes") == (103, 2, 103, 1000, 400, 100, 200, 10000)
    for name, true in (("p50_ms", 5000), ("p95_ms", 9500), ("p99_ms", 9900)):
        assert true <= first[name] <= 1.07 * true
    assert pick(second, "attempts", "retries", "calls") == (11, 8, 10) and 2000 <= second["p50_ms"] <= 2140
    assert abs(first["success_rate"] - 100 / 101) < 1e-9 and abs(second["success_rate"] - 1 / 3) < 1e-9
    assert pick(told["totals"], "tasks", "succeeded", "failed", "cancelled", "attempts", "rows_read", "day",
                "dealer_id") == (105, 101, 3, 1, 114, 1000, None, None)
    assert told["totals"]["p99_ms"] == first["p99_ms"]
    assert told["errors"] == [{"code": "upstream.server_error", "count": 2}, {"code": "upstream.network", "count": 1}]


def test_a_call_for_several_dealers_counts_for_each_and_once_in_all(past):
    job = past.job(at(5), dealers=["10001", "10002"])
    past.task(job, at(5), rows_read=7, attempt=2, members=[("10001", 5), ("10002", 2)])
    told = ask(past)
    assert [pick(i, "dealer_id", "tasks", "rows_read", "calls") for i in told["items"]] == [
        ("10001", 1, 5, 2), ("10002", 1, 2, 2)]
    assert pick(told["totals"], "tasks", "rows_read", "calls") == (1, 7, 2)
    told = ask(past, dealer_id="10002")
    assert [i["dealer_id"] for i in told["items"]] == ["10002"]
    assert pick(told["totals"], "tasks", "rows_read") == (1, 2)


@pytest.mark.parametrize("ms", [0, 1, 2, 3, 7, 30, 100, 1234, 60000, 3600000])
def test_times_are_rounded_up_a_little(past, ms):
    past.task(past.job(at(5)), at(5), seconds=ms / 1000)
    told = ask(past)["totals"]
    assert ms <= told["p50_ms"] == told["p95_ms"] == told["p99_ms"] <= 1 + 1.07 * ms


def test_days_are_those_of_the_upstream(past):
    job = past.job(at(5))
    past.task(job, at(4, 23, 59), seconds=0)
    past.task(job, at(5, 0, 0), seconds=0)
    past.task(job, at(5, 23, 59), seconds=59)
    past.task(job, at(6, 0, 0), seconds=0)
    assert [pick(i, "day", "tasks") for i in ask(past)["items"]] == [
        ("2026-03-04", 1), ("2026-03-05", 2), ("2026-03-06", 1)]
    told = ask(past, **{"from": DAY, "to": DAY})
    assert pick(told["totals"], "tasks") == (2,) and pick(told, "from", "to") == (DAY, DAY)


def test_filters(past):
    job = past.job(at(5), dealers=["10001", "10002"])
    past.task(job, at(5), "failed", "10001", error_code="upstream.network")
    past.task(job, at(5), "failed", "10002", error_code="upstream.refused", feed="spk")
    for filters, dealers, code in [({"dealer_id": "10001"}, ["10001"], "upstream.network"),
                                   ({"feed": "spk"}, ["10002"], "upstream.refused")]:
        told = ask(past, **filters)
        assert [i["dealer_id"] for i in told["items"]] == dealers
        assert told["totals"]["tasks"] == 1 and told["errors"] == [{"code": code, "count": 1}]


def test_nothing_is_no_error_and_the_range_has_bounds(past):
    told = ask(past)
    assert told["items"] == [] and told["errors"] == [] and told["totals"]["tasks"] == 0
    assert "success_rate" not in told["totals"] and "p50_ms" not in told["totals"]
    with past.system.wire("analytics-1") as wire:
        usual = wire.call("job.statistics", {})
    today = datetime.now(JAKARTA).date()
    assert pick(usual, "from", "to") == (str(today - timedelta(days=29)), str(today))
    for days in ({"from": "2026-03-02", "to": "2026-03-01"}, {"from": "2026-01-01", "to": "2026-04-03"}):
        with pytest.raises(BusError) as error:
            ask(past, **days)
        assert error.value.code == "field.range" and error.value.fields[0][0] == "to"


def test_what_takes_too_long_is_refused_with_advice_and_the_next_question_answered(past):
    past.task(past.job(at(5)), at(5))
    definition = past.value("SELECT pg_get_functiondef('jobs.ended_figures'::regproc)")
    past.query(definition.replace("RETURN QUERY", "PERFORM pg_sleep(30 * (p_dealer IS NULL)::int);\n    RETURN QUERY", 1))
    with pytest.raises(BusError) as error:
        ask(past)
    assert error.value.code == "field.limit" and error.value.fields[0][0] == "to"
    assert ask(past, dealer_id="10001")["totals"]["tasks"] == 1


def test_last_good_figures_while_postgresql_is_away(past, cluster):
    past.system.start_redis()
    past.task(past.job(at(5)), at(5))
    wait_for("the cache", lambda: not ask(past).get("stale") and len(ask(past)["items"]) == 1)
    wait_for("the figures to be kept", lambda: bool(kept(past)))
    cluster.stop("QUIT")
    try:
        wait_for("the end of the same ten seconds", lambda: ask(past).get("stale"), 15)
        assert ask(past)["totals"]["tasks"] == 1
    finally:
        cluster.start()
    wait_for("fresh figures", lambda: not ask(past).get("stale"), 15)


def kept(past):
    import redis

    return redis.Redis(unix_socket_path=str(past.system.run / "redis.sock")).keys("dd:*:statistics:*@last")


def test_by_rest_and_as_a_file(past):
    past.task(past.job(at(5)), at(5), seconds=2)
    past.system.start("dealer-1", "scheduler-1", "gateway-api", "gateway-admin")
    for role in ("api", "admin"):
        wait_for("the gateway", lambda role=role: past.system.api("GET", "/readyz", role=role).ok)
        path = "/api/v1/jobs/statistics?from=2026-03-01&to=2026-03-31"
        told = past.system.api("GET", path, role=role).json()
        assert 2000 <= told["items"][0]["p50_ms"] <= 2140 and told["items"][0]["success_rate"] == 1
        text = past.system.api("GET", path + "&format=csv", role=role).text
        row = next(csv.DictReader(io.StringIO(text)))
        assert pick(row, "day", "dealer_id", "tasks", "rows_read") == (DAY, "10001", "1", "0")
    past.system["analytics-1"].kill()
    wait_for("the admin's gateway to go on without it", lambda: past.system.api(
        "GET", "/readyz", role="admin").json()["degraded"])
    assert past.system.api("GET", "/readyz", role="admin").ok
