"""Whoever may see some dealers alone: the functions of the database keep to them, whoever asked before."""

import uuid

import psycopg2
import pytest
from engine import NOW, array
from test_sql_quarantine import bring, replay
from test_sql_rerun import fail_all, rerun
from test_sql_schedule import add


@pytest.fixture
def shop(engine):
    """Two dealers; the connection of the owner speaks for whom see() names."""
    engine.dealers("1", "2")
    engine.storing = engine.fetcher()
    engine.see = lambda *dealers: engine.sql("SELECT set_config('dd.dealers', %s, false)", [array(dealers)])
    yield engine
    engine.see("*")


def refused(shop, state, statement, parameters):
    with pytest.raises(psycopg2.Error) as error:
        shop.sql(statement, parameters)
    assert error.value.pgcode == state
    return str(error.value).splitlines()[0]


def schedules(shop):
    return [row["id"] for row in shop.owner.run("scheduler_schedule_list", None, None, None, None, None, 50)]


def change(shop, schedule, dealers, everybody=False):
    return shop.value("SELECT jobs.change_schedule(%s, %s, 1, 's', 'custom', '* * * * *', 'Asia/Jakarta', 0, 'all', %s, %s,"
                      " '{prsp}', NULL, 'queue', true, 'ann', %s, %s)", [NOW, schedule, everybody, dealers, NOW, NOW])


def test_a_schedule_is_seen_by_who_may_see_each_of_its_dealers(shop):
    own, other, both = (add(shop, **{"all": False, "dealers": d}) for d in (["1"], ["2"], ["1", "2"]))
    everybodys = add(shop)
    shop.see("1")
    assert schedules(shop) == [own]
    for hidden in (other, both, everybodys, 999999):
        assert shop.owner.run("scheduler_schedule_get", hidden) == []
        assert change(shop, hidden, ["1"]) is False
        assert shop.owner.run("scheduler_schedule_remove", hidden)[0]["done"] is False
    assert change(shop, own, ["1"]) is True
    shop.see("1", "2")
    assert schedules(shop) == [own, other, both]
    shop.see("*")
    assert schedules(shop) == [own, other, both, everybodys]
    shop.see("1")
    assert shop.owner.run("scheduler_schedule_remove", own)[0]["done"] is True


def test_a_schedule_cannot_be_widened_to_what_is_not_seen(shop):
    own = add(shop, **{"all": False, "dealers": ["1"]})
    shop.see("1")
    for dealer in ("2", "9"):
        with pytest.raises(psycopg2.Error) as error:
            change(shop, own, ["1", dealer])
        assert error.value.pgcode == "DD010" and f'there is no dealer "{dealer}"' in str(error.value)
    with pytest.raises(psycopg2.Error) as error:
        change(shop, own, [], everybody=True)
    assert error.value.pgcode == "DD081"


def test_pauses_of_own_dealers_alone(shop):
    set_pause = "SELECT jobs.set_pause(%s, %s, %s, 'holiday', 'ann')"
    for scope, target in (("all", ""), ("feed", "prsp"), ("dealer", "1"), ("dealer", "2")):
        shop.sql(set_pause, [NOW, scope, target])
    shop.see("1")
    assert [(p["scope"], p["target"]) for p in shop.owner.run("scheduler_pause_list", None, None)] == [("dealer", "1")]
    other, none = (refused(shop, "DD031", set_pause, [NOW, "dealer", dealer]) for dealer in ("2", "9"))
    assert other.replace("2", "9") == none
    for scope, target in (("all", ""), ("feed", "prsp"), ("upstream", "sim"), ("credential", "1")):
        refused(shop, "DD081", set_pause, [NOW, scope, target])
        refused(shop, "DD081", "SELECT jobs.clear_pause(%s, %s)", [scope, target])
    assert shop.value("SELECT jobs.clear_pause('dealer', '2')") is False
    assert shop.value("SELECT jobs.clear_pause('dealer', '1')") is True
    shop.see("*")
    assert {p["target"] for p in shop.owner.run("scheduler_pause_list", None, None)} == {"", "prsp", "2"}


def test_calls_of_jobs_in_sight_alone_are_run_again(shop):
    own, other, both = (shop.submit(d, f"2026-03-0{n} 00:00:00", f"2026-03-0{n} 23:59:59")
                        for n, d in ((1, ["1"]), (2, ["2"]), (3, ["1", "2"])))
    fail_all(shop)
    hidden = [t["id"] for t in shop.sql("SELECT id FROM jobs.task WHERE job_id <> %s", [own])]
    shop.see("1")
    assert rerun(shop, feed="prsp", dry=True)["tasks"] == 1
    assert [rerun(shop, **what)["tasks"] for what in ({"job": other}, {"job": both}, {"dealers": ["2"]}, {"tasks": hidden},
                                                      {"job": str(uuid.uuid4())})] == [0] * 5
    mine = rerun(shop, feed="prsp")
    assert (mine["outcome"], mine["tasks"]) == ("made", 1)
    assert rerun(shop, feed="prsp")["job_id"] == mine["job_id"]


def test_the_same_request_of_who_sees_more_is_another_one(shop):
    shop.submit(["1"])
    shop.submit(["2"])
    fail_all(shop)
    everything = rerun(shop, feed="prsp")
    shop.see("1")
    answer = rerun(shop, feed="prsp")
    assert answer["job_id"] != everything["job_id"] and answer["outcome"] != "existing"


def test_records_of_own_dealers_alone_are_listed_replayed_and_dismissed(shop):
    bring(shop, ['{"a":1}', '{"b":1}'])
    bring(shop, ['{"c":1}'], dealer="2")
    hidden, = (row["id"] for row in shop.sql("SELECT id FROM feed.quarantine WHERE dealer_id = '2'"))
    shop.see("1")
    listed = shop.owner.run("scheduler_quarantine_list", None, None, None, 50, *[None] * 6)
    assert {row["dealer_id"] for row in listed} == {"1"} and len(listed) == 2
    assert [row["open"] for row in shop.owner.run("scheduler_quarantine_summary", None)] == [2]
    for ids in ([hidden], [999999]):
        with pytest.raises(psycopg2.Error) as error:
            replay(shop, ids=ids)
        assert error.value.pgcode == "DD070"
        assert shop.owner.run("scheduler_quarantine_dismiss", ids, *[None] * 7, "ann", "a test")[0]["dismiss"] == 0
    assert shop.owner.run("scheduler_quarantine_dismiss", [hidden, listed[0]["id"]], *[None] * 7, "ann", "a test")[0]["dismiss"] == 1
    job = replay(shop, reason="row.too_long")
    assert [r["dealer_id"] for r in shop.sql("SELECT dealer_id FROM jobs.job_dealer WHERE job_id = %s", [job])] == ["1"]
    assert shop.value("SELECT state FROM feed.quarantine WHERE id = %s", [hidden]) == "open"


def test_freshness_and_coverage_of_own_dealers_alone(shop):
    for dealer in ("1", "2"):
        shop.sql("SELECT jobs.set_freshness(%s, %s, 'prsp', 60, true, 'ann')", [NOW, dealer])
    shop.see("2")
    assert [r["dealer_id"] for r in shop.owner.run("scheduler_freshness_list", None, None, None, None, None, 50)] == ["2"]
    assert {r["dealer_id"] for r in shop.owner.run("scheduler_coverage_list", None, None, None, None, None, 50)} == {"2"}
    for dealer in ("1", "9"):
        assert shop.owner.run("scheduler_freshness_list", dealer, None, None, None, None, 50) == []
        assert shop.owner.run("scheduler_coverage_list", dealer, None, None, None, None, 50) == []
