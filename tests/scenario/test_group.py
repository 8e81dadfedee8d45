"""Dealers side by side equal the report of each; and where stored rows come from."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from test_figures import OTHER, REAL, SAMPLE, days_back, shop, today  # noqa: F401
from wire import BusError

SORTS = ["total", "recent", "active", "new", "deals", "deal_rate", "change", "fetched_at", "gaps"]
SAME = ["total", "recent", "active", "new", "deals", "lost"]


def group(shop, **ask):
    return shop.pipeline.call("analytics", "report.group", {k: str(v) if not isinstance(v, list) else v for k, v in ask.items()})


def call(shop, method, **ask):
    return shop.pipeline.call("analytics", method, ask)


@pytest.mark.parametrize("first, last", [(27, 0), (20, 8), (3, -2), (0, 0), (120, 110)])
def test_each_row_equals_the_report_of_its_dealer(shop, first, last):  # noqa: F811
    window = {"from": str(days_back(first)), "to": str(days_back(last))}
    answer = group(shop, compare="previous", **window)
    assert {row["dealer_id"] for row in answer["items"]} == {SAMPLE, OTHER, REAL}
    for row in answer["items"]:
        alone = call(shop, "report.prospects", dealer_id=row["dealer_id"], compare="previous", **window)
        assert {name: row[name] for name in SAME} == {name: alone[name] for name in SAME}
        assert row.get("deal_rate") == pytest.approx(alone.get("deal_rate"))
        assert row["previous_total"] == alone["previous"]["total"]
        assert row["fetched_at"] == alone["stamp"]["fetched_at"]
        before = today() - timedelta(1)
        missing = [(min(date.fromisoformat(gap["to"]), before) - date.fromisoformat(gap["from"])).days + 1
                   for gap in alone["gaps"] if gap["state"] != "empty" and date.fromisoformat(gap["from"]) <= before]
        assert row["gaps"] == sum(missing)
        counts = [day["count"] for day in alone["daily_counts"]]
        assert [int(n) for n in row["series"].split(",")] == counts
        if row["previous_total"]:
            assert row["change"] == pytest.approx(row["total"] / row["previous_total"] - 1)


def test_totals_leave_simulated_dealers_out_beside_real_ones(shop):  # noqa: F811
    window = {"from": str(days_back(20)), "to": str(today())}
    for dealers, counted in ((None, [REAL]), ([SAMPLE, REAL], [REAL]), ([SAMPLE, OTHER], [SAMPLE, OTHER])):
        answer = group(shop, **window, **({"dealer_ids": dealers} if dealers else {}))
        assert {row["dealer_id"] for row in answer["items"] if not row["left_out"]} == set(counted)
        for name in SAME:
            assert answer["totals"][name] == sum(r[name] for r in answer["items"] if r["dealer_id"] in counted)
        series = [[int(n) for n in r["series"].split(",")] for r in answer["items"] if r["dealer_id"] in counted]
        assert [int(n) for n in answer["totals"]["series"].split(",")] == [sum(day) for day in zip(*series)]


def test_today_is_no_gap_but_so_far(shop):  # noqa: F811
    for first, last, so_far in ((3, -1, True), (-1, -1, True), (3, 0, False)):
        answer = group(shop, **{"from": days_back(first), "to": days_back(last)})
        assert {row["gaps"] for row in answer["items"]} == {0}
        assert {row["so_far"] for row in answer["items"]} == {so_far}
        assert answer["totals"].get("so_far", False) == so_far
        assert answer["zone"] == "Asia/Jakarta"


@pytest.mark.parametrize("sort", SORTS)
def test_the_order_is_what_was_asked_for(shop, sort):  # noqa: F811
    for order in ("asc", "desc"):
        rows = group(shop, sort=sort, order=order, compare="previous", **{"from": days_back(20), "to": days_back(12)})["items"]
        keys = [row[sort] for row in rows if sort in row]
        assert keys == sorted(keys, reverse=order == "desc") and len(rows) == 3
        assert all(sort in row for row in rows[:len(keys)]), "what is not known comes last"
    names = [row["dealer_id"] for row in group(shop, sort="dealer", order="asc")["items"]]
    assert names == sorted(names)


def test_of_a_group_only_dealers_in_sight_are_told(shop):  # noqa: F811
    group(shop)
    with shop.system.wire("analytics-1") as wire:
        limited = {"principal": "x", "role": "viewer", "dealers": [SAMPLE]}
        assert [row["dealer_id"] for row in wire.call("report.group", {}, **limited)["items"]] == [SAMPLE]
        with pytest.raises(BusError) as refusal:
            wire.call("report.group", {"dealer_ids": [SAMPLE, REAL]}, **limited)
        assert refusal.value.code == "record.not_found"


@pytest.mark.parametrize("ask, field", [
    ({"from": "2026-01-02", "to": "2026-01-01"}, "to"), ({"from": "2024-01-01", "to": "2026-01-01"}, "to"),
    ({"from": "2026-01-01"}, "to"), ({"dealer_ids": ["none"]}, "dealer_ids"), ({"sort": "size"}, "sort")])
def test_a_wrong_group_names_its_field(shop, ask, field):  # noqa: F811
    with pytest.raises(BusError) as refusal:
        call(shop, "report.group", **ask)
    assert refusal.value.fields[0][0] == field


def test_every_stored_row_is_traced_to_the_call_that_brought_it(shop):  # noqa: F811
    window = {"from": str(days_back(18)), "to": str(days_back(4))}
    items, cursor = [], {}
    while True:
        page = call(shop, "report.provenance", dealer_id=SAMPLE, limit=3, **window, **cursor)
        items += page["items"]
        if "next" not in page:
            break
        cursor = {"cursor": page["next"]}
    true = shop.sql("""SELECT p.task_id, p.epoch, count(*) AS rows, t.job_id::text AS job_id, a.total_ms, a.http_status
                       FROM feed.prospect p JOIN jobs.task t ON t.id = p.task_id
                       JOIN jobs.attempt a ON a.task_id = p.task_id AND a.epoch = p.epoch
                       WHERE p.dealer_id = %(d)s AND p.tanggal_prospect BETWEEN %(first)s AND %(last)s
                       GROUP BY 1, 2, 4, 5, 6 ORDER BY 1 DESC, 2 DESC""", d=SAMPLE, first=window["from"], last=window["to"])
    assert [{name: item[name] for name in true[0]} for item in items] == true and len(true) > 3
    total = call(shop, "report.prospects", dealer_id=SAMPLE, **window)["total"]
    assert sum(item["rows"] for item in items) == total > 0
    assert all(item["job_kind"] == "manual" and item["window_from"] <= item["window_to"] for item in items)


def test_rows_whose_task_is_forgotten_still_count(shop):  # noqa: F811
    newest = call(shop, "report.provenance", dealer_id=OTHER, limit=1)["items"][0]
    shop.sql("UPDATE feed.prospect SET task_id = 99999999 WHERE task_id = %(t)s AND dealer_id = %(d)s RETURNING 1",
             t=newest["task_id"], d=OTHER)
    found = call(shop, "report.provenance", dealer_id=OTHER, limit=1)["items"][0]
    assert (found["task_id"], found["rows"], "job_id" in found) == (99999999, newest["rows"], False)
    for cursor in ("1", "x.1", "1.", ".1", "1.1.1", "99999999999999999999.1"):
        with pytest.raises(BusError) as refusal:
            call(shop, "report.provenance", dealer_id=OTHER, cursor=cursor)
        assert refusal.value.fields[0][0] == "cursor"


@pytest.mark.parametrize("zone", ["Asia/Jayapura", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_today_is_that_of_the_dealers_zone(shop, zone):  # noqa: F811
    """The last two are 25 hours apart, so at any time one of them has another day than Jakarta. Stands last: it adds dealers."""
    there, code = datetime.now(ZoneInfo(zone)).date(), f"4{len(zone)}"
    shop.pipeline.set_upstream(name=code, zone=zone)
    shop.pipeline.add_dealer(code, upstream=code, upstream_dealer_id=SAMPLE)
    alone = call(shop, "report.prospects", dealer_id=code)
    assert (alone["today"], alone["stamp"]["zone"]) == (str(there), zone)
    listed = {row["dealer_id"]: row["zone"] for row in call(shop, "report.dealers")["items"]}
    assert (listed[code], listed[SAMPLE]) == (zone, "Asia/Jakarta")
    assert shop.pipeline.call("dealer", "dealer.get", {"dealer_id": code})["zone"] == zone
    answer = group(shop, dealer_ids=[code])
    assert (answer["to"], answer["zone"], answer["items"][0]["gaps"]) == (str(there), zone, 29)
    assert answer["items"][0]["so_far"] is True
    # What others call today may be over there, or not have come.
    both = group(shop, dealer_ids=[code, SAMPLE], to=today(), **{"from": today()})
    assert "zone" not in both
    assert {row["dealer_id"]: row["so_far"] for row in both["items"]} == {SAMPLE: True, code: there == today()}
    assert {row["dealer_id"]: row["gaps"] for row in both["items"]} == {SAMPLE: 0, code: int(there > today())}
    assert group(shop, dealer_ids=[code, SAMPLE])["to"] == str(max(there, today()))
    # Another dealer's zone is nothing to those that are named.
    assert group(shop, dealer_ids=[SAMPLE])["to"] == str(today())
