"""The short storm of the checker's own tests: in some ten seconds it comes to every instant that matters.

Unlike the storms of test_chaos.py nothing is left to chance: what is struck is held at the instant at
which an engine that is spoilt there does wrong.
"""

import subprocess
import time

from fetching import days_back, today
from storm import Storm
from system import wait_for

INSTANTS = ("leased", "in_copy", "before_commit", "after_commit")
WAIT = 15
DEALER = "12284"
FIRST = 11  # days back
SEVERAL = [{"kodeTipeUnit": "HB1", "salesProgramId": "1"}, {"kodeTipeUnit": "HC2", "salesProgramId": "2"}]


class Hung(Exception):
    """The storm does not get on: nothing moves, which is a finding as well."""


class Short(Storm):
    """run() storms; check() or end() follows."""

    def __init__(self, system, cluster):
        super().__init__(system, cluster, fetchers=2, latency_ms=300, retry_max=10, DD_FETCHER_GROUP=1)
        self.keys = 0

    def job(self, first, last=None, key=None, **more):
        """Posts a job over whole days, back from yesterday; its id."""
        return self.post({"dealer_ids": [DEALER], "feeds": ["prsp"], "from": str(days_back(first)),
                          "to": str(days_back(first if last is None else last)), "slice_hours": 24, **more}, key)

    def post(self, body, key=None):
        self.keys += 1
        key = key or f"short-{self.keys}"
        self.history.note("asked", key=key, body=body)
        answer = self.system.api("POST", "/api/v1/jobs", json=body, headers={"Idempotency-Key": key})
        self.history.note("answered", key=key, status=answer.status_code, job=answer.json().get("id"))
        return answer.json()["id"]

    def ended(self, job, seconds=WAIT):
        try:
            wait_for("the job's end", lambda: self.system.query(
                "SELECT 1 AS one FROM jobs.job_record WHERE id = %s AND finished_at IS NOT NULL", (job,)), seconds)
        except AssertionError as error:
            raise Hung(str(error)) from error
        self.history.note("told", job=self.system.job({"id": job}))

    def die(self, name, instant):
        """The fetcher anew, which kills itself at the instant; true when it came there."""
        if self.system[name].alive():
            self.system[name].kill()
        victim = self.system.launch(name, DD_FAULTPOINTS="on", DD_FETCHER_STOP_AT=instant)
        victim.expect = None
        try:
            victim.child.wait(4)
            return True
        except subprocess.TimeoutExpired:
            return False

    # ---- scenes ----

    def deaths(self):
        """A fetcher dies at each instant; the job is posted again under its key when it is over."""
        job = self.job(FIRST, FIRST - 5, key="twice")
        for instant in INSTANTS:
            self.die("fetcher-1", instant)
        self.kill("fetcher-1")
        self.ended(job)
        self.ended(self.job(FIRST, FIRST - 5, key="twice"))

    def zombie(self):
        """A fetcher wakes up when its tasks are leased to another one, and no beat tells it so."""
        self.system["fetcher-2"].freeze()
        job = self.job(FIRST - 6, 1)
        wait_for("its leases", lambda: self.leases(job) >= 2, WAIT)
        time.sleep(0.1)
        self.system["fetcher-1"].freeze()
        self.system["fetcher-2"].thaw()
        wait_for("them to be leased again", lambda: self.system.query(
            "SELECT 1 AS one FROM jobs.lease l JOIN jobs.task t ON t.id = l.task_id"
            " WHERE t.job_id = %s AND t.epoch > 1", (job,)), WAIT, 0.01)
        self.wake_alone("fetcher-1")
        self.ended(job)

    def wake_alone(self, *names):
        """They wake while no scheduler answers: only the fence stands between them and the rows."""
        self.system["scheduler-1"].freeze()
        for name in names:
            self.system[name].thaw()
        time.sleep(0.8)
        self.system["scheduler-1"].thaw()

    def cancelled(self):
        """A job is cancelled while the fetchers are frozen, which then wake up and want to store."""
        job = self.job(40, 38)
        wait_for("its leases", lambda: self.leases(job) >= 2, WAIT)
        time.sleep(0.1)
        for name in self.fetchers:
            self.system[name].freeze()
        answer = self.system.api("POST", f"/api/v1/jobs/{job}/cancel")
        assert answer.ok, answer.text
        wait_for("the end of a task", lambda: self.system.query(
            "SELECT 1 AS one FROM jobs.task WHERE job_id = %s AND state = 'cancelled'", (job,)), WAIT)
        self.wake_alone(*self.fetchers)
        self.ended(job)

    def leases(self, job):
        return self.system.query("SELECT count(*)::int AS n FROM jobs.lease WHERE job_id = %s", (job,))[0]["n"]

    def changes(self):
        """Records change upstream: units, a date, a text; answers hold them twice."""
        window = {"from": str(days_back(FIRST)), "to": str(days_back(FIRST - 5))}
        self.sim("POST", "records", dealer=DEALER, first=2, set={"unit": SEVERAL, "alamat": "Jalan Baru 1"}, **window)
        self.sim("POST", "records", dealer=DEALER, nth=[2, 3], set={"tanggalProspect": str(days_back(60)),
                                                                  "statusProspect": "5"}, **window)
        self.sim("POST", "fault", kind="duplicate", dealer=DEALER, times=1)
        self.sim("POST", "fault", kind="status", value=503, dealer=DEALER, times=2)
        job = self.post({"dealer_ids": [DEALER], "from": str(days_back(0)), "slice_hours": 168})
        self.ended(job)

    def ticks(self):
        """A schedule whose last minutes were missed, and all of them shall run."""
        self.ended(self.job(0, dealer_ids=["99902"]))
        self.schedule("99902", 1, 3)
        for what, sql in (("the ticks to be claimed", "SELECT 1 AS one FROM jobs.schedule WHERE next_at > now()"),
                          ("the ticks to be started", "SELECT 1 AS one WHERE NOT EXISTS"
                                                      " (SELECT FROM jobs.tick WHERE state = 'waiting')")):
            wait_for(what, lambda s=sql: self.system.query(s), WAIT)
        self.system.query("UPDATE jobs.schedule SET active = false, paused_by = 'test', paused_at = now(),"
                          " version = version + 1 RETURNING 1")

    def overlap(self):
        """The same days once more: nothing new."""
        self.ended(self.job(FIRST, 1, slice_hours=72))

    def run(self):
        """True when the storm got through; what it found is for the checker to tell."""
        try:
            self.deaths()
            self.zombie()
            self.cancelled()
            self.overlap()
            self.ticks()
            self.changes()
            return True
        except (Hung, AssertionError) as error:
            self.history.note("hung", why=str(error)[:300])
            return False

    def spans(self):
        return {DEALER: (days_back(FIRST), today())}
