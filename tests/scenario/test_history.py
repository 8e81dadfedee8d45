"""What is told of jobs: filters, pages, running tasks, why a job waits."""

import pytest
from past import Past, ago, make_id
from wire import BusError


@pytest.fixture
def past(system):
    past = Past(system)
    system.start("scheduler-1")
    return past


def call(past, method, **body):
    with past.system.wire("scheduler-1") as wire:
        return wire.call(method, body)


def ids(page):
    return [item["id"] for item in page["items"]]


def jobs(past, **filters):
    return ids(call(past, "job.list", **filters))


def tasks(past, **filters):
    return ids(call(past, "task.find", **filters))


def test_jobs_by_each_filter(past):
    old = past.job(ago(days=40), "failed", error_code="upstream.network", error_text="The connection broke.")
    night = past.job(ago(hours=9), "partial", ["10001", "10002"], kind="schedule", requested_by="schedule:3",
                     schedule_id=3, error_code="upstream.server_error", error_text="HTTP 503 at 50% (a_b)")
    other = past.job(ago(hours=8), "succeeded", ["10002"], feeds=["spk"], requested_by="Budi")
    now = past.job(ago(minutes=1), "running")
    everything = [now, other, night, old]
    assert jobs(past) == everything
    for filters, wanted in [
        ({"dealer_id": "10002"}, [other, night]),
        ({"dealer_id": "10002", "feed": "prsp"}, [night]),
        ({"dealer_id": "99999"}, []),
        ({"state": ["running"]}, [now]),
        ({"state": ["failed", "partial"]}, [night, old]),
        ({"state": []}, everything),
        ({"feed": "spk"}, [other]),
        ({"kind": "schedule"}, [night]),
        ({"requested_by": "Budi"}, [other]),
        ({"requested_by": "budi"}, []),
        ({"schedule_id": 3}, [night]),
        ({"created_from": ms(ago(days=1))}, [now, other, night]),
        ({"created_to": ms(ago(hours=8))}, [night, old]),
        ({"created_from": ms(ago(hours=9)), "created_to": ms(ago(hours=8))}, [night]),
        ({"created_from": ms(ago(hours=9)), "dealer_id": "10001"}, [now, night]),
        ({"text": "http 503"}, [night]),
        ({"text": "50%"}, [night]),
        ({"text": "A_B"}, [night]),
        ({"text": "server_err"}, [night]),
        ({"text": "budi"}, [other]),
        ({"text": "connection"}, []),
        ({"text": "connection", "created_from": ms(ago(days=50))}, [old]),
        ({"text": old[:13]}, [old]),
        ({"text": old.upper()}, [old]),
        ({"text": old, "dealer_id": "10002"}, []),
        ({"state": ["partial", "running"], "dealer_id": "10001", "kind": "schedule", "text": "503"}, [night]),
    ]:
        assert jobs(past, **filters) == wanted, filters


def ms(at):
    return int(at.timestamp() * 1000)


def test_unknown_states_are_refused_by_name(past):
    for method in ("job.list", "task.find"):
        with pytest.raises(BusError) as error:
            call(past, method, state=["failed", "broken"])
        assert error.value.code == "field.choice" and error.value.fields[0][0] == "state"


@pytest.mark.parametrize("filters", [{}, {"state": ["failed"]}, {"dealer_id": "10001"}, {"text": "y"}])
def test_pages_hold_each_job_once_while_new_ones_come(past, filters):
    for n in range(30, 0, -1):
        past.job(ago(minutes=n), "failed" if n % 2 else "succeeded", requested_by="x" if n % 3 else "y")
    wanted = jobs(past, limit=200, **filters)
    seen, cursor, n = [], None, 0
    while n == 0 or cursor:
        page = call(past, "job.list", limit=4, **filters, **({"cursor": cursor} if cursor else {}))
        seen += ids(page)
        cursor = page.get("next")
        n += 1
        past.job(ago(seconds=-n), "failed", requested_by="y")
    assert seen == wanted and n > 1


def test_tasks_of_all_jobs_by_each_filter(past):
    before = past.job(ago(days=3), "failed")
    broken = past.task(before, ago(days=3), "failed", error_code="upstream.network")
    after = past.job(ago(hours=3), "partial", ["10001", "10002"])
    good = past.task(after, ago(hours=3))
    refused = past.task(after, ago(hours=3), "failed", "10002", error_code="upstream.credential", feed="spk")
    group = past.task(after, ago(hours=3), "failed", members=[("10001", 0), ("10002", 0)],
                      error_code="upstream.network", kind="replay")
    for filters, wanted in [
        ({}, [group, refused, good, broken]),
        ({"state": ["failed"]}, [group, refused, broken]),
        ({"state": ["failed", "succeeded"], "feed": "prsp"}, [group, good, broken]),
        ({"dealer_id": "10002"}, [group, refused]),
        ({"error_code": "upstream.network"}, [group, broken]),
        ({"error_code": "upstream.network", "dealer_id": "10001"}, [group, broken]),
        ({"kind": "replay"}, [group]),
        ({"created_from": ms(ago(days=1))}, [group, refused, good]),
        ({"created_to": ms(ago(days=1))}, [broken]),
        ({"created_from": ms(ago(days=1)), "state": ["failed"], "dealer_id": "10001"}, [group]),
        ({"created_from": ms(ago(minutes=1))}, []),
        ({"created_to": ms(ago(days=9))}, []),
    ]:
        assert tasks(past, **filters) == wanted, filters
    assert [t["dealer_ids"] for t in call(past, "task.find", kind="replay")["items"]] == [["10001", "10002"]]
    first = call(past, "task.find", state=["failed"], limit=2)
    assert ids(first) == [group, refused]
    assert tasks(past, state=["failed"], limit=2, cursor=first["next"]) == [broken]
    first = call(past, "task.find", error_code="upstream.network", limit=1)
    assert ids(first) == [group]
    assert tasks(past, error_code="upstream.network", limit=1, cursor=first["next"]) == [broken]


def test_tasks_of_a_job_by_each_filter(past):
    job = past.job(ago(hours=1), "partial", ["10001", "10002"])
    good = past.task(job, ago(hours=1))
    bad = past.task(job, ago(hours=1), "failed", "10002", error_code="upstream.network", feed="spk")
    for filters, wanted in [({}, [good, bad]), ({"state": ["failed"]}, [bad]), ({"dealer_id": "10001"}, [good]),
                            ({"feed": "spk"}, [bad]), ({"error_code": "upstream.network"}, [bad])]:
        assert ids(call(past, "task.list", job_id=job, **filters)) == wanted, filters


def test_a_running_task_tells_its_phase(past):
    job = past.job(ago(minutes=1), "running", started_at=ago(minutes=1))
    task = past.task(job, ago(minutes=1), "leased")
    past.lease(task)
    told = call(past, "task.list", job_id=job)["items"][0]
    assert (told["phase"], told["bytes"], told["rows_parsed"], told["fetcher"]) == ("receiving", 18200, 120, "fetcher-9")
    assert abs(told["phase_at"] - ms(ago())) < 60000
    done = past.task(job, ago(minutes=1), bytes=77)
    told = call(past, "task.find", state=["succeeded"])["items"][0]
    assert told["id"] == done and told["bytes"] == 77 and "phase" not in told and "fetcher" not in told


def test_a_running_job_tells_when_it_will_end(past):
    job = past.job(ago(minutes=2), "running", started_at=ago(seconds=100))
    for _ in range(4):
        past.task(job, ago(seconds=90))
    past.lease(past.task(job, ago(seconds=5), "leased"))
    told = call(past, "job.get", id=job)
    left = (told["expected_at"] - ms(ago())) / 1000
    assert 20 < left < 60 and "waiting_for" not in told


def test_attempts_tell_the_clock_that_was_corrected(past):
    task = past.task(past.job(ago(hours=1)), ago(hours=1))
    past.query("""INSERT INTO jobs.attempt (task_id, number, epoch, instance, outcome, skew_ms, rows_read, started_at)
                  VALUES (%s, 1, 1, gen_random_uuid(), 'succeeded', -41000, 14, now())""", (task,))
    told = call(past, "attempt.list", task_id=task)["items"][0]
    assert (told["skew_ms"], told["rows_read"]) == (-41000, 14)


# ---- why a job waits ----

def waits(past, job):
    told = call(past, "job.get", id=job)
    return told.get("waiting_for"), told.get("waiting_until")


@pytest.mark.parametrize("change, reason, timed", [
    ("INSERT INTO jobs.pause VALUES ('all', '', NULL, 'admin', now())", "paused", False),
    ("INSERT INTO jobs.pause VALUES ('dealer', '10001', NULL, 'admin', now())", "paused", False),
    ("INSERT INTO jobs.pause VALUES ('feed', 'prsp', NULL, 'admin', now())", "paused", False),
    ("INSERT INTO jobs.pause VALUES ('upstream', 'main', NULL, 'admin', now())", "paused", False),
    ("INSERT INTO jobs.pause SELECT 'credential', id::text, NULL, 'admin', now() FROM dealer.credential", "paused", False),
    ("INSERT INTO jobs.pause VALUES ('dealer', '10002', NULL, 'admin', now())", None, False),
    ("UPDATE dealer.dealers SET is_active = false", "dealer_inactive", False),
    ("UPDATE dealer.dealers SET credential_id = NULL", "no_credential", False),
    ("INSERT INTO jobs.credential_state (credential_id, flagged_at) SELECT id, now() FROM dealer.credential",
     "credential_flagged", False),
    ("""INSERT INTO jobs.credential_state (credential_id, blocked_until, blocked_code)
        SELECT id, now() + interval '1 hour', 'upstream.quota' FROM dealer.credential""", "quota", True),
    ("""INSERT INTO jobs.credential_state (credential_id, blocked_until, blocked_code)
        SELECT id, now() + interval '1 hour', 'upstream.too_many' FROM dealer.credential""", "blocked", True),
    ("""INSERT INTO jobs.credential_state (credential_id, blocked_until, blocked_code)
        SELECT id, now() - interval '1 hour', 'upstream.too_many' FROM dealer.credential""", None, False),
    ("""INSERT INTO jobs.credential_state (credential_id, quota_day, calls)
        SELECT c.id, (now() AT TIME ZONE u.zone)::date, u.quota FROM dealer.credential c, dealer.upstream u""",
     "quota", None),
    ("INSERT INTO jobs.upstream_state (upstream_id, open_until) SELECT id, now() + interval '1 hour' FROM dealer.upstream",
     "breaker_open", True),
    ("UPDATE jobs.task SET ready = false, not_before = now() + interval '1 hour'", "retry", True),
])
def test_why_a_job_waits(past, change, reason, timed):
    job = past.job(ago(minutes=1), "queued")
    past.task(job, ago(minutes=1), "queued", started_at=None, attempt=0)
    assert waits(past, job) == (None, None)
    past.query(change)
    told, until = waits(past, job)
    assert told == reason
    assert (until is not None) == (timed is not False)
    if timed is None:
        assert ms(ago()) < until <= ms(ago(hours=-24)), "midnight of the upstream"
    elif timed:
        assert abs(until - ms(ago(hours=-1))) < 120000


def test_a_call_for_several_waits_for_a_dealer_that_is_paused(past):
    job = past.job(ago(minutes=1), "queued", ["10001", "10002"])
    past.task(job, ago(minutes=1), "queued", members=[("10001", 0), ("10002", 0)])
    assert waits(past, job) == (None, None)
    past.query("INSERT INTO jobs.pause VALUES ('dealer', '10002', NULL, 'admin', now())")
    assert waits(past, job)[0] == "paused"


def test_a_replay_waits_for_its_dealer_alone(past):
    job = past.job(ago(minutes=1), "queued", kind="replay")
    past.task(job, ago(minutes=1), "queued", kind="replay")
    past.query("""INSERT INTO jobs.upstream_state (upstream_id, open_until)
                  SELECT id, now() + interval '1 hour' FROM dealer.upstream""")
    assert waits(past, job) == (None, None)
    past.query("INSERT INTO jobs.pause VALUES ('dealer', '10001', NULL, 'admin', now())")
    assert waits(past, job)[0] == "paused"


def test_a_job_waits_only_if_none_of_it_can_run(past):
    job = past.job(ago(minutes=1), "queued", ["10001", "10002"])
    past.task(job, ago(minutes=1), "queued", "10001")
    second = past.task(job, ago(minutes=1), "queued", "10002")
    past.query("INSERT INTO jobs.pause VALUES ('dealer', '10001', NULL, 'admin', now())")
    assert waits(past, job) == (None, None)
    past.query("INSERT INTO jobs.pause VALUES ('dealer', '10002', NULL, 'admin', now())")
    assert waits(past, job)[0] == "paused"
    past.lease(second)
    assert waits(past, job) == (None, None)


def test_ids_of_the_past_are_in_order():
    assert make_id(ago(days=2)) < make_id(ago(days=1)) < make_id(ago())


def test_from_the_command_line(past):
    job = past.job(ago(minutes=1), "failed", error_text="HTTP 503")
    task = past.task(job, ago(minutes=1), "failed", error_code="upstream.network")
    past.job(ago(minutes=1))
    assert job in past.system.ddctl("job", "ls", "--state", "failed,partial", "--text", "503").stdout
    told = past.system.ddctl("task", "ls", "--state", "failed", "--error", "upstream.network").stdout
    assert str(task) in told and "upstream.network" in told
