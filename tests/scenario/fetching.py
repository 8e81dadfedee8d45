"""What tests of the fetcher need: a running pipeline without gateway, and digests of what is stored.

The digest is computed from the rows of PostgreSQL and, apart from that, from the truth of the simulator.
Nothing here knows the fetcher's table of fields: a column is a JSON name in snake_case.
"""

import hashlib
import json
import re
from datetime import datetime, timedelta, timezone

from system import DONE, SAMPLE, wait_for

JAKARTA = timezone(timedelta(hours=7))
BASES = {"spec13": "/dgi-api/v1.3", "legacy": "/legacy/dgi-api/v1", "colon": "/colon/dgi-api/v1.3",
         "gateway": "/gateway/dgi-api/v1.3"}
OURS = {"requestedAt", "fetchedAt", "taskId", "epoch", "day"}


def today():
    return datetime.now(JAKARTA).date()


def yesterday():
    return today() - timedelta(days=1)


def days_back(n):
    return yesterday() - timedelta(days=n)


def camel(column):
    return re.sub(r"_(\w)", lambda match: match.group(1).upper(), column)


def plain(value):
    """A value as the truth spells it."""
    return None if value is None else str(value)


def digest(records):
    """SHA-256 over every field of every record and child in a canonical form."""
    lines = [json.dumps(record, sort_keys=True, ensure_ascii=False) for record in records]
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


class Pipeline:
    """dgi_sim, dealer, scheduler and fetchers; jobs go in over the plain wire."""

    def __init__(self, system, profile="spec13", fetchers=1, latency_ms=0, upstream=None, **settings):
        self.system = system
        self.profile = profile
        system.settings.setdefault("DD_RETRY_BASE_MS", 200)
        system.start(*[name for name in ("dgi_sim", "dealer-1", "scheduler-1") if name not in system.processes])
        self.sim("POST", "clock", freeze=True)
        self.sim("POST", "settings", history_days=400, latency_ms=latency_ms)
        self.set_upstream(**(upstream or {}))
        self.add_dealer()
        if fetchers:
            system.start(*[f"fetcher-{n + 1}" for n in range(fetchers)], **settings)

    # ---- setting up ----

    def set_upstream(self, **more):
        url = f"http://127.0.0.1:{self.system.port('sim')}{BASES[self.profile]}"
        self.call("dealer", "upstream.set", {
            "name": "sim", "base_url": url, "formula": "colon" if self.profile == "colon" else "concat",
            "zone": "Asia/Jakarta", "max_days": 7, "history_days": 400, "allow_private": True, "simulated": True,
            **more})

    def add_dealer(self, code=SAMPLE, group="group-a", **more):
        self.call("dealer", "dealer.create", {
            "dealer_id": code, "dealer_name": f"Dealer {code}", "upstream": "sim",
            "api_key": f"dgi-key-sim:{group}", "secret_key": f"dgi-secret-sim:{group}", **more})

    def call(self, service, method, body=None, **options):
        with self.system.wire(f"{service}-1") as wire:
            return wire.call(method, body or {}, **options)

    def sim(self, method, path, **body):
        answer = self.system.sim(method, f"/_sim/{path}", **({"json": body} if body else {}))
        assert answer.ok, answer.text
        return answer.json()

    # ---- jobs ----

    def submit(self, first=None, last=None, dealers=(SAMPLE,), **more):
        return self.call("scheduler", "job.submit", {
            "dealer_ids": list(dealers), "from": str(first or days_back(28)), "to": str(last or yesterday()), **more})

    def job(self, job):
        return self.call("scheduler", "job.get", {"id": job["id"]})

    def wait(self, job, seconds=60):
        def ended():
            now = self.job(job)
            return now if now["state"] in DONE else None

        return wait_for(f"the end of job {job['id']}", ended, seconds)

    def run(self, *window, **more):
        """A job from its submission to its end."""
        return self.wait(self.submit(*window, **more))

    def tasks(self, job):
        return self.call("scheduler", "task.list", {"job_id": job["id"], "limit": 500})["items"]

    def attempts(self, task):
        return self.call("scheduler", "attempt.list", {"task_id": task["id"]})["items"]

    def counters(self, name="fetcher-1"):
        with self.system.wire(name) as wire:
            return {row["name"]: row["value"] for row in wire.call("sys.stats", {})["counters"]}

    # ---- what is stored, and what should be ----

    def stored(self, dealer=SAMPLE):
        units = {}
        for row in self.system.query("SELECT * FROM feed.prospect_unit WHERE dealer_id = %s"
                                     " ORDER BY id_prospect, position", (dealer,)):
            of_parent = units.setdefault(row.pop("id_prospect"), [])
            assert row.pop("position") == len(of_parent) + 1
            del row["dealer_id"]
            of_parent.append({camel(name): plain(value) for name, value in row.items()
                              if not name.endswith("_raw") or value is not None})
        records = []
        for row in self.system.query("SELECT * FROM feed.prospect WHERE dealer_id = %s", (dealer,)):
            record = {camel(name): plain(value) for name, value in row.items()
                      if not name.endswith("_raw") or value is not None}
            record = {name: value for name, value in record.items() if name not in OURS}
            record["unit"] = units.pop(row["id_prospect"], [])
            records.append(record)
        assert not units, "units without a prospect"
        return records

    def truth(self, first=None, last=None, dealer=SAMPLE):
        path = f"truth?dealer={dealer}&from={first or days_back(28)}&to={last or yesterday()}&profile={self.profile}"
        return self.sim("GET", path)["records"]

    def assert_exact(self, first=None, last=None, dealer=SAMPLE):
        """Every stored column and child is what the upstream holds, and nothing else is stored."""
        stored, truth = self.stored(dealer), self.truth(first, last, dealer)
        if digest(stored) == digest(truth):
            return truth
        theirs = {record["idProspect"]: record for record in truth}
        ours = {record["idProspect"]: record for record in stored}
        assert set(ours) == set(theirs)
        for key, record in theirs.items():
            assert ours[key] == record, key
        raise AssertionError("the digests differ")
