"""What an attacker finds: the whole system behind its gateways, and the keys and sessions of those who have some.

OWN is the dealer that limited principals may see, OTHER exists and is none of theirs, NONE does not exist: codes
of one length, so that answers can be compared byte by byte.
"""

import json
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path

import requests
from system import PROGRAMS, System, migrate, wait_for

OWN, OTHER, NONE = "99901", "12284", "55555"
PASSWORD = "correct horse battery"
ROLES = ("viewer", "operator", "admin")
# The gateways believe this machine when it says whose request it is, so a test can come from any address; what fails
# is not tried for long.
SETTINGS = {"DD_TRUSTED_PROXIES": "127.0.0.1", "DD_RATE_PRINCIPAL": "600", "DD_RATE_ADDRESS": "300", "DD_RETRY_MAX": "1",
            "DD_RETRY_BASE_MS": "50"}
DESCRIPTION = json.loads((Path(__file__).resolve().parents[3] / "ui" / "shared" / "openapi.json").read_text())
OPERATIONS = [(method.upper(), path, operation) for path, item in DESCRIPTION["paths"].items()
              for method, operation in item.items()]
PROBLEM = {"type", "title", "status", "detail", "code", "errors", "request_id"}


def name_of(operation):
    return f"{operation[0]} {operation[1]}"


def days_ago(n):
    """A day on the upstream's calendar."""
    return str((datetime.now(timezone(timedelta(hours=7))) - timedelta(days=n)).date())


def yesterday():
    return days_ago(1)


def schema_of(operation):
    """The name and the properties of an operation's body; none without one."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    name = content.get("$ref", "").rsplit("/", 1)[-1]
    return name, DESCRIPTION["components"]["schemas"].get(name, {}).get("properties", {})


def query_of(operation):
    return [p["name"] for p in operation.get("parameters", []) if p["in"] == "query"]


def refused(answer, *statuses):
    """A problem with one of these statuses, and nothing in it beside what a problem has; it is returned."""
    assert answer.status_code in statuses, (answer.request.method, answer.url, answer.status_code, answer.text[:300])
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert set(body) == PROBLEM
    return body


def plain(answer, *echoed):
    """All that an answer tells, without its request's id, its time and what the request itself had said."""
    body = re.sub(r'"request_id":"[^"]*"', "", answer.text)
    for text in echoed:
        body = re.sub(rf'\b{re.escape(str(text))}\b', "?", body)
    headers = {name: value for name, value in answer.headers.items()
               if name not in ("Date", "X-Request-Id", "Content-Length", "Content-Disposition", "Server-Timing")}
    return answer.status_code, headers, body


class Shop:
    def __init__(self, cluster):
        self.cluster = cluster
        self.database = cluster.migrated(migrate)
        self.system = System(PROGRAMS, cluster.url(self.database))
        self.system.settings.update(SETTINGS)
        self.api, self.query, self.port, self.sim = (getattr(self.system, n) for n in ("api", "query", "port", "sim"))

    def start(self):
        self.system.start_all(gateways=("api", "analytics", "admin"))
        self.sim("POST", "/_sim/settings", json={"history_days": 400, "bulk_rows": 3})
        self.system.add_upstream()
        self.system.add_dealer(OTHER, name="Hidden Dealer")
        self.system.add_dealer(OWN, name="Own Dealer")
        self.keys = {role: self.key(role, all_dealers=True)["key"] for role in ROLES}
        self.limited = {role: self.key(role, dealers=[OWN])["key"] for role in ROLES}
        return self

    def end(self):
        self.system.remove()
        self.cluster.drop(self.database)

    def forget(self, process):
        """One that a test started for itself and has judged."""
        assert self.system.processes.pop(process.name) is process

    # ---- who asks ----

    def key(self, role, **more):
        answer = self.api("POST", "/api/v1/keys", json={"name": role, "role": role, **more})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def user(self, login, role="viewer", **more):
        answer = self.api("POST", "/api/v1/users", json={"login": login, "role": role, "password": PASSWORD, **more})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def base(self, role="admin"):
        return f"http://127.0.0.1:{self.port(role)}"

    def browser(self, role="admin"):
        """A browser that nobody is signed in with."""
        browser = requests.Session()
        browser.base = self.base(role)
        browser.headers["Origin"] = browser.base
        return browser

    def sign_in(self, login, password=PASSWORD, role="admin", browser=None, **headers):
        """A browser after it has tried to sign in; .answer says what came of it."""
        browser = browser or self.browser(role)
        browser.answer = browser.post(f"{browser.base}/api/v1/session", json={"login": login, "password": password},
                                      headers=headers, timeout=20)
        return browser

    # ---- what happens ----

    def ask(self, operation, key, path=None, **options):
        """An operation of the description, at the first gateway that serves it."""
        method, described, about = operation
        if method in ("POST", "PUT", "PATCH"):
            options.setdefault("json", {})
        return self.api(method, path or described, role=about["x-roles"][0], key=key, **options)

    def job(self, *dealers, **more):
        day = yesterday()
        answer = self.api("POST", "/api/v1/jobs", json={"dealer_ids": list(dealers), "from": day, "to": day, **more})
        assert answer.status_code == 202, answer.text
        return answer.json()["id"]

    def wait_job(self, job):
        return self.system.wait_job({"id": job})

    def spoil(self, **what):
        answer = self.sim("POST", "/_sim/fault", json=what)
        assert answer.ok, answer.text

    def schedule(self, *dealers, **more):
        body = {"name": "s", "cron": "0 3 1 1 *", **({"dealer_ids": list(dealers)} if dealers else {"all_dealers": True})}
        answer = self.api("POST", "/api/v1/schedules", json={**body, **more})
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

