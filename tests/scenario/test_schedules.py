"""Schedules: they fire, once each, whatever happens to the schedulers."""

import random
import time
from datetime import datetime, timedelta, timezone

import pytest
from fetching import Pipeline
from system import DONE, SAMPLE, wait_for

MINUTE = timedelta(minutes=1)
EVERY_MINUTE = {"cron": "* * * * *", "dealer_ids": [SAMPLE]}
NEVER_BY_ITSELF = "0 4 1 1 *"


@pytest.fixture
def waiting(make_system):
    """Schedulers and a gateway, two dealers, and nobody who fetches."""
    system = make_system()
    system.settings["DD_LEASE_MS"] = 2000
    system.query("""INSERT INTO dealer.upstream (name, base_url, history_days, zone)
                    VALUES ('main', 'https://upstream.invalid/dgi-api/v1.3', 3, 'Asia/Jayapura')""")
    system.query("""INSERT INTO dealer.credential (upstream_id, fingerprint, api_key, secret_key)
                    SELECT id, 'f', 'sealed', 'sealed' FROM dealer.upstream""")
    for code in (SAMPLE, "10002"):
        system.query("""INSERT INTO dealer.dealers (dealer_id, dealer_name, credential_id)
                        SELECT %s, 'Dealer', id FROM dealer.credential""", (code,))
    system.start("dealer-1", "scheduler-1", "gateway-api")
    wait_for("readiness", lambda: rest(system, "GET", "").status_code == 200)
    return system


def rest(system, method, path, **options):
    return system.api(method, f"/api/v1/schedules{path}", **options)


def add(system, **body):
    answer = rest(system, "POST", "", json={**EVERY_MINUTE, **body})
    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"] == f"/api/v1/schedules/{answer.json()['id']}"
    return answer.json()


def get(system, schedule):
    return rest(system, "GET", f"/{schedule['id']}").json()


def ticks(system, schedule):
    """The earliest first."""
    return rest(system, "GET", f"/{schedule['id']}/ticks?limit=500").json()["items"][::-1]


def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def rewind(system, schedule, minutes):
    """As if no scheduler had run for so long: the first missed tick. No minute ends before the schedulers see it."""
    wait_for("the next minute", lambda: datetime.now(timezone.utc).second < 50)
    first = datetime.now(timezone.utc).replace(second=0, microsecond=0) - minutes * MINUTE
    system.query("UPDATE jobs.schedule SET next_at = %s, due_at = %s, version = version + 1 WHERE id = %s",
                 (first, first, schedule["id"]))
    return first


def settled(system, schedule, n):
    return wait_for(f"{n} ticks", lambda: (lambda found: found if len(found) >= n else None)(ticks(system, schedule)))


# ---- the whole way ----

def test_schedule_due_within_a_minute_stores_its_rows(make_system):
    system = make_system(instances={"scheduler": 2})
    system.settings["DD_LEASE_MS"] = 2000
    Pipeline(system, upstream={"history_days": 3})
    system.start("scheduler-2", "gateway-api")
    wait_for("readiness", lambda: rest(system, "GET", "").status_code == 200)
    schedule = add(system, jitter_seconds=2)
    assert not system.query("SELECT 1 FROM feed.prospect LIMIT 1")
    wait_for("rows of the schedule", lambda: system.query("SELECT 1 FROM feed.prospect LIMIT 1"), seconds=72)
    first = ticks(system, schedule)[0]
    assert (first["state"], instant(first["at"]).second) == ("started", 0)
    assert instant(first["at"]) <= instant(first["due_at"]) <= instant(first["at"]) + timedelta(seconds=2)
    assert timedelta(0) <= instant(first["claimed_at"]) - instant(first["due_at"]) < timedelta(seconds=5)
    job = wait_for("the job's end", lambda: (lambda j: j if j["state"] in DONE else None)(
        system.api("GET", f"/api/v1/jobs/{first['job_id']}").json()))
    assert (job["kind"], job["schedule_id"], job["state"], job["priority"]) == ("schedule", schedule["id"], "succeeded", 2)
    now = get(system, schedule)
    assert (now["last_tick_at"], now["last_job_id"]) == (first["at"], first["job_id"])
    assert now["last_fetch_at"] == job["finished_at"]
    assert instant(now["next_runs"][0]["at"]) == instant(first["at"]) + MINUTE


# ---- ticks ----

@pytest.mark.parametrize("policy,expected", [
    ("skip", [("skipped", "missed")] * 3 + [("started", None)]),
    ("once", [("skipped", "merged")] * 3 + [("started", None)]),
    ("all", [("started", None)] + [("waiting", None)] * 3),
])
def test_missed_ticks_are_caught_up_by_policy(waiting, policy, expected):
    schedule = add(waiting, catch_up=policy)
    first = rewind(waiting, schedule, 3)
    settled(waiting, schedule, 4)
    wait_for("a job", lambda: any(t["state"] == "started" for t in ticks(waiting, schedule)))
    found = ticks(waiting, schedule)
    assert [(t["state"], t.get("reason")) for t in found[:4]] == expected
    assert [instant(t["at"]) for t in found] == [first + i * MINUTE for i in range(len(found))]


def test_unfinished_run_makes_the_next_tick_wait_or_be_left_out(waiting):
    skipping = add(waiting, cron=NEVER_BY_ITSELF)
    queueing = add(waiting, cron=NEVER_BY_ITSELF, overlap_policy="queue", dealer_ids=["10002"])
    for schedule in (skipping, queueing):
        rewind(waiting, schedule, 0)
        wait_for("a job", lambda s=schedule: [t["state"] for t in ticks(waiting, s)][:1] == ["started"])
        waiting.query("UPDATE jobs.tick SET at = at - interval '2 hours' WHERE schedule_id = %s", (schedule["id"],))
        rewind(waiting, schedule, 0)
    assert settled(waiting, skipping, 2)[1]["reason"] == "overlap"
    assert settled(waiting, queueing, 2)[1]["state"] == "waiting"


def test_a_paused_dealer_is_left_out_until_its_calls_have_run(waiting):
    schedule = add(waiting, dealer_ids=[SAMPLE, "10002"], catch_up="all", overlap_policy="queue")
    waiting.query("INSERT INTO jobs.pause (scope, target, paused_by, paused_at) VALUES ('dealer', '10002', 'x', now())")
    rewind(waiting, schedule, 2)

    def dealers_of(tick):
        tick = wait_for("a job", lambda: (lambda t: t if t["state"] != "waiting" else None)(ticks(waiting, schedule)[tick]))
        return tick.get("reason") or waiting.api("GET", f"/api/v1/jobs/{tick['job_id']}").json()["dealer_ids"]

    def end(dealer):
        for table, key in (("task", "id"), ("task_dealer", "task_id")):
            waiting.query(f"UPDATE jobs.{table} SET state = 'succeeded' WHERE {key} IN "
                          "(SELECT id FROM jobs.task WHERE dealer_id = %s)", (dealer,))

    settled(waiting, schedule, 3)
    assert dealers_of(0) == ["10002", SAMPLE]
    end(SAMPLE)
    assert dealers_of(1) == [SAMPLE]
    waiting.query("DELETE FROM jobs.pause")
    end("10002")
    end(SAMPLE)
    assert dealers_of(2) == ["10002", SAMPLE]


def test_paused_schedule_does_not_tick_and_makes_up_for_nothing(waiting):
    schedule = add(waiting, catch_up="all")
    paused = rest(waiting, "POST", f"/{schedule['id']}/pause").json()
    assert (paused["active"], paused["paused_by"], paused["next_runs"]) == (False, "admin-key", [])
    assert "next_fetch_at" not in paused
    other = add(waiting, dealer_ids=["10002"])
    rewind(waiting, schedule, 3)
    rewind(waiting, other, 3)
    settled(waiting, other, 4)
    assert ticks(waiting, schedule) == []
    resumed = rest(waiting, "PATCH", f"/{schedule['id']}", json={"active": True}).json()
    assert resumed["active"] and "paused_by" not in resumed
    assert instant(resumed["next_fetch_at"]) > datetime.now(timezone.utc) - MINUTE
    assert all(instant(t["at"]) >= instant(resumed["next_runs"][0]["at"]) for t in ticks(waiting, schedule))


def test_run_now_makes_a_job_and_leaves_the_ticks_alone(waiting):
    schedule = add(waiting, cron=NEVER_BY_ITSELF)
    answer = rest(waiting, "POST", f"/{schedule['id']}/run")
    assert answer.status_code == 202, answer.text
    job = answer.json()
    assert answer.headers["Location"] == f"/api/v1/jobs/{job['id']}"
    assert (job["schedule_id"], job["priority"], job["requested_by"], job["dealer_ids"]) == (
        schedule["id"], 0, "admin-key", [SAMPLE])
    now = get(waiting, schedule)
    assert (now["next_runs"], now["last_job_id"]) == (schedule["next_runs"], job["id"])
    assert ticks(waiting, schedule) == []
    rewind(waiting, schedule, 0)
    assert settled(waiting, schedule, 1)[0].get("reason") != "overlap"


def test_tick_that_can_fetch_nothing_says_so(waiting):
    schedule = add(waiting)
    waiting.query("UPDATE dealer.dealers SET is_active = false")
    rewind(waiting, schedule, 0)
    tick = wait_for("the tick", lambda: [t for t in ticks(waiting, schedule) if t["state"] == "skipped"])[0]
    assert tick["reason"] in ("nothing", "job.no_dealers") and "job_id" not in tick


def test_schedulers_that_are_killed_or_stopped_leave_no_gap_and_no_double(make_system):
    system = make_system(instances={"scheduler": 2})
    system.settings["DD_LEASE_MS"] = 1000
    pipeline = Pipeline(system, fetchers=2, upstream={"history_days": 2, "concurrency": 64})
    dealers = [f"9990{n}" for n in range(1, 7)]
    for dealer in dealers:
        pipeline.add_dealer(dealer)
    system.start("scheduler-2")
    dice = random.Random(20260320)
    schedules = [pipeline.call("scheduler", "schedule.create", {
        "cron": "* * * * *", "dealer_ids": [dealer], "catch_up": "all", "overlap_policy": "queue"})
        for dealer in dealers]
    firsts = [rewind(system, schedule, 30) for schedule in schedules]

    def unfinished():
        return system.query("""SELECT 1 FROM jobs.schedule s WHERE due_at < now() - interval '1 minute'
                               OR EXISTS (SELECT FROM jobs.tick WHERE schedule_id = s.id AND state = 'waiting')""")

    kills = 0
    end = time.monotonic() + 45
    while unfinished() and time.monotonic() < end:
        name = f"scheduler-{1 + kills % 2}"
        time.sleep(dice.random() * 0.5)
        if kills % 5 == 2:  # stopped, perhaps in a transaction, for longer than the server waits
            system.processes[name].freeze()
            time.sleep(3.5)
            system.processes[name].thaw()
        else:
            system.processes[name].kill()
            system.start(name)
        kills += 1
    wait_for("all ticks", lambda: not unfinished(), seconds=60)
    assert kills > 5
    for schedule, first in zip(schedules, firsts):
        rows = system.query("SELECT at, state, job_id FROM jobs.tick WHERE schedule_id = %s ORDER BY at",
                            (schedule["id"],))
        assert [row["at"] for row in rows] == [first + i * MINUTE for i in range(len(rows))] and len(rows) >= 31
        assert all(row["state"] == "started" for row in rows), rows
        jobs = system.query("SELECT id FROM jobs.job_record WHERE schedule_id = %s", (schedule["id"],))
        assert sorted(row["job_id"] for row in rows) == sorted(row["id"] for row in jobs)


# ---- REST ----

def problem(answer, field, code=None):
    assert answer.status_code == 422, answer.text
    error = answer.json()["errors"][0]
    assert error["field"] == field and code in (None, error["code"]), error
    return error["text"]


def test_new_schedule_has_the_usual_settings(waiting):
    schedule = add(waiting, cron="15 9 * * mon-sat")
    assert {key: schedule[key] for key in ("kind", "zone", "catch_up", "overlap_policy", "jitter_seconds", "active",
                                           "feeds", "all_dealers", "created_by", "name")} == {
        "kind": "custom", "zone": "Asia/Jayapura", "catch_up": "once", "overlap_policy": "skip", "jitter_seconds": 0,
        "active": True, "feeds": ["prsp"], "all_dealers": False, "created_by": "admin-key",
        "name": f"Fetch of {SAMPLE} (15 9 * * mon-sat)"}
    assert len(schedule["next_runs"]) == 5
    for run in schedule["next_runs"]:
        assert run["local"].endswith("09:15")
        assert instant(run["at"]) + timedelta(hours=9) == datetime.fromisoformat(run["local"] + "+00:00")
    assert schedule["next_fetch_at"] == schedule["next_runs"][0]["at"]


def test_an_overlap_of_its_own_can_be_given_up(waiting):
    schedule = add(waiting, overlap_hours=0)
    path = f"/api/v1/schedules/{schedule['id']}"
    assert schedule["overlap_hours"] == 0

    def change(**body):
        answer = waiting.api("PATCH", path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json().get("overlap_hours")

    assert change(name="Other") == 0, "what is not given stays"
    assert change(overlap_hours=12) == 12
    assert change(overlap_hours=None) is None
    assert waiting.query("SELECT overlap_hours FROM jobs.schedule")[0]["overlap_hours"] is None
    assert change(overlap_hours=6) == 6
    waiting.ddctl("schedule", "set", schedule["id"], "--overlap-hours", "-1")
    assert "overlap_hours" not in waiting.api("GET", path).json()
    problem(waiting.api("PATCH", path, json={"overlap_hours": -2}), "overlap_hours", "field.range")


def test_kinds_have_a_minute_that_follows_from_the_dealer(waiting):
    hourly, again = (add(waiting, kind="hourly", cron=None) for _ in range(2))
    daily = add(waiting, kind="daily", cron=None, dealer_ids=["10002"])
    assert hourly["cron"] == again["cron"] and hourly["cron"].endswith(" * * * *")
    assert daily["cron"].endswith(" 2 * * *") and daily["cron"].split()[0] != hourly["cron"].split()[0]


@pytest.mark.parametrize("body,field,code,words", [
    ({"cron": "61 * * * *"}, "cron", "field.format", "minute, character 1"),
    ({"cron": "0 0 * janx *"}, "cron", "field.format", "month, character 7"),
    ({"cron": "0 0 31 2 *"}, "cron", "field.range", "never"),
    ({"cron": "* * * * *", "zone": "Asia/Atlantis"}, "zone", "field.choice", "IANA"),
    ({"cron": "* * * * *", "zone": "UTC+3"}, "zone", "field.choice", "IANA"),
    ({"cron": "*/10 * * * *", "jitter_seconds": 600}, "jitter_seconds", "field.range", "between"),
    ({"kind": "daily", "cron": "* * * * *"}, "cron", "field.choice", "custom"),
    ({"kind": "custom"}, "cron", "field.missing", "expression"),
    ({"cron": "* * * * *", "dealer_ids": []}, "dealer_ids", "job.no_dealers", "Name"),
    ({"cron": "* * * * *", "all_dealers": True}, "dealer_ids", "job.no_dealers", "not both"),
    ({"cron": "* * * * *", "dealer_ids": ["nobody"]}, "dealer_ids", "job.unknown_dealer", "nobody"),
    ({"cron": "* * * * *", "feeds": ["nothing"]}, "feeds", "job.unknown_feed", "nothing"),
    ({"cron": "* * * * *", "catch_up": "twice"}, "catch_up", "field.choice", ""),
    ({"cron": "* * * * *", "name": ""}, "name", "field.missing", "empty"),
])
def test_wrong_schedule_is_refused_with_its_field(waiting, body, field, code, words):
    text = problem(rest(waiting, "POST", "", json={"dealer_ids": [SAMPLE], **body}), field, code)
    assert words in text
    assert rest(waiting, "GET", "").json()["items"] == []


def test_preview_tells_runs_or_what_is_wrong(waiting):
    answer = rest(waiting, "POST", "/preview", json={"cron": "30 2 * * *", "zone": "Europe/Berlin"})
    assert answer.status_code == 200 and len(answer.json()["next_runs"]) == 5
    assert "hour, character 3" in problem(rest(waiting, "POST", "/preview", json={"cron": "0 24 * * *"}), "cron")
    problem(rest(waiting, "POST", "/preview", json={"cron": "0 1 * * *", "zone": "x"}), "zone")


def test_schedule_is_changed_in_parts(waiting):
    schedule = add(waiting, cron="0 4 * * *")
    changed = rest(waiting, "PATCH", f"/{schedule['id']}", json={"name": "Night"}).json()
    assert (changed["name"], changed["next_runs"]) == ("Night", schedule["next_runs"])
    changed = rest(waiting, "PATCH", f"/{schedule['id']}", json={"zone": "Asia/Jakarta", "catch_up": "skip"}).json()
    assert changed["next_runs"][0]["local"].endswith("04:00") and changed["next_runs"] != schedule["next_runs"]
    changed = rest(waiting, "PATCH", f"/{schedule['id']}", json={"kind": "hourly"}).json()
    assert (changed["kind"], changed["zone"]) == ("hourly", "Asia/Jakarta")
    changed = rest(waiting, "PATCH", f"/{schedule['id']}", json={"cron": "@daily", "all_dealers": True}).json()
    assert (changed["kind"], changed["dealer_ids"], changed["all_dealers"]) == ("custom", [], True)
    problem(rest(waiting, "PATCH", f"/{schedule['id']}", json={"cron": "nonsense"}), "cron")
    assert get(waiting, schedule)["cron"] == "@daily"


def test_schedules_are_listed_and_removed(waiting):
    made = [add(waiting, name=f"S{n}", dealer_ids=[SAMPLE, "10002"] if n == 2 else [SAMPLE]) for n in range(3)]
    page = rest(waiting, "GET", "?limit=2").json()
    assert [s["name"] for s in page["items"]] == ["S0", "S1"]
    assert [s["name"] for s in rest(waiting, "GET", f"?limit=2&cursor={page['next']}").json()["items"]] == ["S2"]
    assert [s["name"] for s in rest(waiting, "GET", "?dealer_id=10002").json()["items"]] == ["S2"]
    assert [s["dealer_id"] for s in waiting.api("GET", "/fetch-configurations/").json()] == [SAMPLE, SAMPLE]
    assert rest(waiting, "DELETE", f"/{made[0]['id']}").status_code == 200
    for path, method in (("", "GET"), ("", "DELETE"), ("/ticks", "GET"), ("/run", "POST"), ("/pause", "POST")):
        assert rest(waiting, method, f"/{made[0]['id']}{path}").status_code == 404, path


def test_operator_keeps_schedules(waiting):
    made = waiting.ddctl("schedule", "add", "Night", "--dealers", SAMPLE, "--cron", "0 4 * * *", "--json")
    assert '"Night"' in made.stdout
    schedule = rest(waiting, "GET", "").json()["items"][0]
    assert "Night" in waiting.ddctl("schedule", "ls").stdout
    for verb in ("pause", "resume", "show", "ticks", "rm"):
        waiting.ddctl("schedule", verb, schedule["id"])
    assert waiting.ddctl("schedule", "preview", "0 25 * * *", check=False).returncode == 1
