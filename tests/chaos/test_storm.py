"""Whatever dies or freezes, in whatever order: the job ends by itself and every row is stored once.

A storm kills (-9) or freezes processes at random while a job of 200 calls runs. Its seed is part of
the test's name; the same seed gives the same storm, as far as the machine's timing allows.
"""

import random
import time

import psycopg2
from long_job import LEASE_MS, LongJob

FETCHERS = ("fetcher-1", "fetcher-2", "fetcher-3")
VICTIMS = (*FETCHERS, "scheduler-1", "dealer-1", "analytics-1", "gateway-api", "redis")
LATENCY_MS = 700
LEAST_FAULTS = 5


def running(job):
    try:
        return job.state()["state"] in ("queued", "running")
    except psycopg2.OperationalError:
        return True


def start_again(system, name):
    if name == "redis":
        (system.run / "redis.sock").unlink(missing_ok=True)
        system.start_redis()
    else:
        system.start(name)


def strike(system, dice):
    """One fault; what was done, for the log."""
    name = dice.choice(VICTIMS)
    if dice.random() < 0.6:
        system[name].kill()
        time.sleep(dice.uniform(0, 0.5))
        start_again(system, name)
        return f"kill {name}"
    seconds = dice.uniform(0.1, 1.5 * LEASE_MS / 1000)
    system[name].freeze()
    time.sleep(seconds)
    system[name].thaw()
    return f"freeze {name} for {seconds:.1f} s"


def test_storm(system, seed):
    dice = random.Random(seed)
    job = LongJob(system, latency_ms=LATENCY_MS)
    system.start("analytics-1", *FETCHERS)
    job.begin()
    faults = []
    while running(job):
        time.sleep(dice.uniform(0.05, 0.4))
        faults.append(strike(system, dice))
        print(faults[-1])
    assert len(faults) >= LEAST_FAULTS
    job.wait_end()
    job.check()
