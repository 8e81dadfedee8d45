"""The gateway over real services: every route, access, live events, health, pages."""

import base64
import gzip
import hashlib
import hmac
import json
import re
import secrets
import socket
import threading
import time

import pytest
import requests
from system import wait_for
from test_analytics import some_prospects, store

DEALER = "10001"
NOBODY = "0193a5c2-7b1e-7c3d-8f4a-1b2c3d4e5f60"  # of no job
UNKNOWN_JOB = "0193a5c2-7b1e-7c3d-8f4a-1b2c3d4e5f60"
PROBLEM = {"type", "title", "status", "detail", "code", "errors", "request_id"}


@pytest.fixture
def served(make_system):
    """The three services with one dealer, and a gateway of each role; nobody fetches."""
    system = make_system()
    system.query("""INSERT INTO dealer.upstream (name, base_url, history_days)
                    VALUES ('main', 'https://upstream.invalid/dgi-api/v1.3', 3000)""")
    system.query("""INSERT INTO dealer.credential (upstream_id, fingerprint, api_key, secret_key)
                    SELECT id, 'f', 'sealed', 'sealed' FROM dealer.upstream""")
    system.query("""INSERT INTO dealer.dealers (dealer_id, dealer_name, credential_id)
                    SELECT %s, 'A Dealer', id FROM dealer.credential""", (DEALER,))
    system.start_redis()
    system.start("account-1", "dealer-1", "scheduler-1", "analytics-1", "gateway-api", "gateway-analytics", "gateway-admin")
    ready(system)
    return system


def ready(system, roles=("api", "analytics", "admin")):
    for role in roles:
        wait_for(f"{role} to be ready", lambda r=role: system.api("GET", "/readyz", role=r).ok)


def submit(system, first="2026-10-01", last="2026-10-03", role="api"):
    answer = system.api("POST", "/api/v1/jobs", role=role,
                        json={"dealer_ids": [DEALER], "feeds": ["prsp"], "from": first, "to": last})
    assert answer.status_code == 202, answer.text
    return answer.json()


def refused(answer, status, code, *fields):
    """The answer is a problem document with this code that names these fields."""
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json"), answer.text
    body = answer.json()
    assert set(body) == PROBLEM
    assert (body["status"], body["code"]) == (status, code), body
    assert body["request_id"] == answer.headers["X-Request-Id"]
    assert body["type"].endswith(code) and body["title"] and body["detail"]
    assert all(row["text"][0].isupper() or row["text"].startswith(row["field"]) for row in body["errors"]), body
    assert [row["field"] for row in body["errors"]] == list(fields), body
    assert all({"field", "code", "text"} <= set(row) <= {"field", "code", "text", "rule", "min", "max", "choices"} for row in body["errors"])


# ---- routes ----


def test_dealers(served):
    answer = served.api("POST", "/api/v1/dealers", json={"dealer_id": "10002", "dealer_name": "Zwei", "api_key": "k",
                                                         "secret_key": "s"})
    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"] == "/api/v1/dealers/10002"
    dealer = answer.json()
    assert dealer["has_credential"] and "api_key" not in dealer and "secret_key" not in dealer
    assert served.api("GET", answer.headers["Location"]).json() == dealer
    refused(served.api("POST", "/api/v1/dealers", json={"dealer_id": "10002", "dealer_name": "Zwei"}), 409,
            "record.exists", "dealer_id")
    answer = served.api("PATCH", "/api/v1/dealers/10002", json={"is_active": False}, role="admin")
    assert answer.status_code == 200 and answer.json()["is_active"] is False
    page = served.api("GET", "/api/v1/dealers?limit=1").json()
    assert [d["dealer_id"] for d in page["items"]] == [DEALER]
    page = served.api("GET", "/api/v1/dealers", params={"cursor": page["next"], "active": "false"}).json()
    assert [d["dealer_id"] for d in page["items"]] == ["10002"] and "next" not in page
    assert [u["name"] for u in served.api("GET", "/api/v1/upstreams").json()["items"]] == ["main"]
    refused(served.api("GET", "/api/v1/dealers/nobody"), 404, "record.not_found", "dealer_id")


def test_jobs(served):
    job = submit(served, role="admin")
    assert (job["state"], job["tasks_total"], job["dealer_ids"]) == ("queued", 3, [DEALER])
    assert served.api("GET", f"/api/v1/jobs/{job['id']}").json()["id"] == job["id"]
    assert [j["id"] for j in served.api("GET", f"/api/v1/jobs?dealer_id={DEALER}&state=queued").json()["items"]] == [
        job["id"]]
    tasks = served.api("GET", f"/api/v1/jobs/{job['id']}/tasks?limit=2").json()
    assert len(tasks["items"]) == 2 and tasks["next"]
    assert served.api("GET", f"/api/v1/tasks/{tasks['items'][0]['id']}/attempts").json() == {"items": []}
    assert served.api("GET", "/api/v1/quarantine").json() == {"items": []}
    services = {p["service"] for p in served.api("GET", "/api/v1/services").json()["items"]}
    assert {"dealer", "scheduler", "analytics"} <= services
    refused(served.api("GET", f"/api/v1/jobs/{UNKNOWN_JOB}"), 404, "record.not_found", "id")


def test_reports_and_their_etag(served):
    store(served, some_prospects(1, 40))
    answer = wait_for("the figures", lambda: (
        lambda a: a if a.ok and a.json()["total"] == 40 else None)(
            served.api("GET", f"/api/v1/report/prospects?dealer_id={DEALER}", role="analytics")))
    assert re.fullmatch(r"bus;dur=\d+\.\d+", answer.headers["Server-Timing"])
    assert answer.headers["Cache-Control"] == "private, no-cache"
    tags = [answer.headers["ETag"]]

    def unchanged():
        """The answer settles once analytics knows the version that the store raised."""
        again = served.api("GET", f"/api/v1/report/prospects?dealer_id={DEALER}", role="analytics",
                           headers={"If-None-Match": tags[-1]})
        tags.append(again.headers["ETag"])
        return (again.status_code, again.content) == (304, b"")

    wait_for("an answer without a body", unchanged, 3)
    assert served.api("GET", "/api/v1/report/dealers").json()["items"][0]["total"] == 40
    page = served.api("GET", f"/api/v1/prospects?dealer_id={DEALER}&limit=7", role="analytics").json()
    assert len(page["items"]) == 7 and page["next"]
    assert "items" in served.api("GET", "/api/v1/report/fetches").json()
    refused(served.api("GET", f"/api/v1/report/prospects?dealer_id={DEALER}&compare=year"), 422, "field.missing", "from")
    refused(served.api("GET", f"/api/v1/report/prospects?dealer_ids={DEALER},nobody"), 404, "record.not_found", "dealer_ids")
    for role in ("api", "analytics"):
        assert served.api("GET", "/api/v1/report/prospects", role=role).json()["total"] == 40
        rows = served.api("GET", f"/api/v1/report/group?dealer_ids={DEALER}&compare=previous", role=role).json()["items"]
        assert [row["dealer_id"] for row in rows] == [DEALER]
        calls = served.api("GET", f"/api/v1/report/provenance?dealer_id={DEALER}", role=role).json()["items"]
        assert sum(call["rows"] for call in calls) == 40


@pytest.mark.parametrize("method, path, body, status, code, field", [
    ("GET", "/api/v1/dealers?limit=0", None, 422, "field.range", "limit"),
    ("GET", "/api/v1/dealers?limit=many", None, 422, "field.type", "limit"),
    ("GET", "/api/v1/dealers?size=3", None, 422, "field.unknown", "size"),
    ("GET", "/api/v1/dealers?q=a&q=b", None, 422, "field.duplicate", "q"),
    ("GET", "/api/v1/dealers?q=%00", None, 422, "field.format", "q"),
    ("GET", "/api/v1/dealers?q=%ff", None, 422, "field.utf8", "q"),
    ("GET", "/api/v1/jobs/7", None, 422, "field.format", "id"),
    ("GET", "/api/v1/tasks/0/attempts", None, 422, "field.range", "task_id"),
    ("POST", "/api/v1/dealers", {"dealer_id": "x" * 11, "dealer_name": "n"}, 422, "field.limit", "dealer_id"),
    ("POST", "/api/v1/dealers", {"dealer_id": "1", "dealer_name": "n", "colour": 1}, 422, "field.unknown", "colour"),
    ("POST", "/api/v1/jobs", {"dealer_ids": ["nobody"]}, 422, "job.unknown_dealer", "dealer_ids"),
    ("POST", "/api/v1/jobs", {"dealer_ids": [DEALER], "from": "2026-10-05", "to": "2026-10-01"}, 422,
     "job.empty_window", "to"),
    ("PATCH", f"/api/v1/dealers/{DEALER}", {"dealer_id": "2"}, 422, "field.duplicate", "dealer_id"),
    *[("GET", f"/api/v1/{path}cursor=x", None, 422, "field.format", "cursor")
      for path in ("jobs?", f"jobs/{NOBODY}/tasks?", "tasks?", "schedules?", "freshness?", "coverage?", "quarantine?", "drift?")],
    ("GET", "/api/v1/tasks?cursor=7", None, 422, "field.format", "cursor"),
    ("GET", "/api/v1/quarantine?cursor=99999999999999999999", None, 422, "field.format", "cursor"),
    ("GET", "/api/v1/coverage?from=2026-03-05&to=2026-03-01", None, 422, "field.range", "to"),
    ("GET", "/api/v1/jobs?format=xml", None, 422, "field.choice", "format"),
    ("GET", f"/api/v1/jobs/{NOBODY}/tasks", None, 404, "record.not_found", "job_id"),
    ("GET", "/api/v1/tasks/99999999/attempts", None, 404, "record.not_found", "task_id"),
    ("POST", "/api/v1/jobs/rerun", {"task_ids": [1]}, 422, "field.type", "task_ids[0]"),
    ("POST", "/api/v1/jobs", {"dealer_ids": [DEALER], "from": "2999-01-01"}, 422, "job.future_window", "from"),
    ("POST", "/api/v1/pauses", {"scope": "dealer", "target": "nobody"}, 422, "pause.unknown_target", "target"),
])
def test_refusal_names_the_field(shared, method, path, body, status, code, field):
    refused(shared.api(method, path, json=body), status, code, field)


@pytest.fixture(scope="module")
def shared(request, shared_database):
    """Services and an API gateway that many small tests use; none of these changes anything."""
    from system import PROGRAMS
    from system import System

    system = System(PROGRAMS, shared_database)
    system.query("""INSERT INTO dealer.upstream (name, base_url) VALUES ('gw', 'https://upstream.invalid')
                    ON CONFLICT DO NOTHING""")
    system.query("""INSERT INTO dealer.credential (upstream_id, fingerprint, api_key, secret_key)
                    SELECT id, 'gw', 'sealed', 'sealed' FROM dealer.upstream WHERE name = 'gw' ON CONFLICT DO NOTHING""")
    system.query("""INSERT INTO dealer.dealers (dealer_id, dealer_name, credential_id)
                    SELECT %s, 'A Dealer', id FROM dealer.credential ON CONFLICT DO NOTHING""", (DEALER,))
    system.start_redis()
    system.start("account-1", "dealer-1", "scheduler-1", "analytics-1", "gateway-api")
    ready(system, ("api",))
    yield system
    faults = system.close()
    if faults:
        print(system.logs())
    system.remove()
    assert not faults, "\n".join(faults)


def test_missing_fields_are_all_named(shared):
    refused(shared.api("POST", "/api/v1/dealers", json={}), 422, "field.missing", "dealer_id", "dealer_name")


def test_body_must_be_json(shared):
    refused(shared.api("POST", "/api/v1/dealers", data="dealer_id=1"), 415, "http.media_type")
    refused(shared.api("POST", "/api/v1/dealers", data="{", headers={"Content-Type": "application/json"}), 400,
            "field.malformed")


def test_unknown_paths_and_methods(shared):
    refused(shared.api("GET", "/api/v1/nothing"), 404, "http.not_found")
    answer = shared.api("DELETE", "/api/v1/dealers")
    refused(answer, 405, "http.method")
    assert answer.headers["Allow"] == "GET, HEAD, POST"
    head = shared.api("HEAD", "/api/v1/dealers")
    assert head.status_code == 200 and head.content == b"" and int(head.headers["Content-Length"]) > 10


def test_request_id_goes_through(shared):
    answer = shared.api("GET", "/api/v1/dealers/nobody", headers={"X-Request-Id": "from-me.1"})
    assert answer.headers["X-Request-Id"] == "from-me.1" == answer.json()["request_id"]
    answer = shared.api("GET", "/livez", headers={"X-Request-Id": 'no"token'})
    assert answer.headers["X-Request-Id"] != 'no"token'


# ---- access ----


def test_key_is_needed_everywhere_but_health_and_docs(shared):
    document = shared.api("GET", "/openapi.json", key="").json()
    tried = 0
    for path, operations in document["paths"].items():
        path = path.replace("{", "").replace("}", "")
        for method, operation in operations.items():
            if "api" not in operation["x-roles"]:
                continue
            answer = shared.api(method.upper(), path, key="")
            if operation.get("security") == []:
                assert answer.status_code in (200, 503), (method, path)
                continue
            refused(answer, 401, "auth.required")
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
            refused(shared.api(method.upper(), path, key="wrong" * 10), 401, "auth.required")
            tried += 1
    assert tried > 25


def token_of(system, role, age=0, key=None, use="link"):
    """A token as link.h describes it, made without our code."""
    def encode(b):
        return base64.urlsafe_b64encode(b).rstrip(b"=").decode()

    text = f"{int((time.time() + 600 - age) * 1000)}.{secrets.token_hex(16)}.{role}".encode()
    derived = hmac.new((key or system.admin_key).encode(), f"dealer-dashboard {use} v1".encode(), hashlib.sha256)
    return f"{encode(text)}.{encode(hmac.new(derived.digest(), text, hashlib.sha256).digest())}"


def test_link_starts_a_session_once(served):
    browser = requests.Session()
    here = f"http://127.0.0.1:{served.port('admin')}"
    token = token_of(served, "admin")
    answer = browser.post(f"{here}/api/v1/session", json={"token": token}, headers={"Origin": here}, timeout=5)
    assert answer.status_code == 201, answer.text
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and cookie.startswith("dd_admin_")
    assert browser.get(f"{here}/api/v1/session", timeout=5).json()["role"] == "admin"
    assert browser.get(f"{here}/api/v1/dealers", timeout=5).status_code == 200
    refused(requests.post(f"{here}/api/v1/session", json={"token": token}, timeout=5), 401, "auth.required")
    # Changing calls must come from a page of this origin.
    change = {"json": {"dealer_name": "Neu"}, "timeout": 5}
    url = f"{here}/api/v1/dealers/{DEALER}"
    refused(browser.patch(url, **change), 403, "auth.origin")
    refused(browser.patch(url, headers={"Origin": "http://evil.example"}, **change), 403, "auth.origin")
    refused(browser.patch(url, headers={"Origin": here, "Sec-Fetch-Site": "same-site"}, **change), 403, "auth.origin")
    assert browser.patch(url, headers={"Origin": here}, **change).status_code == 200
    # A session of one role opens no other port.
    other = f"http://127.0.0.1:{served.port('analytics')}"
    assert requests.get(f"{other}/api/v1/report/dealers", timeout=5,
                        headers={"Cookie": cookie.split(";")[0]}).status_code == 401
    value = cookie.split(";")[0]
    assert browser.delete(f"{here}/api/v1/session", headers={"Origin": here}, timeout=5).status_code == 204
    assert requests.get(f"{here}/api/v1/session", headers={"Cookie": value}, timeout=5).status_code == 401


def test_links_that_do_not_open(served):
    url = f"http://127.0.0.1:{served.port('admin')}/api/v1/session"
    for token in (token_of(served, "analytics"), token_of(served, "admin", age=1200),
                  token_of(served, "admin", key="x" * 40), token_of(served, "admin", use="session"), "", "a.b"):
        answer = requests.post(url, json={"token": token}, timeout=5)
        assert answer.status_code == 401, token


def test_key_starts_a_session(served):
    here = f"http://127.0.0.1:{served.port('admin')}"
    url = f"{here}/api/v1/session"
    for body in ({"key": served.admin_key + "x"}, {"key": ""}):
        refused(requests.post(url, json=body, timeout=5), 401, "auth.required")
    refused(requests.post(url, json={}, timeout=5), 422, "field.missing", "login")
    refused(requests.post(url, json={"key": served.admin_key}, headers={"Origin": "http://evil.example"}, timeout=5),
            403, "auth.origin")
    browser = requests.Session()
    answer = browser.post(url, json={"key": served.admin_key}, headers={"Origin": here}, timeout=5)
    assert answer.status_code == 201, answer.text
    assert served.admin_key not in answer.headers["Set-Cookie"]
    assert browser.get(f"{here}/api/v1/dealers", timeout=5).status_code == 200


def test_no_auth_only_on_loopback(system):
    process = system.launch("gateway-api", DD_AUTH="off", DD_LISTEN="0.0.0.0")
    assert process.child.wait(10) == 2
    process.expect = 2
    system.start("gateway-api", DD_AUTH="off")
    assert system.api("GET", "/api/v1/session", key="").json()["principal"] == "anybody"
    refused(system.api("POST", "/api/v1/dealers", key="", json={}, headers={"Origin": "http://evil.example"}), 403,
            "auth.origin")
    # A page whose name was made to mean this machine is of the same origin for its browser.
    for host in ("evil.example", f"evil.example:{system.port('api')}", "127.0.0.1.evil.example", "[::2]:8000"):
        refused(system.api("GET", "/api/v1/session", key="", headers={"Host": host}), 403, "auth.origin")
    for host in ("localhost", f"LOCALHOST:{system.port('api')}", "127.0.0.2", "[::1]:8000"):
        assert system.api("GET", "/api/v1/session", key="", headers={"Host": host}).status_code == 200


# ---- live events ----


class Stream(threading.Thread):
    """Reads server-sent events in the background."""

    def __init__(self, system, role="admin", last=None):
        super().__init__(daemon=True)
        headers = {"Authorization": f"Bearer {system.admin_key}", **({"Last-Event-ID": last} if last else {})}
        self.answer = requests.get(f"http://127.0.0.1:{system.port(role)}/api/v1/events", stream=True,
                                   headers=headers, timeout=30)
        assert self.answer.status_code == 200
        assert self.answer.headers["Content-Type"] == "text/event-stream"
        self.events, self.comments, self.ended = [], 0, False
        self.start()

    def run(self):
        event = {}
        try:
            for line in self.answer.iter_lines(chunk_size=1):
                name, _, value = line.decode().partition(": ")
                if not line and event:
                    if "event" in event:
                        self.events.append(event)
                    event = {}
                elif line:
                    event[name] = value
        except Exception:  # the test closed it
            pass
        self.ended = True

    def wait(self, name, count=1, seconds=10):
        return wait_for(f"{name} on the stream", lambda: [
            e for e in self.events if e["event"] == name][count - 1:count], seconds)[0]


def test_events_reach_browsers_and_go_on_where_they_broke(served):
    first = Stream(served)
    job = submit(served)
    event = first.wait("job.changed")
    assert json.loads(event["data"])["id"] == job["id"]
    other = Stream(served, role="analytics", last="17-3")
    other.wait("resync")
    second = Stream(served, last=event["id"])
    job = submit(served, "2026-10-05", "2026-10-05")
    found = second.wait("job.changed")
    assert json.loads(found["data"])["id"] == job["id"]
    start, number = found["id"].split("-")
    assert start == event["id"].split("-")[0] and int(number) > int(event["id"].split("-")[1])
    assert not any(e["event"] == "resync" for e in second.events)
    served.api("PATCH", f"/api/v1/dealers/{DEALER}", json={"dealer_name": "Neu"})
    assert json.loads(second.wait("dealer.changed")["data"])["dealer_id"] == DEALER
    # The end of the gateway ends its streams, and nobody waits for a time-out.
    begin = time.monotonic()
    assert served["gateway-admin"].stop() == 0
    assert time.monotonic() - begin < 4
    wait_for("the streams to end", lambda: first.ended and second.ended)


# ---- health ----


def test_health_names_what_is_missing(served):
    wait_for("all to be there", lambda: served.api("GET", "/health", key="").json()["status"] == "healthy")
    served["scheduler-1"].kill()
    begin = time.monotonic()
    answer = wait_for("readyz to notice", lambda: [
        a for a in [served.api("GET", "/readyz", key="")] if a.status_code == 503], 5)[0]
    assert time.monotonic() - begin < 5
    assert [m["name"] for m in answer.json()["missing"]] == ["scheduler"]
    health = served.api("GET", "/health", key="")
    assert (health.status_code, health.json()["status"]) == (200, "degraded")
    assert [m["name"] for m in health.json()["missing"]] == ["scheduler"]
    assert "T" in health.json()["timestamp"]
    refused(served.api("POST", "/api/v1/jobs", json={"dealer_ids": [DEALER]}), 503, "bus.no_service")
    # The pages of the analysts need no scheduler.
    assert served.api("GET", "/readyz", role="analytics", key="").status_code == 200
    served.launch("scheduler-1")
    wait_for("readyz to recover", lambda: served.api("GET", "/readyz").status_code == 200)


def test_analytics_works_with_its_service_alone(served):
    for name in ("dealer-1", "scheduler-1"):
        served[name].stop()
    assert served.api("GET", f"/api/v1/report/prospects?dealer_id={DEALER}", role="analytics").status_code == 200
    assert served.api("GET", "/readyz", role="analytics").status_code == 200
    assert served.api("GET", "/_stcore/health", role="analytics", key="").text == "ok"
    metrics = served.api("GET", "/metrics", role="analytics").text
    assert 'dd_up{service="analytics",instance="analytics-1"} 1' in metrics


def test_a_silent_service_is_given_up_at_the_deadline(served):
    served["dealer-1"].freeze()
    begin = time.monotonic()
    refused(served.api("GET", "/api/v1/dealers"), 504, "bus.timeout")
    assert 2.5 < time.monotonic() - begin < 4.5
    served["dealer-1"].thaw()
    wait_for("the dealer service", lambda: served.api("GET", "/api/v1/dealers").status_code == 200)


def test_end_answers_what_is_in_hand(served):
    """SIGTERM while requests wait: each gets an answer, and the exit code is 0."""
    served["dealer-1"].freeze()
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(served.api("GET", "/api/v1/dealers").status_code))
               for _ in range(8)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    begin = time.monotonic()
    assert served["gateway-api"].stop() == 0
    for thread in threads:
        thread.join()
    served["dealer-1"].thaw()
    assert time.monotonic() - begin < 7 and set(answers) <= {503, 504} and len(answers) == 8


def test_clients_that_leave_cost_nothing(served):
    served["dealer-1"].freeze()
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", served.port("api"))) as s:
            s.sendall(f"GET /api/v1/dealers HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {served.admin_key}\r\n\r\n"
                      .encode())
            time.sleep(0.01)
    served["dealer-1"].thaw()
    text = wait_for("the places to be free", lambda: (
        lambda t: t if 'dd_http_open_requests{service="gateway",instance="gateway-api"} 1\n' in t else None)(
            served.api("GET", "/metrics").text))
    assert "dd_live_clients" in text


# ---- pages ----


def test_pages(system, tmp_path):
    index = "<!doctype html><html><head><title>t</title></head><body></body></html>"
    for folder in ("admin", "docs"):
        (tmp_path / folder / "assets").mkdir(parents=True)
        (tmp_path / folder / "index.html").write_text(index)
    (tmp_path / "admin" / "assets" / "a-1.js").write_text("let a = 1;")
    (tmp_path / "admin" / "assets" / "a-1.js.gz").write_bytes(gzip.compress(b"let a = 1;"))
    system.start("gateway-admin", DD_UI_DIR=tmp_path)

    def get(path, **headers):
        return system.api("GET", path, role="admin", key="", headers=headers, allow_redirects=False)

    page = get("/")
    assert (page.status_code, page.text) == (200, index)
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy and "worker-src 'self';" in policy
    assert page.headers["X-Content-Type-Options"] == "nosniff" and page.headers["Cache-Control"] == "no-cache"
    assert get("/jobs/7/tasks").text == index
    assert get("/", **{"If-None-Match": page.headers["ETag"]}).status_code == 304
    script = get("/assets/a-1.js", **{"Accept-Encoding": "gzip"})
    assert (script.text, script.headers["Content-Encoding"], script.headers["Vary"]) == ("let a = 1;", "gzip",
                                                                                       "Accept-Encoding")
    assert "immutable" in script.headers["Cache-Control"]
    assert "Content-Encoding" not in get("/assets/a-1.js", **{"Accept-Encoding": "identity"}).headers
    assert '<base href="docs/">' in get("/docs").text and get("/docs/").text == index
    for path in ("/none.js", "/api/v1/none", "/api", "/docs/none", "/../admin/index.html", "/%2e%2e/keys/admin.key"):
        refused(get(path), 404, "http.not_found")


# ---- figures and description ----


def test_metrics_are_prometheus_text(served):
    served.api("GET", "/api/v1/dealers")
    text = served.api("GET", "/metrics").text
    sample = re.compile(r'[a-z_]+(\{[a-z_]+="[^"\n]*"(,[a-z_]+="[^"\n]*")*\})? -?\d+(\.\d+)?')
    seen, family = set(), None
    for line in text.splitlines():
        if line.startswith("# HELP "):
            family = line.split()[2]
            assert family not in seen, f"{family} is split"
            seen.add(family)
        elif not line.startswith("# TYPE "):
            assert sample.fullmatch(line), line
            assert line.startswith(family), line
    for service in ("dealer", "scheduler", "analytics", "gateway"):
        assert re.search(rf'^dd_up{{service="{service}",.*}} 1$', text, re.M), service
    assert 'dd_message_calls_total{service="dealer",instance="dealer-1",message="dealer.list"} ' in text
    assert re.search(r'^dd_statement_seconds{service="dealer",.*quantile="0.95"} ', text, re.M)
    assert re.search(r'^dd_http_requests_total{.*route="/api/v1/dealers",status="2xx"} 1$', text, re.M)


def test_every_route_is_counted_by_its_name(served):
    """Also those at the end of the tables, which are the old ones."""
    served.api("GET", "/jobs")
    served.api("GET", "/jobs/none/status")
    text = served.api("GET", "/metrics").text
    assert re.search(r'^dd_http_requests_total{.*method="GET",route="/jobs",status="[25]xx"} 1$', text, re.M)
    assert re.search(r'^dd_http_requests_total{.*route="/jobs/{task_id}/status",status="4xx"} 1$', text, re.M)
    assert 'route="other"' not in text


def test_openapi_describes_the_answers(shared):
    document = shared.api("GET", "/openapi.json", key="").json()
    assert document["openapi"] == "3.1.0"
    schemas = document["components"]["schemas"]
    text = json.dumps(document)
    for name in set(re.findall(r'"#/components/schemas/(\w+)"', text)):
        assert name in schemas, name
    operations = [o["operationId"] for path in document["paths"].values() for o in path.values()]
    assert len(operations) == len(set(operations))
    health = shared.api("GET", "/health").json()
    assert set(schemas["health"]["required"]) == set(health)
    dealer = shared.api("GET", f"/api/v1/dealers/{DEALER}").json()
    assert set(schemas["dealer"]["required"]) <= set(dealer) <= set(schemas["dealer"]["properties"])


def test_health_names_database_and_cache(request):
    """On a PostgreSQL of its own, which is stopped and started again."""
    from postgres import Cluster
    from system import PROGRAMS, System, migrate

    cluster = Cluster()
    request.addfinalizer(cluster.remove)
    cluster.start()
    system = System(PROGRAMS, cluster.url(cluster.migrated(migrate)))
    request.addfinalizer(system.remove)
    system.start_redis()
    system.start("account-1", "dealer-1", "scheduler-1", "analytics-1", "gateway-api")
    ready(system, ("api",))

    def missing():
        return {m["name"] for m in system.api("GET", "/readyz", key="").json()["missing"]}

    cluster.stop("QUIT")
    wait_for("the database to be missed", lambda: missing() == {
        "dealer: database", "scheduler: database", "analytics: database"}, 5)
    assert system.api("GET", "/health", key="").status_code == 503
    assert system.api("GET", "/livez", key="").status_code == 200
    cluster.start()
    ready(system, ("api",))
    system["redis"].kill()
    wait_for("the cache to be missed", lambda: {"analytics: cache", "scheduler: cache"} <= {
        m["name"] for m in system.api("GET", "/readyz", key="").json()["degraded"]}, 10)
    # Nothing depends on the cache, so the gateway stays ready.
    assert system.api("GET", "/readyz", key="").status_code == 200
    assert system.api("GET", "/health", key="").json()["status"] == "degraded"


def test_a_gateway_that_answers_has_found_the_services(served):
    for _ in range(6):
        served["gateway-api"].kill()
        served.start("gateway-api")
        answer = served.api("GET", "/api/v1/jobs")
        assert answer.status_code == 200, answer.text
