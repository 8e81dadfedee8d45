"""A fetcher that stops in the middle of storing and wakes up after its lease: refused, and nobody waited."""

import time

import pytest
from long_job import LEASE_MS, LongJob, stopped
from system import wait_for


@pytest.mark.parametrize("instant", ["before_commit", "in_copy"])
def test_frozen_fetcher_is_fenced_and_blocks_nobody(system, instant):
    long_job = LongJob(system)
    victim = long_job.arm("fetcher-1", instant, 2, stop=True)
    system.start("fetcher-2", "fetcher-3")
    long_job.begin()
    stopped(victim)
    began = time.monotonic()
    backend = system.query("""SELECT backend_pid, backend_start, clock_timestamp() AS now FROM jobs.fetcher
                              WHERE instance = %s""", (victim.instance,))[0]
    stored = long_job.outcomes(victim.instance).get("succeeded", 0)
    held = system.query("SELECT count(*) AS n FROM jobs.lease WHERE instance = %s", (victim.instance,))[0]["n"]
    assert alive(system, backend) and held >= 1, "it sleeps inside its transaction"
    long_job.wait_end(20)
    print(f"the others ended the job {time.monotonic() - began:.1f} s after the freeze, lease {LEASE_MS} ms")
    assert not alive(system, backend), "the reaper ended its backend"
    if instant == "in_copy":
        assert stored_meanwhile(system, victim.instance, backend["now"]) > 0, "no lock of it held up the others"
    outcomes = long_job.outcomes(victim.instance)
    # A request for work that it had sent before may have brought it more.
    assert outcomes == {**({"succeeded": stored} if stored else {}), "lost": outcomes["lost"]}
    assert outcomes["lost"] >= held
    victim.thaw()
    wait_for("the refusal", lambda: refusals(long_job, victim.name) >= 1, 10)
    assert long_job.outcomes(victim.instance) == outcomes, "what it wrote late changed nothing"
    long_job.check()


def test_thawed_fetcher_works_on(system):
    long_job = LongJob(system, latency_ms=0)
    victim = long_job.arm("fetcher-1", "before_commit", 1, stop=True)
    long_job.begin(days=3)
    stopped(victim)
    wait_for("its leases to run out", lambda: system.query(
        "SELECT count(*) AS n FROM jobs.lease WHERE instance = %s", (victim.instance,))[0]["n"] == 0)
    victim.thaw()
    long_job.wait_end(20)
    outcomes = long_job.outcomes(victim.instance)
    assert outcomes["lost"] >= 3 and outcomes == {"lost": outcomes["lost"], "succeeded": 3}
    assert refusals(long_job, victim.name) >= 1
    long_job.check()


def alive(system, backend):
    return system.query("SELECT pid FROM pg_stat_activity WHERE pid = %s AND backend_start = %s",
                        (backend["backend_pid"], backend["backend_start"]))


def stored_meanwhile(system, instance, since):
    """How much the others stored before the first lease of this one was given back."""
    return system.query("""
        WITH lost AS (SELECT min(finished_at) AS at FROM jobs.attempt WHERE instance = %(it)s AND outcome = 'lost')
        SELECT count(*) AS n FROM jobs.attempt a, lost
        WHERE a.instance <> %(it)s AND a.outcome = 'succeeded' AND a.finished_at BETWEEN %(since)s AND lost.at""",
                        {"it": instance, "since": since})[0]["n"]


def refusals(long_job, name):
    """Writes that were refused because of the epoch."""
    counters = long_job.counters(name)
    return counters["stores_fenced"]
