"""job.plan: what a job would do, told before it is done."""

import pytest
from test_submit import body, day, post, served  # noqa: F401


def plan(system, **more):
    answer = post(system, body(**more), path="/api/v1/jobs/plan")
    assert answer.status_code == 200, answer.text
    return answer.json()


def quota(system, calls, used=0):
    system.query("UPDATE dealer.upstream SET quota = %s", (calls,))
    system.query("INSERT INTO jobs.credential_state (credential_id, quota_day, calls) "
                 "SELECT id, (now() AT TIME ZONE 'Asia/Jakarta')::date, %s FROM dealer.credential "
                 "ON CONFLICT (credential_id) DO UPDATE SET calls = excluded.calls", (used,))


def test_a_plan_is_what_the_job_does_and_changes_nothing(served):  # noqa: F811
    told = plan(served, dealers=["1", "2"], first=day(3), last=day(1))
    assert (told["calls"], told["days"], told["left_out"], len(told["items"])) == (6, 1, 0, 6)
    assert served.query("SELECT * FROM jobs.job_record") == []
    job = post(served, body(["1", "2"], day(3), day(1))).json()
    tasks = served.api("GET", f"/api/v1/jobs/{job['id']}/tasks").json()["items"]
    assert [(t["dealer_id"], t["from"], t["to"]) for t in tasks] == [
        (c["dealer_ids"][0], c["from"], c["to"]) for c in told["items"]]


def test_windows_grow_as_the_quota_shrinks(served):  # noqa: F811
    for calls, used, windows in ((1000, 0, 1), (60, 0, 1), (59, 0, 2), (12, 0, 5), (9, 0, 7), (1000, 950, 2)):
        quota(served, calls, used)
        told = plan(served, first=day(29), last=day(0))
        row = told["credentials"][0]
        assert (row["window_days"], row["quota"], row["quota_used"], row["quota_left"]) == (
            windows, calls, used, calls - used), told


def test_the_reserve_is_kept_for_manual_work(served):  # noqa: F811
    quota(served, 100, 80)
    assert plan(served)["credentials"][0]["quota_left"] == 20
    told = plan(served, priority=3)
    assert told["credentials"][0]["quota_left"] == 0 and told["days"] == 2
    assert [w["code"] for w in told["warnings"]] == ["quota"]
    quota(served, 0)
    told = plan(served)
    assert "days" not in told and [w["code"] for w in told["warnings"]] == ["no_quota"]


def test_what_waits_already_is_taken_off(served):  # noqa: F811
    quota(served, 100)
    post(served, body(first=day(10), last=day(1)))
    assert plan(served)["credentials"][0]["quota_left"] == 90


def test_holes_that_will_be_lost_go_first(served):  # noqa: F811
    told = plan(served, dealers=["1", "2"], first=day(30), last=day(1))
    assert [c["from"][:10] for c in told["items"][:8]] == [day(30 - n // 2) for n in range(8)]
    quota(served, 2, 2)
    served.query("UPDATE dealer.upstream SET max_days = 1")
    told = plan(served, first=day(30), last=day(25))
    assert [w["code"] for w in told["warnings"]] == ["quota", "holes_lost"], told
    job = post(served, body(["1", "2"], day(30), day(20))).json()
    urgent = served.query("SELECT dealer_id, from_at::date::text AS day FROM jobs.task WHERE job_id = %s AND urgent",
                          (job["id"],))
    assert sorted((t["day"], t["dealer_id"]) for t in urgent) == [(day(n), d) for n in (30, 29, 28, 27) for d in "12"]


def test_a_rule_that_leaves_nothing(served):  # noqa: F811
    post(served, body(first=day(3), last=day(1)))
    told = plan(served, first=day(3), last=day(1), only="missing")
    assert told["calls"] == 0 and [w["code"] for w in told["warnings"]] == ["nothing"]
    assert told["skipped"] == [{"dealer_id": "1", "feed": "prsp", "stored": 0, "failed": 0, "pending": 3, "lost": 0}]
    answer = post(served, body(first=day(3), last=day(1), only="missing"))
    assert (answer.status_code, answer.json()["code"]) == (422, "job.nothing_missing")


@pytest.mark.parametrize("dealers", [["1", "2", "3"]])
def test_a_credentials_dealers_share_calls_where_the_upstream_allows_it(served, dealers):  # noqa: F811
    served.query("UPDATE dealer.upstream SET group_calls = true")
    told = plan(served, dealers=dealers, first=day(2), last=day(1))
    assert told["calls"] == 2 and told["items"][0]["dealer_ids"] == dealers
    job = post(served, body(dealers, day(2), day(1))).json()
    assert job["tasks_total"] == 2 and job["dealer_ids"] == dealers


def test_by_the_command_line(served):  # noqa: F811
    told = served.ddctl("job", "run", "--dealers", "1", "--from", day(3), "--to", day(1), "--plan", "--json").stdout
    assert '"calls":3' in told.replace(" ", "")
    told = served.ddctl("job", "run", "--dealers", "1", "--from", day(3), "--to", day(1), "--plan").stdout
    assert all(word in told for word in ("credentials", "items", f"{day(2)} 00:00:00")), told
    assert served.query("SELECT * FROM jobs.job_record") == []
    job = served.ddctl("job", "run", "--dealers", "1", "--from", day(3), "--to", day(1), "--only", "missing").stdout
    assert "backfill" in job
    assert day(3) in served.ddctl("coverage", "1").stdout and "prsp" in served.ddctl("coverage").stdout
