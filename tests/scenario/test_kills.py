"""kill -9 at named instants within a job of 200 tasks: it ends by itself, every row is stored once."""

import psycopg2
import pytest
from long_job import TASKS, LongJob, died
from system import wait_for

FETCHERS = ("fetcher-1", "fetcher-2", "fetcher-3")
INSTANTS = ("leased", "in_copy", "before_commit", "after_commit")


@pytest.fixture
def long_job(system):
    return LongJob(system)


def check_outcomes(instant, n, outcomes):
    """What a fetcher that died when it came to the instant for the n-th time leaves behind."""
    stored = outcomes.get("succeeded", 0)
    if instant == "before_commit":
        assert stored == n - 1, "what it had not committed does not count"
    if instant == "after_commit":
        assert stored == n, "what it had committed counts, though nobody was told"
    else:
        assert outcomes.get("lost", 0) >= 1, "what it held went back to the queue"
    assert "leased" not in outcomes and "failed" not in outcomes


@pytest.mark.parametrize("instant", INSTANTS)
def test_fetchers_killed(long_job, instant):
    victims = [long_job.arm(name, instant, n) for n, name in enumerate(FETCHERS, 1)]
    long_job.begin()
    for victim in victims:
        died(victim)
        long_job.system.start(victim.name)
    assert long_job.state()["state"] == "running", "all of them died within the job"
    long_job.wait_end()
    for n, victim in enumerate(victims, 1):
        check_outcomes(instant, n, long_job.outcomes(victim.instance))
    job = long_job.check()
    again = long_job.system.query("SELECT sum(epoch - 1)::int AS n FROM jobs.task")[0]["n"]
    print(f"{len(victims)} fetchers killed at {instant}, {again} leases lost, {job['rows_read']} rows exact")


def test_scheduler_killed(long_job):
    long_job.sim("POST", "settings", latency_ms=150)
    long_job.system.start(*FETCHERS)
    long_job.begin()
    for kills, tasks in enumerate((30, 90), 1):
        long_job.reach(tasks)
        long_job.system["scheduler-1"].kill()
        assert long_job.state()["state"] == "running", f"kill {kills} was within the job"
        long_job.system.start("scheduler-1")
    long_job.wait_end()
    long_job.check()


def test_scheduler_killed_after_the_lease_before_its_answer(long_job):
    """The lease is held up in the database until the scheduler is dead: committed, and nobody knows."""
    system = long_job.system
    long_job.system.start(*FETCHERS)
    held = psycopg2.connect(system.database_url)
    held.cursor().execute("LOCK TABLE jobs.attempt IN EXCLUSIVE MODE")
    long_job.begin()
    wait_for("a lease that waits", lambda: system.query("""SELECT pid FROM pg_stat_activity
                                                           WHERE wait_event_type = 'Lock' AND query ~ 'lease_tasks'"""))
    system["scheduler-1"].kill()
    held.rollback()
    held.close()
    unknown = wait_for("the lease", lambda: system.query("SELECT task_id, epoch FROM jobs.lease"), 3)
    system.start("scheduler-1")
    long_job.wait_end()
    lost = system.query("SELECT task_id, epoch FROM jobs.attempt WHERE outcome = 'lost' ORDER BY 1")
    assert unknown and all(lease in lost for lease in unknown), "nobody could beat for them"
    long_job.check()
    print(f"{len(unknown)} leases that nobody heard of")


def test_gateway_killed(long_job):
    long_job.sim("POST", "settings", latency_ms=150)
    long_job.system.start(*FETCHERS)
    long_job.begin()
    for kills, tasks in enumerate((30, 80, 130), 1):
        long_job.reach(tasks)
        long_job.system["gateway-api"].kill()
        assert long_job.state()["state"] == "running", f"kill {kills} was within the job"
        long_job.system.start("gateway-api")
        assert long_job.system.job(long_job.begun)["tasks_succeeded"] >= tasks
    long_job.wait_end()
    long_job.check()


def test_everything_killed_within_one_job(long_job):
    long_job.sim("POST", "settings", latency_ms=150)
    victims = [long_job.arm(f"fetcher-{n}", instant, 2) for n, instant in enumerate(INSTANTS, 1)]
    long_job.begin()
    kills = 0
    for victim in victims:
        died(victim)
        long_job.system.start(victim.name)
        kills += 1
    for name, tasks in (("scheduler-1", 60), ("gateway-api", 100), ("scheduler-1", 130)):
        long_job.reach(tasks)
        long_job.system[name].kill()
        long_job.system.start(name)
        kills += 1
    assert long_job.state()["state"] == "running" and kills == len(INSTANTS) + 3
    long_job.wait_end()
    job = long_job.check()
    assert job["tasks_succeeded"] == TASKS
    for victim in victims:
        check_outcomes(victim.instant, 2, long_job.outcomes(victim.instance))


def test_default_lease_gives_a_dead_fetchers_task_back_within_15_seconds(system):
    long_job = LongJob(system, DD_LEASE_MS=10000)
    victim = long_job.arm("fetcher-1", "leased")
    long_job.begin(days=1)
    died(victim)
    died_at = system.query("SELECT clock_timestamp() AS now")[0]["now"]
    long_job.system.start("fetcher-2")
    long_job.wait_end(20)
    task = system.query("SELECT started_at, epoch FROM jobs.task")[0]
    seconds = (task["started_at"] - died_at).total_seconds()
    print(f"leased again {seconds:.1f} s after the death")
    assert task["epoch"] == 2 and seconds <= 15
    assert long_job.outcomes(victim.instance) == {"lost": 1}
    long_job.check()
