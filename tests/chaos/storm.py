"""A system under load that is struck: processes, victims, the end of it, and what is left to check."""

import random
import tempfile
import time
from pathlib import Path

import psycopg2
from checker import Evidence, check
from fetching import Pipeline
from history import History
from load import Load
from system import wait_for

DEALERS = {"12284": "group-a", "99901": "group-a", "99902": "group-b"}
LEASE_MS = 1500
LEAST_LATENCY = 250


class Storm(Pipeline):
    """Everything runs and is under load after begin(); end() waits for quiet and checks."""

    def __init__(self, system, cluster, dice=None, fetchers=3, latency_ms=LEAST_LATENCY, retry_max=60, **settings):
        system.settings.update({"DD_LEASE_MS": LEASE_MS, "DD_FETCHER_COPY_ROWS": 4, "DD_RETRY_BASE_MS": 150,
                                "DD_RETRY_MAX": retry_max, "DD_LOG_LEVEL": "info", **settings})
        system.start_redis()
        super().__init__(system, fetchers=0, latency_ms=latency_ms,
                         upstream={"concurrency": 64, "breaker_failures": 10000})
        for code, group in list(DEALERS.items())[1:]:
            self.add_dealer(code, group)
        self.cluster = cluster
        self.dice = dice or random.Random(0)
        self.fetchers = [f"fetcher-{n + 1}" for n in range(fetchers)]
        system.start("account-1", "analytics-1", "gateway-api", *self.fetchers)
        self.folder = Path(tempfile.mkdtemp(prefix="dd-history-", dir=system.folder))
        self.history = History(self.folder / "history.jsonl")
        self.load = None
        self.strikes = 0
        self.begun = time.monotonic()

    def begin(self, dealers=tuple(DEALERS), **options):
        self.load = Load(self.system, self.history, dealers, **options).start()
        wait_for("the first tasks to be stored", lambda: self.done() >= 3)
        return self

    def schedule(self, dealer, many, minutes):
        """So many schedules that run each minute, and have not run for so many minutes."""
        for n in range(many):
            answer = self.system.api("POST", "/api/v1/schedules", json={
                "name": f"each minute {n}", "cron": "* * * * *", "zone": "Asia/Jakarta", "catch_up": "all",
                "overlap_policy": "queue", "overlap_hours": 1, "dealer_ids": [dealer]})
            assert answer.status_code == 201, answer.text
        self.system.query("""UPDATE jobs.schedule SET next_at = next_at - make_interval(mins => %s),
                             due_at = due_at - make_interval(mins => %s), version = version + 1 RETURNING 1""",
                          (minutes, minutes))

    def struck(self, how):
        self.strikes += 1
        self.history.note("struck", how=how)
        assert not self.load or not self.load.failed, self.load.failed

    # ---- where it stands ----

    def done(self):
        return self.system.query("SELECT count(*)::int AS n FROM jobs.task WHERE state = 'succeeded'")[0]["n"]

    def quiet(self):
        """No job is open; false as well while PostgreSQL is away."""
        try:
            return not self.system.query("SELECT 1 AS one FROM jobs.job_record WHERE state IN ('queued', 'running')"
                                         " LIMIT 1")
        except psycopg2.Error:
            return False

    # ---- victims ----

    def kill(self, name, pause=0.0, **settings):
        """Kills a process and starts it again. One with settings of its own may reach its fault point at once:
        nobody waits for its answer."""
        if self.system[name].alive():
            self.system[name].kill()
        self.system[name].expect = None
        if pause:
            time.sleep(pause)
        return self.system.launch(name, **settings) if settings else self.system.start(name)

    def zombies(self, names, seconds):
        """Freezes fetchers past their leases; then they wake up and believe that nothing happened."""
        for name in names:
            self.system[name].freeze()
        time.sleep(seconds)
        for name in names:
            self.system[name].thaw()

    # ---- the end ----

    def end(self, seconds=90, failures_allowed=False):
        """Stops the load, waits until all jobs have ended, and checks; the report."""
        if self.load:
            self.load.finish()
        try:
            wait_for("the end of all jobs", self.quiet, seconds, 0.1)
        except AssertionError:
            self.history.note("hung")
        self.history.close()
        return self.check(failures_allowed)

    def spans(self):
        """dealer -> the whole days that were asked for."""
        return self.load.truth_windows()

    def check(self, failures_allowed=False):
        spans = self.spans()
        truth = {dealer: self.truth(*span, dealer=dealer) for dealer, span in spans.items()}
        stored = {dealer: self.stored(dealer) for dealer in spans}
        report = check(Evidence(self.system.query, self.history.read(), stored, truth, failures_allowed))
        report.counts["strikes"] = self.strikes
        report.counts["seconds"] = round(time.monotonic() - self.begun)
        return report
