"""A scheduler, driven over the plain wire by a client that shares nothing with it."""

import time
import uuid
from datetime import date, timedelta

import msgpack
import pytest
from system import SAMPLE, wait_for
from wire import BusError

DAY = "2026-10-{:02d}"


@pytest.fixture
def scheduler(system):
    """A scheduler with one dealer whose upstream nobody calls."""
    system.settings["DD_LEASE_MS"] = 2000
    system.settings["DD_RETRY_BASE_MS"] = 200
    system.query("""INSERT INTO dealer.upstream (name, base_url, history_days)
                    VALUES ('main', 'https://upstream.invalid/dgi-api/v1.3', 3000)""")
    system.query("""INSERT INTO dealer.credential (upstream_id, fingerprint, api_key, secret_key)
                    SELECT id, 'f', 'sealed', 'sealed' FROM dealer.upstream""")
    for code, active in (("10001", True), ("10002", True), ("10003", False)):
        system.query("""INSERT INTO dealer.dealers (dealer_id, dealer_name, is_active, credential_id)
                        SELECT %s, 'Dealer', %s, id FROM dealer.credential""", (code, active))
    system.start("scheduler-1")
    return system


def call(system, method, body=None, name="scheduler-1", **options):
    with system.wire(name) as wire:
        return wire.call(method, body or {}, **options)


def submit(system, first=1, last=5, dealers=("10001",), **more):
    return call(system, "job.submit", {"dealer_ids": list(dealers), "from": DAY.format(first), "to": DAY.format(last),
                                       **more})


def lease(system, want=1, instance=None, **options):
    return call(system, "task.lease", {"instance": instance or str(uuid.uuid4()), "name": "test", "want": want},
                **options)["tasks"]


def test_job_splits_into_one_task_a_day(scheduler):
    job = submit(scheduler)
    assert (job["tasks_total"], job["state"], job["requested_by"]) == (5, "queued", "admin")
    tasks = call(scheduler, "task.list", {"job_id": job["id"]})["items"]
    assert [(t["from"], t["to"]) for t in tasks] == [
        (f"{DAY.format(d)} 00:00:00", f"{DAY.format(d)} 23:59:59") for d in range(1, 6)]


def test_window_is_on_the_upstreams_clock(scheduler):
    job = call(scheduler, "job.submit", {"dealer_ids": ["10001"], "from": "2026-10-01T20:00:00Z",
                                         "to": "2026-10-02T12:00:00+09:00"})
    assert (job["from"], job["to"]) == ("2026-10-02 03:00:00", "2026-10-02 10:00:00")
    job = call(scheduler, "job.submit", {"dealer_ids": ["10001"]})
    today = scheduler.query("SELECT (now() AT TIME ZONE 'Asia/Jakarta')::date::text AS day")[0]["day"]
    assert (job["from"], job["to"]) == (f"{today} 00:00:00", f"{today} 23:59:59")


@pytest.mark.parametrize("body, code, field", [
    ({"dealer_ids": ["nobody"]}, "job.unknown_dealer", "dealer_ids"),
    ({"dealer_ids": ["10003"]}, "job.inactive_dealer", "dealer_ids"),
    ({"dealer_ids": []}, "job.no_dealers", "dealer_ids"),
    ({}, "job.no_dealers", "dealer_ids"),
    ({"dealer_ids": ["10001"], "all_dealers": True}, "job.no_dealers", "dealer_ids"),
    ({"dealer_ids": ["10001"], "from": "2026-10-05", "to": "2026-10-01"}, "job.empty_window", "to"),
    ({"dealer_ids": ["10001"], "from": "2001-10-05", "to": "2026-10-01"}, "job.beyond_history", "from"),
    ({"dealer_ids": ["10001"], "from": "2999-10-05", "to": "2999-10-06"}, "job.future_window", "from"),
    ({"dealer_ids": ["10001"], "from": "last week"}, "field.format", "from"),
    ({"dealer_ids": ["10001"], "to": "2026-02-30"}, "field.format", "to"),
    ({"dealer_ids": ["10001"], "feeds": ["nothing"]}, "job.unknown_feed", "feeds"),
    ({"dealer_ids": ["10001"], "slice_hours": 0}, "field.range", "slice_hours"),
    ({"dealer_ids": "10001"}, "field.type", "dealer_ids"),
    ({"dealer_ids": ["x" * 11]}, "field.limit", "dealer_ids[0]"),
])
def test_refused_job_names_its_field_and_leaves_nothing(scheduler, body, code, field):
    with pytest.raises(BusError) as refusal:
        call(scheduler, "job.submit", body)
    assert refusal.value.code == code
    assert refusal.value.fields[0][0] == field
    assert scheduler.query("SELECT count(*) AS n FROM jobs.job_record")[0]["n"] == 0


def test_all_dealers_means_the_active_ones_with_a_credential(scheduler):
    job = call(scheduler, "job.submit", {"all_dealers": True, "from": DAY.format(1), "to": DAY.format(1)})
    assert job["dealer_ids"] == ["10001", "10002"]


def test_lease_is_held_until_work_comes(scheduler):
    with scheduler.wire("scheduler-1") as asking:
        body = {"instance": str(uuid.uuid4()), "name": "test", "want": 2}
        asking.send_raw(msgpack.packb([0, 7, "task.lease", {"deadline_ms": 4000, "role": "service"}, body]))
        with pytest.raises(TimeoutError):
            asking.receive_raw(0.4)
        submit(scheduler, 1, 3)
        kind, number, error, result = msgpack.unpackb(asking.receive_raw(1))
        assert (kind, number, error) == (1, 7, None)
        assert len(result["tasks"]) == 2


def test_work_for_a_fetcher_that_died_goes_to_another_one(scheduler):
    """At once, not when its lease runs out."""
    with scheduler.wire("scheduler-1") as asking:
        body = {"instance": str(uuid.uuid4()), "name": "dead", "want": 2}
        asking.send_raw(msgpack.packb([0, 7, "task.lease", {"deadline_ms": 20000, "role": "service"}, body]))
        with pytest.raises(TimeoutError):
            asking.receive_raw(0.3)
    time.sleep(0.2)
    submit(scheduler, 1, 1)
    task = lease(scheduler)[0]
    attempts = call(scheduler, "attempt.list", {"task_id": task["task_id"]})["items"]
    assert [a["outcome"] for a in attempts] == ["released", "leased"] and task["attempt"] == 1


def test_lease_without_work_is_answered_with_nothing(scheduler):
    assert lease(scheduler) == []


def test_task_of_a_silent_fetcher_comes_back_under_a_new_epoch(scheduler):
    submit(scheduler, 1, 1)
    first = lease(scheduler)[0]
    again = wait_for("the task to come back", lambda: lease(scheduler), 8)[0]
    assert again["task_id"] == first["task_id"]
    assert (first["epoch"], again["epoch"]) == (1, 2)
    outcomes = [a["outcome"] for a in call(scheduler, "attempt.list", {"task_id": first["task_id"]})["items"]]
    assert outcomes == ["lost", "leased"]


def test_beat_keeps_a_lease_and_tells_of_a_lost_one(scheduler):
    submit(scheduler, 1, 1)
    instance = str(uuid.uuid4())
    task = lease(scheduler, instance=instance)[0]
    held = [{"task_id": task["task_id"], "epoch": task["epoch"]}]
    for _ in range(12):
        answer = call(scheduler, "task.beat", {"instance": instance, "held": held})
        assert answer["tasks"][0]["verdict"] == "held"
        time.sleep(0.25)
    assert scheduler.query("SELECT epoch FROM jobs.task")[0]["epoch"] == task["epoch"]
    held[0]["epoch"] = 9
    assert call(scheduler, "task.beat", {"instance": instance, "held": held})["tasks"][0]["verdict"] == "lost"


def test_server_error_is_retried_and_a_credential_error_is_not(scheduler):
    submit(scheduler, 1, 2)
    first, second = lease(scheduler, 2)
    verdict = call(scheduler, "task.fail", {"task_id": first["task_id"], "epoch": 1,
                                            "error_code": "upstream.server_error", "http_status": 503})
    assert verdict["decision"] == "retry" and 100 <= verdict["delay_ms"] <= 200
    verdict = call(scheduler, "task.fail", {"task_id": second["task_id"], "epoch": 1,
                                            "error_code": "upstream.credential"})
    assert verdict["decision"] == "failed"
    assert scheduler.query("SELECT flag_code FROM jobs.credential_state") == [{"flag_code": "upstream.credential"}]
    time.sleep(1.5)
    assert lease(scheduler) == []  # nobody uses the credential
    scheduler.query("SELECT jobs.unflag(credential_id) FROM jobs.credential_state")
    again = wait_for("the retry", lambda: lease(scheduler))[0]
    assert (again["task_id"], again["attempt"]) == (first["task_id"], 2)


def test_last_try_fails_the_task_and_its_job(scheduler):
    scheduler.settings["DD_RETRY_MAX"] = 2
    scheduler["scheduler-1"].stop()
    scheduler.start("scheduler-1")
    job = submit(scheduler, 1, 1)
    for attempt in (1, 2):
        task = wait_for("the task", lambda: lease(scheduler))[0]
        verdict = call(scheduler, "task.fail", {"task_id": task["task_id"], "epoch": task["epoch"],
                                                "error_code": "upstream.network", "error_text": f"try {attempt}"})
    assert verdict["decision"] == "failed"
    job = call(scheduler, "job.get", {"id": job["id"]})
    assert (job["state"], job["error_code"], job["error_text"]) == ("failed", "upstream.network", "try 2")


def test_failure_told_under_a_lost_lease_changes_nothing(scheduler):
    submit(scheduler, 1, 1)
    task = lease(scheduler)[0]
    verdict = call(scheduler, "task.fail", {"task_id": task["task_id"], "epoch": 7,
                                            "error_code": "upstream.credential"})
    assert verdict["decision"] == "fenced"
    assert scheduler.query("SELECT state FROM jobs.task")[0]["state"] == "leased"
    counters = {c["name"]: c["value"] for c in call(scheduler, "sys.stats")["counters"]}
    assert counters["tasks_fenced"] == 1


def test_released_task_costs_no_attempt(scheduler):
    submit(scheduler, 1, 1)
    instance = str(uuid.uuid4())
    task = lease(scheduler, instance=instance)[0]
    call(scheduler, "task.release", {"instance": instance, "held": [{"task_id": task["task_id"], "epoch": 1}]})
    assert lease(scheduler)[0]["attempt"] == 1


def test_pages_of_jobs_cover_all_once(scheduler):
    ids = [submit(scheduler, n, n)["id"] for n in range(1, 8)]
    seen, cursor = [], None
    while True:
        page = call(scheduler, "job.list", {"limit": 3, **({"cursor": cursor} if cursor else {})})
        seen += [job["id"] for job in page["items"]]
        cursor = page.get("next")
        if not cursor:
            break
    assert seen == ids[::-1]


def test_two_schedulers_hand_out_each_task_once(scheduler):
    scheduler.instances["scheduler"] = 2
    scheduler.start("scheduler-2")
    submit(scheduler, 1, 28, dealers=("10001", "10002"))
    scheduler.query("UPDATE dealer.upstream SET concurrency = 100")
    taken = []
    for turn in range(60):
        name = f"scheduler-{turn % 2 + 1}"
        body = {"instance": str(uuid.uuid4()), "name": "test", "want": 3}
        taken += [t["task_id"] for t in call(scheduler, "task.lease", body, name=name)["tasks"]]
        if len(taken) >= 56:
            break
    assert len(taken) == len(set(taken)) == 56


def test_scheduler_stays_up_while_the_database_is_away(scheduler):
    scheduler["scheduler-1"].stop()
    scheduler.launch("scheduler-1", DATABASE_URL="host=/nowhere dbname=none")
    wait_for("an answer", lambda: scheduler._answers(scheduler["scheduler-1"]))
    with pytest.raises(BusError) as refusal:
        call(scheduler, "job.list")
    assert refusal.value.code == "database.away"
    info = call(scheduler, "sys.info")
    assert info["state"] == "degraded"
    assert [n["ready"] for n in info["needs"] if n["name"] == "database"] == [False]


def test_fetcher_that_lives_keeps_its_lease_over_an_outage_of_the_scheduler(scheduler):
    submit(scheduler, 1, 1)
    instance = str(uuid.uuid4())
    task = lease(scheduler, instance=instance)[0]
    scheduler["scheduler-1"].kill()
    time.sleep(2.5)
    scheduler.start("scheduler-1")
    time.sleep(0.7)
    held = [{"task_id": task["task_id"], "epoch": task["epoch"]}]
    answer = call(scheduler, "task.beat", {"instance": instance, "held": held})
    assert answer["tasks"][0]["verdict"] == "held"


def test_leases_that_come_too_late_are_given_back(system):
    """A scheduler that hangs leases to a request that its fetcher no longer waits for."""
    system.start_redis()
    system.start("dgi_sim", "dealer-1", "scheduler-1", "fetcher-1", DD_LEASE_MS=30000)
    system.add_upstream()
    system.add_dealer()
    process = system.processes["scheduler-1"]
    ask = {"dealer_ids": [SAMPLE], "from": f"{date.today() - timedelta(days=9)}",
           "to": f"{date.today() - timedelta(days=2)}", "slice_hours": 24}
    with system.wire("scheduler-1") as wire:
        wire.call("sys.ping")
        time.sleep(0.5)  # the fetcher's long poll is on its way
        process.freeze()
        time.sleep(5)  # longer than the fetcher waits
        wire.send_raw(msgpack.packb([0, 9, "job.submit", {"deadline_ms": 20000, "role": "service"}, ask]))
        process.thaw()
        job = msgpack.unpackb(wire.receive_raw(10))[3]
    wait_for("the job", lambda: system.query("SELECT 1 AS one FROM jobs.job_record WHERE id = %s AND state = 'succeeded'",
                                             (job["id"],)), 20)
