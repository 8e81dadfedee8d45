"""Clients of a storm: they post jobs, each under an Idempotency-Key, until every one is answered.

Each job asks for hours that no other asks for, so that a row which is lost stays lost and the checker
finds it. A POST without an answer goes out again under its key; the history keeps all of it.
"""

import threading
import time
import uuid
from datetime import timedelta

import psycopg2
import requests

from fetching import yesterday

AGAIN = (409, 429, 500, 502, 503, 504)  # not now: the same key goes out again
PATIENCE = 90


def windows(dealers, days, hours):
    """Disjoint windows, the latest first: (dealer, day, first hour)."""
    for back in range(days):
        for dealer in dealers:
            for hour in range(0, 24, hours):
                yield dealer, yesterday() - timedelta(days=back), hour


class Load:
    """Keeps `depth` jobs open as long as it runs; start() and finish()."""

    def __init__(self, system, history, dealers, depth=6, job_hours=12, call_hours=1, pause=0.05):
        self.system, self.history, self.dealers = system, history, list(dealers)
        self.depth, self.call_hours, self.job_hours, self.pause = depth, call_hours, job_hours, pause
        self.work = windows(self.dealers, 390, job_hours)
        self.days = {}  # dealer -> its last day that was asked for
        self.partial = {}
        self.open = set()
        self.stop = threading.Event()
        self.posting = threading.Event()
        self.failed = None
        self.thread = threading.Thread(target=self._run)

    def start(self):
        self.thread.start()
        return self

    def finish(self):
        """Stops asking; every key has its answer afterwards."""
        self.stop.set()
        self.thread.join(PATIENCE + 20)
        assert not self.thread.is_alive() and not self.failed, f"the load broke: {self.failed}"

    def _run(self):
        try:
            while not self.stop.is_set() or not self._whole_days():
                if self.stop.is_set() or self._room():
                    self.post_next()
                else:
                    time.sleep(self.pause)
        except Exception as error:  # told by finish()
            self.failed = repr(error)

    def _whole_days(self):
        """The last day is asked for to its end by every dealer: the truth is told by days."""
        return not any(self.partial.values())

    def _room(self):
        try:
            rows = self.system.query("SELECT id FROM jobs.job_record WHERE state IN ('queued', 'running')")
        except psycopg2.Error:
            return len(self.open) < 10 * self.depth  # PostgreSQL is away: posting goes on for a while
        before, self.open = self.open, {str(row["id"]) for row in rows}
        for job in before - self.open:
            self.look_at(job)
        return len(self.open) < self.depth

    def look_at(self, job):
        """What a client is told of a job, if there is an answer now."""
        try:
            answer = self.system.api("GET", f"/api/v1/jobs/{job}", timeout=3)
        except requests.RequestException:
            return
        if answer.status_code == 200:
            self.history.note("told", job=answer.json())

    def post_next(self):
        dealer, day, hour = next(self.work)
        last = hour + self.job_hours - 1
        body = {"dealer_ids": [dealer], "feeds": ["prsp"], "from": f"{day} {hour:02}:00:00",
                "to": f"{day} {last:02}:59:59", "slice_hours": self.call_hours}
        self.partial[dealer] = last != 23
        self.days[dealer] = day
        self.open.add(self.post(body))

    def post(self, body):
        """Posts until it is answered; the job's id."""
        key = str(uuid.uuid4())
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            self.history.note("asked", key=key, body=body)
            self.posting.set()
            try:
                answer = self.system.api("POST", "/api/v1/jobs", json=body, headers={"Idempotency-Key": key},
                                         timeout=8)
            except requests.RequestException as error:
                self.history.note("cut", key=key, why=type(error).__name__)
                time.sleep(0.05)
                continue
            finally:
                self.posting.clear()
            if answer.status_code == 202:
                job = answer.json()["id"]
                self.history.note("answered", key=key, status=202, job=job)
                return job
            self.history.note("answered", key=key, status=answer.status_code, text=answer.text[:300])
            assert answer.status_code in AGAIN, f"{answer.status_code}: {answer.text[:300]}"
            time.sleep(0.1)
        raise TimeoutError(f"no answer for key {key} in {PATIENCE} s")

    def truth_windows(self):
        """dealer -> (first, last) day that is asked for as a whole."""
        return {dealer: (day, yesterday()) for dealer, day in self.days.items()}
