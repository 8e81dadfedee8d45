"""Whatever dies, freezes or is cut off, in whatever order: nothing accepted is lost, nothing is doubled.

Each test is a part of `tests/run chaos`: a system of its own under load, struck again and again, then
left alone until its jobs have ended, then judged by the checker. The numbers are those of a full run.
"""

import os
import signal
import subprocess
import time

import psycopg2
from fetching import days_back, yesterday
from proxy import Proxy
from storm import DEALERS, Storm
from system import wait_for

INSTANTS = ("leased", "in_copy", "before_commit", "after_commit")
PATIENCE = 20


def instance(storm, name):
    with storm.system.wire(name) as wire:
        return wire.call("sys.info")["instance"]


def is_stopped(process):
    with open(f"/proc/{process.pid}/stat", encoding="ascii", errors="replace") as file:
        return file.read().rpartition(")")[2].split()[0] == "T"


# ---- processes ----

def test_fetchers(system, cluster, dice, strikes, judge):
    """kill -9, at random and at the four instants that matter."""
    storm = Storm(system, cluster, dice, fetchers=4, latency_ms=400).begin()
    armed = {}
    for n in range(strikes(300)):
        name = storm.fetchers[n % 4]
        if name in armed:
            try:
                storm.system[name].child.wait(4)
            except subprocess.TimeoutExpired:
                pass  # it never came to its instant
        else:
            time.sleep(dice.uniform(0, 0.5))
        instant = dice.choice(INSTANTS) if dice.random() < 0.6 else None
        armed.pop(name, None)
        settings = {}
        if instant:
            settings = {"DD_FAULTPOINTS": "on", "DD_FETCHER_STOP_AT": f"{instant}:{dice.randint(1, 3)}"}
            armed[name] = instant
        storm.kill(name, **settings)
        storm.system[name].expect = None if instant else 0
        storm.struck(f"kill {name}")
    for name in armed:
        storm.kill(name)
    judge(storm.end())


def test_schedulers(make_system, cluster, dice, strikes, judge):
    """kill -9 one of two, and now and then both."""
    storm = Storm(make_system(instances={"scheduler": 2}), cluster, dice)
    storm.system.start("scheduler-2")
    storm.begin()
    for _ in range(strikes(100)):
        names = ["scheduler-1", "scheduler-2"]
        if dice.random() < 0.8:
            names.remove(dice.choice(names))
        for name in names:
            storm.system[name].kill()
        time.sleep(dice.uniform(0, 0.4))
        storm.system.start(*names)
        storm.struck(f"kill {names}")
        time.sleep(dice.uniform(0.05, 0.5))
    judge(storm.end())


def test_schedules(make_system, cluster, dice, strikes, judge):
    """Two schedulers side by side, killed while ticks are due: none is doubled, none is skipped."""
    storm = Storm(make_system(instances={"scheduler": 2}), cluster, dice, latency_ms=50)
    storm.system.start("scheduler-2")
    job = storm.run(days_back(1), yesterday(), dealers=("99902",))
    storm.history.note("asked", key="first", body="first")
    storm.history.note("answered", key="first", status=202, job=job["id"])
    storm.begin(dealers=list(DEALERS)[:2])
    for n in range(strikes(20)):
        if n % 3 == 0:
            storm.schedule("99902", 5, 6)
        name = dice.choice(("scheduler-1", "scheduler-2"))
        time.sleep(dice.uniform(0, 0.5))
        storm.kill(name, dice.uniform(0, 0.3))
        storm.struck(f"kill {name}")
    storm.load.finish()  # what people ask for goes before what a schedule asks for
    wait_for("all ticks to be started", lambda: not storm.system.query(
        "SELECT 1 AS one FROM jobs.tick WHERE state = 'waiting' LIMIT 1"), 60)
    told = storm.system.query("SELECT count(*)::int AS n, count(job_id)::int AS started FROM jobs.tick")[0]
    assert told["started"] >= 20, told
    storm.system.query("UPDATE jobs.schedule SET active = false, paused_by = 'test', paused_at = now(),"
                       " version = version + 1 RETURNING 1")
    print(f"{told['n']} ticks, {told['started']} started")
    judge(storm.end())


def test_gateways(system, cluster, dice, strikes, judge):
    """kill -9 in the middle of a POST; the client posts again under the same key."""
    storm = Storm(system, cluster, dice, latency_ms=50).begin(depth=40, job_hours=4, call_hours=2, pause=0.005)
    for _ in range(strikes(100)):
        time.sleep(dice.uniform(0, 0.2))
        storm.load.posting.wait(10)
        time.sleep(dice.uniform(0, 0.008))
        storm.kill("gateway-api")
        storm.struck("kill gateway-api")
    report = judge(storm.end())
    assert report.counts["posts_cut"] >= report.counts["strikes"] / 4, "they were killed in the middle of a POST"


def test_zombies(system, cluster, dice, strikes, judge):
    """Frozen past the lease, at random and in the middle of a transaction; then they wake up."""
    storm = Storm(system, cluster, dice, fetchers=4, latency_ms=400).begin()
    lease = int(storm.system.settings["DD_LEASE_MS"]) / 1000
    for n in range(strikes(50)):
        name = storm.fetchers[n % 4]
        if n % 2:
            storm.system[name].stop()
            at = f"{dice.choice(INSTANTS)}:{dice.randint(1, 2)}:stop"
            process = storm.system.launch(name, DD_FAULTPOINTS="on", DD_FETCHER_STOP_AT=at)
            wait_for(f"{name} to stop itself", lambda p=process: is_stopped(p), PATIENCE)
        else:
            storm.system[name].freeze()
        time.sleep(lease * dice.uniform(1.1, 1.8))
        storm.system[name].thaw()
        storm.struck(f"freeze {name}")
        time.sleep(dice.uniform(0, 0.2))
    judge(storm.end())


def test_rolling(make_system, cluster, dice, strikes, judge):
    """Everything is restarted by SIGTERM, one after the other: no call fails, no lease is lost."""
    storm = Storm(make_system(instances={"scheduler": 2}), cluster, dice)
    storm.system.start("scheduler-2")
    storm.begin()
    names = ["gateway-api", "scheduler-1", "scheduler-2", *storm.fetchers, "account-1", "dealer-1", "analytics-1"]
    for n in range(strikes(60, least=len(names))):
        name = names[n % len(names)]
        assert storm.system[name].stop() == 0, f"{name} ended with {storm.system[name].child.returncode}"
        storm.system.start(name)
        storm.struck(f"restart {name}")
        time.sleep(dice.uniform(0, 0.4))
    report = judge(storm.end())
    assert report.counts["leases_lost"] == report.counts["calls_failed"] == 0, "a restart cost an attempt"


def test_default_lease(system, cluster, dice, judge):
    """With the lease that is the default, a dead fetcher's task is with another one within 15 s."""
    storm = Storm(system, cluster, dice, fetchers=2, latency_ms=1000, DD_LEASE_MS=10000).begin()
    victim = instance(storm, "fetcher-1")
    time.sleep(0.5)
    storm.system["fetcher-1"].kill()
    held = storm.system.query("SELECT task_id, epoch FROM jobs.lease WHERE instance = %s", (victim,))
    assert held, "it held tasks"
    begun = time.monotonic()
    storm.struck("kill fetcher-1")

    def taken():
        return all(storm.system.query("SELECT 1 AS one FROM jobs.task WHERE id = %s AND epoch > %s",
                                      (row["task_id"], row["epoch"])) for row in held)

    wait_for("its tasks to be leased again", taken, 15, 0.1)
    print(f"{len(held)} tasks leased again after {time.monotonic() - begun:.1f} s")
    storm.system.start("fetcher-1")
    judge(storm.end())


# ---- what they stand on ----

def test_cuts(system, cluster, dice, strikes, judge):
    """The connection breaks between COMMIT and its answer, or before the COMMIT arrives."""
    proxy = Proxy(cluster)
    try:
        storm = Storm(system, cluster, dice)
        for name in storm.fetchers:
            storm.system[name].stop()
            storm.system.start(name, DATABASE_URL=proxy.url(storm.system.database_url))
        storm.begin()
        for n in range(strikes(50, least=4)):
            before = proxy.total()
            proxy.arm("question" if n % 4 == 3 else "answer")
            wait_for("a COMMIT to be cut", lambda b=before: proxy.total() > b, PATIENCE)
            storm.struck("cut")
            time.sleep(dice.uniform(0, 0.1))
        report = storm.end()
        print(f"cut: {proxy.cuts}")
        judge(report)
    finally:
        proxy.close()


def terminate(storm, dice):
    """Ends a random half of the backends of the system."""
    connection = storm.cluster.connect("postgres", "postgres")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE usename = 'dealer_user' ORDER BY pid")
        pids = [row[0] for row in cursor.fetchall()]
        for pid in dice.sample(pids, (len(pids) + 1) // 2):
            cursor.execute("SELECT pg_terminate_backend(%s)", (pid,))
    connection.close()


def test_postgres(system, cluster, dice, strikes, judge):
    """PostgreSQL restarts, orderly and at once; backends are ended."""
    storm = Storm(system, cluster, dice).begin()
    for n in range(strikes(30)):
        if n % 3 == 0:
            terminate(storm, dice)
        else:
            cluster.stop("INT" if n % 3 == 1 else "QUIT")
            time.sleep(dice.choice((0, 0, 1)))
            cluster.start()
        storm.struck("postgres")
        time.sleep(dice.uniform(0.3, 1.2))
    judge(storm.end())


def start_after_a_kill(cluster):
    """The old backends end by themselves; until then the memory of the server is taken."""
    def started():
        try:
            return cluster.start()
        except (RuntimeError, psycopg2.OperationalError):
            return None

    wait_for("PostgreSQL after a kill -9", started, 30, 0.2)


def test_postmaster(system, cluster, dice, strikes, judge):
    """kill -9 of PostgreSQL's own process."""
    storm = Storm(system, cluster, dice).begin()
    for _ in range(strikes(10, least=2)):
        os.kill(cluster.server.pid, signal.SIGKILL)
        cluster.server.wait()
        time.sleep(dice.uniform(0, 0.5))
        start_after_a_kill(cluster)
        storm.struck("kill postgres")
        time.sleep(dice.uniform(0.5, 1.5))
    judge(storm.end())


def test_redis(system, cluster, dice, strikes, judge):
    """Redis is killed, emptied, slow; jobs and figures go on."""
    storm = Storm(system, cluster, dice).begin()
    socket = str(storm.system.run / "redis.sock")
    for n in range(strikes(30)):
        how = ("killed", "emptied", "slow")[n % 3]
        if how == "killed":
            storm.system["redis"].kill()
            time.sleep(dice.uniform(0, 0.6))
            (storm.system.run / "redis.sock").unlink(missing_ok=True)
            storm.system.start_redis()
        elif how == "emptied":
            subprocess.run(["redis-cli", "-s", socket, "flushall"], check=True, stdout=subprocess.DEVNULL)
        else:
            storm.system["redis"].freeze()
        answer = storm.system.api("GET", "/api/v1/report/prospects?dealer_id=12284")
        assert answer.status_code in (200, 503), answer.text
        if how == "slow":
            time.sleep(dice.uniform(0, 0.8))
            storm.system["redis"].thaw()
        storm.struck(f"redis {how}")
    judge(storm.end())


# ---- the upstream ----

# What passes by itself when it is tried again, and what spoils the answer's content.
PASSING = (
    {"kind": "status", "value": 500}, {"kind": "status", "value": 503, "retry_after": 1}, {"kind": "drop"},
    {"kind": "status", "value": 429, "retry_after": 1}, {"kind": "html", "value": 502}, {"kind": "empty"},
    {"kind": "truncate"}, {"kind": "malformed"}, {"kind": "slow_body", "value": 600}, {"kind": "hang"},
    {"kind": "delay", "delay_ms": 800}, {"kind": "skew", "value": 60})
SPOILING = (
    {"kind": "duplicate"}, {"kind": "null_data"}, {"kind": "single_object"}, {"kind": "wrong_type"}, {"kind": "bad_date"},
    {"kind": "long_value"}, {"kind": "no_key"}, {"kind": "rename_field"}, {"kind": "quota"},
    {"kind": "status", "value": 403}, {"kind": "status", "value": 404})


def forgive(storm):
    """What an operator does once the upstream is well again: no breaker, block or flag is left."""
    storm.system.query("UPDATE jobs.upstream_state SET failures = 0, open_until = NULL RETURNING 1")
    storm.system.query("UPDATE jobs.credential_state SET blocked_until = NULL, flagged_at = NULL RETURNING 1")


def fetch_again(storm):
    """Everything that was asked for, once more, now that the upstream is well."""
    for dealer, (first, last) in storm.load.truth_windows().items():
        storm.load.post({"dealer_ids": [dealer], "feeds": ["prsp"], "from": str(first), "to": str(last),
                         "slice_hours": 168})


def test_faults(system, cluster, dice, strikes, judge):
    """Every fault of the upstream, mixed with deaths; once it is well, a second fetch makes all good."""
    storm = Storm(system, cluster, dice, fetchers=2, retry_max=20)
    storm.set_upstream(concurrency=64, breaker_failures=10000, first_byte_timeout_ms=1500, body_timeout_ms=1500,
                       total_timeout_ms=4000)
    storm.sim("POST", "settings", hang_ms=2500)
    storm.begin()
    kinds = PASSING + SPOILING
    for n in range(strikes(10 * len(kinds), least=len(kinds))):
        storm.sim("POST", "fault", times=dice.randint(1, 3), dealer=dice.choice(list(DEALERS)),
                  **kinds[n % len(kinds)])
        if n % 10 == 9:
            storm.kill(dice.choice(storm.fetchers))
            forgive(storm)
        storm.struck(kinds[n % len(kinds)]["kind"])
        time.sleep(dice.uniform(0, 0.25))
    storm.system.sim("DELETE", "/_sim/fault")
    storm.load.finish()

    def quiet():
        forgive(storm)  # again and again: a refusal may still be on its way
        return storm.quiet()

    wait_for("the end of all jobs", quiet, 90, 0.5)
    fetch_again(storm)
    judge(storm.end(failures_allowed=True))


def test_passing(system, cluster, dice, strikes, judge):
    """Faults that pass by themselves: no task is given up."""
    storm = Storm(system, cluster, dice, fetchers=2)
    storm.set_upstream(concurrency=64, breaker_failures=10000, first_byte_timeout_ms=1500, body_timeout_ms=1500,
                       total_timeout_ms=4000)
    storm.sim("POST", "settings", hang_ms=2500)
    storm.begin()
    for k in range(strikes(5 * len(PASSING), least=len(PASSING))):
        storm.sim("POST", "fault", times=dice.randint(1, 3), **PASSING[k % len(PASSING)])
        storm.struck(PASSING[k % len(PASSING)]["kind"])
        time.sleep(dice.uniform(0, 0.25))
    judge(storm.end())
