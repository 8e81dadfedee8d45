"""A job of 200 tasks for tests that disturb it: the system, the truth, progress, and who died where.

Leases are short and the upstream answers slowly enough for a test to meet the job in its middle.
Days with many prospects are staged by COPY, the others by INSERT.
"""

import signal

import psycopg2
from fetching import Pipeline, days_back, yesterday
from ledger import check_job
from system import wait_for

TASKS = 200
LEASE_MS = 1500
COPY_ROWS = 15


class LongJob(Pipeline):
    """Everything runs but the fetchers: start or arm them, then begin()."""

    def __init__(self, system, latency_ms=40, **settings):
        system.settings.update({"DD_LEASE_MS": LEASE_MS, "DD_FETCHER_COPY_ROWS": COPY_ROWS, **settings})
        system.start_redis()
        super().__init__(system, fetchers=0, latency_ms=latency_ms, upstream={"concurrency": 64})
        system.start("gateway-api")
        self.window = self.begun = None

    def begin(self, days=TASKS):
        """Submits the job: a task a day, ending yesterday."""
        self.window = (days_back(days - 1), yesterday())
        self.begun = self.system.submit(*self.window)
        assert self.begun["tasks_total"] == days
        return self.begun

    # ---- where it stands; from the database, since any process may be away ----

    def state(self):
        return self.system.query("SELECT state, tasks_succeeded AS done FROM jobs.job WHERE id = %s",
                                 (self.begun["id"],))[0]

    def reach(self, tasks, seconds=30):
        """Waits until so many tasks are stored, and asserts that the job is in its middle."""
        wait_for(f"{tasks} tasks to be stored", lambda: self.state()["done"] >= tasks, seconds, 0.01)
        state = self.state()
        assert state["state"] == "running", f"no longer in the middle: {state}"

    def wait_end(self, seconds=40):
        def ended():
            try:
                return self.state()["state"] not in ("queued", "running")
            except psycopg2.OperationalError:
                return False  # PostgreSQL is being started

        wait_for("the end of the job", ended, seconds)

    def check(self):
        """The job has ended well, all of it is stored once, and every account of it agrees."""
        job = wait_for("the job's answer", self._told, 15)
        check_job(self.system, job)
        truth = self.assert_exact(*self.window)
        assert truth and job["rows_new"] == len(truth) and job["rows_quarantined"] == 0
        return job

    def _told(self):
        answer = self.system.api("GET", f"/api/v1/jobs/{self.begun['id']}")
        return answer.json() if answer.status_code == 200 else None

    # ---- fetchers that die or stop at an instant ----

    def arm(self, name, instant, n=1, stop=False):
        """Starts a fetcher that kills (or stops) itself at the n-th time it comes to the instant."""
        at = f"{instant}:{n}" + (":stop" if stop else "")
        process = self.system.start(name, DD_FAULTPOINTS="on", DD_FETCHER_STOP_AT=at)
        process.instant = instant
        process.instance = self.instance(name)
        return process

    def instance(self, name):
        with self.system.wire(name) as wire:
            return wire.call("sys.info")["instance"]

    def outcomes(self, instance):
        """outcome -> how many attempts of this fetcher process."""
        return {row["outcome"]: row["n"] for row in self.system.query(
            "SELECT outcome, count(*)::int AS n FROM jobs.attempt WHERE instance = %s GROUP BY 1", (instance,))}


def reached(process):
    """How often it logged that it came to its instant."""
    return sum(line.get("msg") == "faultpoint reached" and line.get("at") == process.instant
               for line in process.lines())


def died(process, seconds=30):
    """Waits for a fetcher to kill itself; asserts that it was by SIGKILL and at its instant."""
    process.expect = None
    code = process.child.wait(seconds)
    assert code == -signal.SIGKILL, f"{process.name} ended with {code}"
    assert reached(process) == 1, process.text()[-1500:]


def stopped(process, seconds=30):
    """Waits for a fetcher to stop itself at its instant."""
    def state():
        with open(f"/proc/{process.pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0]

    wait_for(f"{process.name} to stop itself", lambda: state() == "T", seconds)
    assert reached(process) == 1, process.text()[-1500:]
