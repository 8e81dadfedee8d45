"""A whole system with what valid requests name, and a request of each operation that succeeds.

What has to stay as it is bears no name of the description's examples, and no small number: so whatever else the
property test sends, dealers, jobs, schedules, users and keys are there to the end.
"""

import itertools
import json
import threading

from asking import Connections
from fetching import days_back, yesterday
from system import SAMPLE, wait_for

PASSWORD = "correct horse battery"
KEPT, SPARE, REFUSED_DEALER = "20001", SAMPLE, "44444"  # SPARE may be changed; the upstream refuses the last one's key
FIRST_SCHEDULE = 700_001
WAITING = "30003"  # is paused, so that thousands of its calls wait all the time
ROLES = ("api", "analytics", "admin")


class Shop:
    """The system under test with what valid requests name."""

    def __init__(self, system):
        self.system, self.lock = system, threading.Lock()
        self.numbers = itertools.count(1)
        self.connections = Connections({role: system.port(role) for role in ROLES})
        # To be drained, one each time that every operation succeeds.
        self.spare_fetchers = ["fetcher-21", "fetcher-22"]
        self.drained = []

    def ask(self, method, path, body=None, role="api", headers=None):
        headers = {"Authorization": f"Bearer {self.system.admin_key}", **(headers or {})}
        if body is not None:
            headers["Content-Type"] = "application/json"
        return self.connections.ask(role, method, path, json.dumps(body).encode() if body is not None else b"", headers)

    def make(self, method, path, body=None, **options):
        answer = self.ask(method, path, body, **options)
        assert answer.status < 300, (method, path, body, answer)
        return json.loads(answer.body) if answer.body else None

    def number(self):
        with self.lock:
            return next(self.numbers)

    def fill(self):
        """Dealers, jobs that ended well and badly, quarantined records, drift, schedules, users, keys."""
        system = self.system
        system.add_upstream("main", history_days=40)
        system.add_upstream("spare")
        system.add_dealer(SPARE, upstream="spare")
        system.add_dealer(REFUSED_DEALER, upstream="main", group="group-nobody")
        self.make("POST", "/api/v1/dealers", {
            "dealer_id": KEPT, "dealer_name": "Kept", "upstream": "main", "upstream_dealer_id": SAMPLE,
            "api_key": "dgi-key-sim:group-a", "secret_key": "dgi-secret-sim:group-a"})
        system.add_dealer(WAITING, upstream="spare")
        self.make("POST", "/api/v1/pauses", {"scope": "dealer", "target": WAITING})
        assert system.submit(days_back(300), yesterday(), [WAITING], slice_hours=1)["tasks_total"] > 7000
        system.query("SELECT setval('jobs.schedule_id', %s)", (FIRST_SCHEDULE,))
        system.sim("POST", "/_sim/fault", json={"kind": "long_value", "field": "alamat", "value": 2500, "record": 0, "times": 5})
        system.sim("POST", "/_sim/fault", json={"kind": "add_field", "times": 1000})
        self.done = system.wait_job(system.submit(days_back(9), yesterday(), [KEPT], slice_hours=24))
        self.failed = system.wait_job(system.submit(yesterday(), yesterday(), dealers=[REFUSED_DEALER]))
        assert (self.done["state"], self.failed["state"]) == ("succeeded", "failed")
        self.task = self.make("GET", f"/api/v1/jobs/{self.done['id']}/tasks")["items"][0]["id"]
        self.schedule = self.make("POST", "/api/v1/schedules", {
            "name": "Kept", "dealer_ids": [KEPT], "cron": "0 3 * * *", "active": False})["id"]
        self.spare_schedule = self.make("POST", "/api/v1/schedules", {
            "name": "Spare", "dealer_ids": [SPARE], "cron": "0 3 * * *", "active": False})["id"]
        for login in ("kept", "spare"):
            self.make("POST", "/api/v1/users", {"login": login, "role": "viewer", "all_dealers": True})
        self.kept_key = self.key()
        self.prospect = self.system.query("SELECT min(id_prospect) AS id FROM feed.prospect WHERE dealer_id = %s", (KEPT,))[0]["id"]
        self.quarantined = wait_for("quarantined records", lambda: self.make("GET", "/api/v1/quarantine")["items"])
        self.credential = system.query("SELECT min(id) AS id FROM dealer.credential")[0]["id"]
        self.refresh()

    def refresh(self):
        """What the storm may have used up."""
        self.system.query("DELETE FROM jobs.pause WHERE target <> %s", (WAITING,))
        self.system.query("UPDATE jobs.feed SET max_attempts = NULL, retry_base_ms = NULL, retry_cap_ms = NULL")
        self.system.query("UPDATE feed.quarantine SET state = 'open', settled_at = NULL, settled_by = NULL, why = NULL")

    def key(self):
        return self.make("POST", "/api/v1/keys", {"name": "spare", "role": "viewer", "all_dealers": True})["id"]

    def signed_in(self, role="admin"):
        """Headers of a browser whose new user has a password."""
        login = f"person-{self.number()}"
        self.make("POST", "/api/v1/users", {"login": login, "role": "viewer", "all_dealers": True, "password": PASSWORD})
        origin = f"http://127.0.0.1:{self.system.port(role)}"
        answer = self.ask("POST", "/api/v1/session", {"login": login, "password": PASSWORD}, role, {"Origin": origin})
        assert answer.status == 201, answer
        return {"Cookie": answer.headers["Set-Cookie"].partition(";")[0], "Origin": origin, "Authorization": None}

    # ---- a good request of each operation ----

    def values(self, operation, fresh):
        """(values, headers) of a good request. `fresh`: it succeeds, and may use something up for that; else it
        may find that used up."""
        recipe = RECIPES.get(operation.id)
        values = recipe(self, fresh) if recipe else {}
        values, headers = values if isinstance(values, tuple) else (values, {})
        for field in operation.fields:
            if field.required and field.name not in values:
                values[field.name] = USUAL[field.name](self)
        return values, headers


def person(shop, fresh):
    return {"dealer_id": KEPT, "id_prospect": shop.prospect}


USUAL = {
    "dealer_id": lambda shop: KEPT,
    "id": lambda shop: shop.schedule,
    "schedule_id": lambda shop: shop.schedule,
    "job_id": lambda shop: shop.done["id"],
    "task_id": lambda shop: shop.task,
    "credential_id": lambda shop: shop.credential,
    "login": lambda shop: "spare",
    "name": lambda shop: "main",
    "feed": lambda shop: "prsp",
}


def code(shop):
    return f"n{shop.number()}"


def drained(shop, fresh):
    if not fresh:
        return {"name": "fetcher-99"}
    shop.drained.append(shop.spare_fetchers.pop())
    return {"name": shop.drained[-1]}


def link(shop, fresh):
    if not fresh:
        return {"login": "kept", "password": "wrong"}
    answer = shop.make("POST", "/api/v1/users/kept/link")
    return {"token": answer["token"]}


def fresh_schedule(shop, fresh):
    if not fresh:
        return {"id": 999_999_999}
    return {"id": shop.make("POST", "/api/v1/schedules", {"dealer_ids": [SPARE], "cron": "0 4 * * *", "active": False})["id"]}


def to_cancel(shop, fresh):
    return {"id": shop.system.submit(yesterday(), yesterday(), [WAITING])["id"] if fresh else shop.done["id"]}


def asked_of_many(shop, fresh):
    return {"id": shop.make("POST", "/api/v1/jobs/bulk", {"action": "rerun", "text": "nothing that fits", "expected": 0})["id"]}


def password(shop, fresh):
    values = {"current": PASSWORD, "password": f"{PASSWORD} {shop.number()}"}
    return (values, shop.signed_in()) if fresh else values


def target(shop, fresh):
    return {"dealer_id": SPARE, "minutes": 120}


def clear_target(shop, fresh):
    if fresh:
        shop.make("PUT", f"/api/v1/dealers/{SPARE}/freshness", {"minutes": 120, "active": False})
    return {"dealer_id": SPARE}


def label(shop, fresh):
    key = {"list": "district", "code": code(shop) if fresh else "none"}
    if fresh:
        shop.make("PUT", f"/api/v1/labels/district/{key['code']}", {"label": "Bogor Tengah"})
    return key


def clear_pause(shop, fresh):
    if fresh:
        shop.make("POST", "/api/v1/pauses", {"scope": "dealer", "target": SPARE})
    return {"scope": "dealer", "target": SPARE}


RECIPES = {
    "dealer_create": lambda shop, fresh: {"dealer_id": code(shop), "dealer_name": "New"},
    "old_post_dealers": lambda shop, fresh: {"dealer_id": code(shop), "dealer_name": "New"},
    "dealer_update": lambda shop, fresh: {"dealer_id": SPARE, "dealer_name": f"Spare {shop.number()}"},
    "old_put_dealers_dealer_id": lambda shop, fresh: {"dealer_id": SPARE, "dealer_name": f"Spare {shop.number()}"},
    "upstream_set": lambda shop, fresh: {"name": "sim", "base_url": "https://spare.invalid/dgi", "concurrency": 4},
    "job_submit": lambda shop, fresh: {"dealer_ids": [KEPT], "from": str(yesterday()), "to": str(yesterday())},
    "job_plan": lambda shop, fresh: {"dealer_ids": [KEPT], "from": str(yesterday()), "to": str(yesterday())},
    "job_rerun": lambda shop, fresh: {"job_id": shop.failed["id"], "dry_run": True},
    "job_bulk": lambda shop, fresh: {"action": "rerun", "text": "nothing that fits", "expected": 0},
    "job_bulk_get": asked_of_many,
    "job_get": lambda shop, fresh: {"id": shop.done["id"]},
    "job_cancel": to_cancel,
    "schedule_create": lambda shop, fresh: {"dealer_ids": [SPARE], "cron": "0 5 * * *", "active": False},
    "old_post_fetch_configurations": lambda shop, fresh: {"dealer_id": SPARE, "cron_expression": "0 5 * * *", "is_active": False},
    "schedule_preview": lambda shop, fresh: {"cron": "15 9 * * mon-sat"},
    "schedule_update": lambda shop, fresh: {"id": shop.spare_schedule, "name": f"Spare {shop.number()}"},
    "schedule_delete": fresh_schedule,
    "schedule_run": lambda shop, fresh: {"id": shop.schedule if fresh else shop.spare_schedule},
    "schedule_pause": lambda shop, fresh: {"id": shop.spare_schedule},
    "schedule_resume": lambda shop, fresh: {"id": shop.spare_schedule},
    "freshness_set": target,
    "freshness_clear": clear_target,
    "quarantine_replay": lambda shop, fresh: {"ids": [str(shop.quarantined[0]["id"])]},
    "quarantine_dismiss": lambda shop, fresh: {"ids": [str(shop.quarantined[-1]["id"])], "why": "Data of a test"},
    "quarantine_get": lambda shop, fresh: {"id": shop.quarantined[0]["id"]},
    "drift_acknowledge": lambda shop, fresh: {"all": True},
    "setting_set": lambda shop, fresh: {"name": "retention.ticks_days", "value": 100},
    "feed_update": lambda shop, fresh: {"feed": "prsp", "max_attempts": 4},
    "pause_set": lambda shop, fresh: {"scope": "dealer", "target": SPARE},
    "pause_clear": clear_pause,
    "process_drain": drained,
    "user_create": lambda shop, fresh: {"login": f"user-{shop.number()}", "role": "viewer"},
    "user_link": lambda shop, fresh: {"login": "kept"},
    "user_update": lambda shop, fresh: {"login": "spare", "name": f"Spare {shop.number()}"},
    "key_create": lambda shop, fresh: {"name": "new", "role": "viewer", "all_dealers": True},
    "key_rotate": lambda shop, fresh: {"id": shop.key() if fresh else shop.kept_key},
    "key_revoke": lambda shop, fresh: {"id": shop.key() if fresh else "dk_0000000000"},
    "label_set": lambda shop, fresh: {"list": "district", "code": "320101", "label": f"District {shop.number()}"},
    "label_import": lambda shop, fresh: {"csv": f"district,320102,District {shop.number()}"},
    "label_remove": label,
    "user_unlock": lambda shop, fresh: {"login": "spare"},
    "person_find": person,
    "prospect_find": lambda shop, fresh: {"dealer_id": KEPT, "name": "nobody", "reason": "Asked for by the person"},
    "person_export": lambda shop, fresh: {**person(shop, fresh), "reason": "Asked for by the person"},
    "person_erase": lambda shop, fresh: {**person(shop, fresh), "reason": "Asked for by the person", "dry_run": True},
    "password_change": password,
    "own_sign_out": lambda shop, fresh: ({}, shop.signed_in()) if fresh else {},
    "session_start": link,
    "old_post_jobs_run": lambda shop, fresh: {"dealer_id": KEPT, "from_time": str(yesterday()), "to_time": str(yesterday())},
    "old_get_jobs_task_id_status": lambda shop, fresh: {"task_id": shop.done["id"]},
}
