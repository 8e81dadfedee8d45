"""Two of everything in one system: they share the work, agree, and outlive each other's death."""

import http.client
import json
import socket
import threading
import time

import pytest
from fetching import Pipeline, days_back, yesterday
from ledger import check_attempts, check_rollups
from system import DONE, SAMPLE, wait_for

GATEWAYS = ("api", "api-2")


class Stream:
    """The events of a gateway, read in a thread."""

    def __init__(self, system, role):
        self.events = []
        connection = http.client.HTTPConnection("127.0.0.1", system.port(role), timeout=60)
        connection.connect()
        self.socket = connection.sock
        connection.request("GET", "/api/v1/events", headers={"Authorization": f"Bearer {system.admin_key}"})
        self.answer = connection.getresponse()
        assert self.answer.status == 200 and self.answer.headers["Content-Type"].startswith("text/event-stream")
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        name = None
        try:
            for line in self.answer:
                if line.startswith(b"event: "):
                    name = line[7:].decode().strip()
                elif line.startswith(b"data: "):
                    self.events.append((name, json.loads(line[6:])))
        except (OSError, http.client.HTTPException):
            pass  # closed, by either end

    def progress(self, job):
        """How many tasks were done, in the order told."""
        return [data["tasks_done"] for name, data in self.events if name == "job.changed" and data["id"] == job["id"]]

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def pairs(make_system):
    """Two schedulers, analytics, API gateways and fetchers, with two dealers."""
    system = make_system(instances={"scheduler": 2, "analytics": 2})
    system.settings["DD_LEASE_MS"] = 2000
    system.start_redis()
    pipeline = Pipeline(system, fetchers=0, latency_ms=50, upstream={"concurrency": 64})
    pipeline.add_dealer("99901")
    system.start("scheduler-2", "analytics-1", "analytics-2", "fetcher-1", "fetcher-2", "gateway-api", "gateway-api-2")
    wait_ready(system, *GATEWAYS)
    return system


def wait_ready(system, *roles):
    """Until these gateways have found every service that they need."""
    for role in roles:
        wait_for(f"{role} to be ready", lambda r=role: system.api("GET", "/readyz", role=r).status_code == 200)


def submit(system, role, dealer, days):
    answer = system.api("POST", "/api/v1/jobs", role=role, json={
        "dealer_ids": [dealer], "from": str(days_back(days - 1)), "to": str(yesterday())})
    assert answer.status_code == 202, answer.text
    return answer.json()


def wait_job(system, job, role, seconds=30):
    def ended():
        answer = system.api("GET", f"/api/v1/jobs/{job['id']}", role=role)
        return answer.json() if answer.ok and answer.json()["state"] in DONE else None

    return wait_for(f"the end of job {job['id']}", ended, seconds)


def counter(system, process, name):
    with system.wire(process) as wire:
        return {row["name"]: row["value"] for row in wire.call("sys.stats")["counters"]}[name]


def figures(system, role, dealer):
    answer = system.api("GET", "/api/v1/report/prospects", role=role, params={"dealer_id": dealer})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert not told["stamp"].pop("stale")
    told["stamp"].pop("cached_at")
    return told


def raw_total(system, dealer):
    return system.query("SELECT count(*) AS n FROM feed.prospect WHERE dealer_id = %s", (dealer,))[0]["n"]


def test_pairs_share_the_work_and_agree(pairs):
    streams = [Stream(pairs, role) for role in GATEWAYS]
    jobs = [submit(pairs, role, dealer, 100) for role, dealer in zip(GATEWAYS, (SAMPLE, "99901"))]
    ended = [wait_job(pairs, job, role) for job, role in zip(jobs, reversed(GATEWAYS))]
    assert [(job["state"], job["tasks_succeeded"]) for job in ended] == [("succeeded", 100)] * 2
    for stream in streams:
        for job in jobs:
            wait_for("its end on the stream", lambda s=stream, j=job: s.progress(j)[-1:] == [100], 5)
            told = stream.progress(job)
            assert told == sorted(told) and len(set(told)) > 3, f"progress as it was told: {told}"
        stream.close()
    epochs = pairs.query("SELECT epoch, count(*)::int AS n FROM jobs.attempt GROUP BY 1")
    assert epochs == [{"epoch": 1, "n": 200}], "each task was leased once"
    granted = [counter(pairs, f"scheduler-{n}", "leases_granted") for n in (1, 2)]
    stored = [counter(pairs, f"fetcher-{n}", "tasks_stored") for n in (1, 2)]
    assert sum(granted) == sum(stored) == 200 and min(granted) > 0 and min(stored) > 0, (granted, stored)
    for job in ended:
        check_attempts(pairs, job)
    check_rollups(pairs)
    for dealer in (SAMPLE, "99901"):
        total = raw_total(pairs, dealer)
        wait_for("fresh figures everywhere", lambda d=dealer, t=total: all(
            figures(pairs, role, d)["total"] == t for role in GATEWAYS * 4), 3)
        answers = [figures(pairs, role, dealer) for role in GATEWAYS * 4]
        assert all(answer == answers[0] for answer in answers)
    assert all(calls(pairs, f"analytics-{n}", "report.prospects") > 0 for n in (1, 2)), "both were asked"
    print(f"granted {granted}, stored {stored}")


def calls(system, process, message):
    with system.wire(process) as wire:
        return sum(row["calls"] for row in wire.call("sys.stats")["messages"] if row["name"] == message)


class Load:
    """Calls through a gateway by several threads: (when it began, how long it took, status) of each."""

    def __init__(self, system, role, path, threads=4):
        self.calls = []
        self.going = True
        self.threads = [threading.Thread(target=self._run, args=(system, role, path)) for _ in range(threads)]
        for thread in self.threads:
            thread.start()

    def _run(self, system, role, path):
        while self.going:
            began = time.monotonic()
            status = system.api("GET", path, role=role).status_code
            self.calls.append((began, time.monotonic() - began, status))

    def stop(self):
        self.going = False
        for thread in self.threads:
            thread.join()


@pytest.mark.parametrize("victim, path", [
    ("scheduler-1", "/api/v1/jobs?limit=1"),
    ("scheduler-2", "/api/v1/jobs?limit=1"),
    ("analytics-1", f"/api/v1/report/prospects?dealer_id={SAMPLE}"),
    ("analytics-2", f"/api/v1/report/prospects?dealer_id={SAMPLE}"),
    ("gateway-api", "/api/v1/jobs?limit=1"),
    ("fetcher-1", "/api/v1/jobs?limit=1"),
])
def test_one_of_a_pair_is_killed_under_load(pairs, victim, path):
    job = submit(pairs, "api-2", SAMPLE, 120)
    wait_for("the job to be in its middle", lambda: pairs.query(
        "SELECT tasks_succeeded AS n FROM jobs.job")[0]["n"] >= 20)
    load = Load(pairs, "api-2", path)
    time.sleep(0.3)
    killed = time.monotonic()
    pairs[victim].kill()
    time.sleep(1.5)
    load.stop()
    bad = [(began - killed, took, status) for began, took, status in load.calls if status != 200]
    print(f"{victim} killed: {len(load.calls)} calls, {len(bad)} lost {bad}")
    assert len(bad) <= len(load.threads), "at most those that were on their way to it"
    assert all(began < 0.5 for began, _, _ in bad), "all later calls went to the other one"
    ended = wait_job(pairs, job, "api-2")
    assert (ended["state"], ended["tasks_succeeded"]) == ("succeeded", 120)
    check_attempts(pairs, ended)
    wait_for("the figures", lambda: figures(pairs, "api-2", SAMPLE)["total"] == raw_total(pairs, SAMPLE), 3)


# ---- independence ----

ANSWERS = {
    "api": ("/api/v1/dealers", "/api/v1/jobs", "/api/v1/report/dealers"),
    "admin": ("/api/v1/dealers", "/api/v1/jobs", "/api/v1/services"),
    "analytics": ("/api/v1/report/dealers", f"/api/v1/report/prospects?dealer_id={SAMPLE}",
                  f"/api/v1/report/fetches?dealer_id={SAMPLE}", f"/api/v1/prospects?dealer_id={SAMPLE}"),
}


@pytest.mark.parametrize("stopped, working", [
    (("gateway-admin",), ("analytics", "api")),
    (("gateway-analytics",), ("admin", "api")),
    (("gateway-api",), ("admin", "analytics")),
    (("scheduler-1", "dealer-1"), ("analytics",)),
    (("scheduler-1", "dealer-1", "gateway-admin", "gateway-api", "fetcher-1"), ("analytics",)),
    (("analytics-1", "gateway-analytics"), ("admin",)),
])
def test_what_is_stopped_takes_nothing_else_with_it(make_system, stopped, working):
    system = make_system()
    system.start_redis()
    Pipeline(system)
    system.start("analytics-1", "gateway-api", "gateway-analytics", "gateway-admin")
    wait_ready(system, "api", "analytics", "admin")
    job = submit(system, "admin", SAMPLE, 3)
    wait_job(system, job, "api")
    for name in stopped:
        assert system[name].stop() == 0
    for role in working:
        for path in ANSWERS[role]:
            answer = system.api("GET", path, role=role)
            assert answer.status_code == 200, f"{role}{path}: {answer.text}"
        events = Stream(system, role)
        events.close()
    by = [role for role in working if role != "analytics"]
    if by and "scheduler-1" not in stopped:
        wait_job(system, submit(system, by[0], SAMPLE, 2), by[0])
