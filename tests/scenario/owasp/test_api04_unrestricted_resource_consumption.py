"""API4:2023 - whoever may ask a little asks for a lot: long pages, large bodies, many streams, many passwords at once."""

import contextlib
import gzip
import json
import socket
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from answers import read_all, split
from shop import OPERATIONS, OTHER, OWN, days_ago, name_of, query_of, refused, wait_for, yesterday

LISTS = [o for o in OPERATIONS if "limit" in query_of(o[2])]
NO_JOB = "0193a5c2-7b1e-7c3d-8f4a-1b2c3d4e5f60"


def path_of(operation):
    path = operation[1].replace("{job_id}", NO_JOB)
    return path.replace("{schedule_id}", "1")


def page_of(operation):
    """The largest page as it is described."""
    return next(p["schema"]["maximum"] for p in operation[2]["parameters"] if p["name"] == "limit")


@pytest.mark.parametrize("operation", LISTS, ids=name_of)
def test_a_page_has_an_end_whatever_is_asked_for(shop, operation):
    most = page_of(operation)
    assert most <= 1000
    for limit in (most + 1, 10**9, 2**31, 2**63, 2**64, 0, -1, "1e9", "all", ""):
        refused(shop.ask(operation, shop.system.admin_key, path_of(operation), params={"limit": limit}), 422)
    needed = {p["name"]: OTHER for p in operation[2]["parameters"] if p["in"] == "query" and p.get("required")}
    answer = shop.ask(operation, shop.system.admin_key, path_of(operation), params={**needed, "limit": most})
    assert answer.status_code in (200, 404)


@pytest.mark.parametrize("operation", [o for o in LISTS if "skip" in query_of(o[2])], ids=name_of)
def test_what_is_skipped_has_an_end(shop, operation):
    for skip in (-1, 1000001, 2**63):
        refused(shop.ask(operation, shop.system.admin_key, path_of(operation), params={"skip": skip}), 422)


@pytest.mark.parametrize("role, method, path, ask", [
    ("api", "GET", "/api/v1/jobs/statistics", {"from": "2020-01-01", "to": "2020-12-31"}),
    ("api", "GET", "/api/v1/report/prospects", {"dealer_id": OTHER, "from": "1900-01-01", "to": "2026-01-01"}),
    ("api", "GET", "/api/v1/prospects", {"dealer_id": OTHER, "from": "1900-01-01", "to": "2026-01-01"}),
    ("api", "POST", "/api/v1/jobs", {"dealer_ids": [OTHER], "from": days_ago(390), "to": yesterday(), "slice_hours": 0}),
    ("api", "POST", "/api/v1/jobs", {"dealer_ids": [OTHER], "from": "1900-01-01", "to": yesterday()}),
    ("api", "POST", "/api/v1/jobs", {"dealer_ids": ["x"] * 1001}),
    ("api", "POST", "/api/v1/jobs", {"dealer_ids": [OTHER], "feeds": ["prsp"] * 33}),
    ("api", "POST", "/api/v1/jobs/rerun", {"task_ids": ["1"] * 1001}),
    ("api", "POST", "/api/v1/quarantine/replay", {"ids": ["1"] * 1001}),
    ("api", "POST", "/api/v1/schedules", {"dealer_ids": [OTHER], "cron": "* " * 60}),
    ("api", "POST", "/api/v1/schedules/preview", {"cron": "0 0 30 2 *"}),
    ("api", "PUT", f"/api/v1/dealers/{OTHER}/freshness", {"minutes": 1}),
    ("api", "POST", "/api/v1/users", {"login": "x", "role": "viewer", "name": "n" * 201}),
    ("api", "POST", "/api/v1/keys", {"name": "x", "role": "viewer", "dealers": [OTHER] * 1001})])
def test_more_than_there_may_be_is_refused_by_its_field(shop, role, method, path, ask):
    answer = shop.api(method, path, role=role, **({"params": ask} if method == "GET" else {"json": ask}))
    assert refused(answer, 422)["errors"][0]["field"]


def test_a_report_of_ten_years_is_the_longest_and_is_bounded(shop):
    answer = shop.api("GET", "/api/v1/report/prospects", params={"dealer_id": OTHER, "from": "2017-01-01", "to": "2026-12-31"})
    assert answer.status_code == 200 and len(answer.json()["daily_counts"]) == 3652


@pytest.mark.parametrize("body", [
    b"[" * 100000, b'{"a":' * 50000, b'{"dealer_ids":' + b"[" * 400 + b"]" * 400 + b"}",
    json.dumps({f"f{n}": n for n in range(40000)}).encode(), b'{"name": "' + b"\\u0000" * 50000 + b'"}', b"1" * 900000,
    b'{"limit": ' + b"9" * 100000 + b"}"], ids=["arrays", "objects", "nested list", "fields", "escapes", "number", "digits"])
def test_a_body_that_is_costly_to_read_is_refused_at_once(shop, body):
    for path in ("/api/v1/jobs", "/api/v1/users", "/api/v1/session/password"):
        answer = shop.api("POST", path, data=body, headers={"Content-Type": "application/json"})
        refused(answer, 400, 422)
    assert shop.api("GET", "/livez").ok


def test_a_body_is_counted_also_when_nobody_says_how_long_it_is(shop):
    def pieces():
        for _ in range(40):
            yield b" " * 65536

    with contextlib.suppress(requests.ConnectionError):  # it may be closed before all is sent
        answer = shop.api("POST", "/api/v1/jobs", data=pieces(), headers={"Content-Type": "application/json"})
        refused(answer, 413)
    assert shop.api("GET", "/livez").ok


def test_a_packed_body_is_not_unpacked(shop):
    bomb = gzip.compress(b" " * 50_000_000)
    assert len(bomb) < 100_000
    answer = shop.api("POST", "/api/v1/jobs", data=bomb, headers={"Content-Type": "application/json",
                                                                 "Content-Encoding": "gzip"})
    refused(answer, 400, 415, 422)


def test_nobody_gets_in_before_the_body_is_looked_at(shop):
    """Without a key a body is neither parsed nor answered by what it holds."""
    for body in (b"{", b"[" * 1000, b'{"dealer_ids": []}'):
        refused(shop.api("POST", "/api/v1/jobs", key="", data=body, headers={"Content-Type": "application/json"}), 401)


def test_text_that_is_searched_for_is_text(shop):
    """No pattern that makes a search expensive, or finds everything."""
    assert shop.api("GET", "/api/v1/dealers", params={"q": "Dealer"}).json()["items"]
    for pattern in ("%", "_", "%%%%%%%%%%%%%%%%", "(a+)+$", "\\", "' OR ''='", ".*"):
        assert shop.api("GET", "/api/v1/dealers", params={"q": pattern}).json()["items"] == [], pattern
        found = shop.api("GET", "/api/v1/jobs", params={"text": pattern}).json()["items"]
        assert all(pattern in json.dumps(job, ensure_ascii=False) for job in found), (pattern, found)
    refused(shop.api("GET", "/api/v1/dealers", params={"q": "x" * 101}), 422)


# ---- many at once ----


def stream(shop, key, role="admin"):
    """A connection that asks for events, and the status that it got."""
    s = socket.create_connection(("127.0.0.1", shop.port(role)), timeout=10)
    s.sendall(f"GET /api/v1/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {key}\r\n\r\n".encode())
    return s, int(s.recv(4096).split()[1])


def test_one_principal_cannot_take_the_streams_of_all(shop):
    flooder, other = (shop.key("viewer", all_dealers=True)["key"] for _ in range(2))
    held = []
    try:
        for _ in range(50):
            s, status = stream(shop, flooder)
            held.append(s)
            assert status == 200
        s, status = stream(shop, flooder)
        held.append(s)
        assert status == 429
        s, status = stream(shop, other)
        held.append(s)
        assert status == 200
        held.pop(0).close()

        def again():
            shop.schedule(OTHER)  # what is sent finds out who is gone
            one, code = stream(shop, flooder)
            held.append(one)
            return code == 200

        wait_for("the place of one that left", again, 5, pause=0.2)
    finally:
        for s in held:
            s.close()


def test_many_wrong_passwords_hold_up_nobody_who_is_in(shop):
    """A hash costs 64 MiB and a tenth of a second: few wait for one, the others are refused."""
    with ThreadPoolExecutor(24) as pool:
        flood = [pool.submit(lambda n=n: shop.sign_in(f"flood{n}", "x" * 200).answer) for n in range(48)]
        served = [shop.api("GET", "/api/v1/dealers", key=shop.keys["viewer"]).status_code for _ in range(10)]
        answers = [f.result() for f in flood]
    assert served == [200] * 10
    busy = [a for a in answers if a.status_code == 429]
    assert busy and {a.status_code for a in answers} <= {401, 429}
    assert all(a.json()["code"] == "auth.busy" for a in busy)


def test_files_are_made_a_few_at_a_time(shop):
    with ThreadPoolExecutor(20) as pool:
        codes = list(pool.map(lambda _: shop.api("GET", "/api/v1/jobs", params={"format": "csv"}).status_code, range(40)))
    assert set(codes) <= {200, 503} and 200 in codes
    assert shop.api("GET", "/api/v1/jobs", params={"format": "csv"}).status_code == 200


def test_how_much_is_left_is_told_and_holds_from_wherever_one_comes(shop):
    key = shop.key("viewer", all_dealers=True)["key"]

    def ask(n):
        return shop.api("GET", "/api/v1/session", key=key, headers={"X-Forwarded-For": f"198.51.{n % 100}.{n % 250}"})

    first = ask(0)
    assert first.headers["RateLimit-Limit"] and first.headers["RateLimit-Policy"].endswith(";w=60")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(800)))
    codes = [a.status_code for a in answers]
    assert set(codes) == {200, 429} and 560 <= codes.count(200) <= 680
    last = next(a for a in reversed(answers) if a.status_code == 429)
    assert refused(last, 429)["code"] == "http.rate"
    assert int(last.headers["Retry-After"]) >= 1 and last.headers["RateLimit-Remaining"] == "0"
    assert shop.api("GET", "/api/v1/session", key=shop.keys["viewer"]).status_code == 200


def test_who_says_nothing_has_no_place_for_long(shop):
    """Connections that send their head byte by byte end by themselves; the others are served meanwhile."""
    held = [socket.create_connection(("127.0.0.1", shop.port("admin")), timeout=5) for _ in range(60)]
    try:
        for s in held:
            s.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\nX: ")
        for _ in range(3):
            time.sleep(0.05)
            for s in held:
                s.sendall(b"x")
            assert shop.api("GET", "/livez", role="admin").ok
        s.sendall(b"y\r\n\r\n")
        assert [a[0] for a in split(read_all(s, 1)[0])] == [200]
    finally:
        for s in held:
            s.close()


@pytest.mark.parametrize("target", ["/" + "a/" * 5000, "/api/v1/dealers?q=" + "x" * 9000], ids=["path", "query"])
def test_a_long_target_is_refused(shop, target):
    refused(shop.api("GET", target), 414)


@pytest.mark.parametrize("query", ["&" * 7900, "?&" * 3900, "&".join(f"a{n}=1" for n in range(900)), "a=1&" * 1900],
                         ids=["empty", "marks", "different", "alike"])
def test_a_query_of_many_parameters_harms_nobody(shop, query):
    """The HTTP library must not take them apart: where its memory ended, the whole gateway did."""
    answer = shop.api("GET", f"/livez?{query}", key="")
    assert answer.status_code in (200, 422)
    assert shop.api("GET", f"/api/v1/dealers?{query}").status_code in (200, 422)
    refused(shop.api("GET", f"/api/v1/dealers?{query}", key=""), 401)
    with socket.create_connection(("127.0.0.1", shop.port("api")), timeout=5) as s:
        s.sendall(f"GET /livez?{query * 3} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        assert [a[0] for a in split(read_all(s)[0])] in ([414], [431])
    assert shop.api("GET", "/livez").ok


@pytest.mark.parametrize("cookies", ["a=1; " * 1500, "a;" * 4000, "; " * 4000, "a=" + "=" * 7000], ids=["pairs", "names", "nothing", "signs"])
def test_a_line_of_many_cookies_harms_nobody(shop, cookies):
    """Nor these; a session among them is found all the same."""
    login = f"eater{uuid.uuid4().hex[:8]}"
    shop.user(login)
    browser = shop.sign_in(login)
    own = "; ".join(f"{name}={value}" for name, value in browser.cookies.get_dict().items())
    for place in (f"{own}; {cookies}", f"{cookies}; {own}"):
        answer = requests.get(f"{browser.base}/api/v1/session", headers={"Cookie": place}, timeout=10)
        assert answer.status_code == 200, answer.text
    assert requests.get(f"{browser.base}/api/v1/session", headers={"Cookie": cookies}, timeout=10).status_code == 401


def test_a_thousand_header_lines_are_refused(shop):
    with socket.create_connection(("127.0.0.1", shop.port("api")), timeout=5) as s:
        with contextlib.suppress(OSError):
            s.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(20000)) + b"\r\n")
        got, closed = read_all(s)
    assert closed and (not got or split(got)[0][0] in (400, 431))
    assert shop.api("GET", "/livez").ok


def test_the_same_file_of_another_dealer_costs_no_query(shop):
    """Refused before a service is asked: a limited key cannot make anybody work on what it may not see."""
    def calls(process):
        with shop.system.wire(process) as wire:
            return sum(m["calls"] for m in wire.call("sys.stats", {})["messages"] if m.get("name") == "prospect.list")

    before = calls("analytics-1")
    for _ in range(20):
        refused(shop.api("GET", "/api/v1/prospects", key=shop.limited["viewer"], params={"dealer_id": OTHER}), 404)
    assert calls("analytics-1") == before
    assert shop.api("GET", "/api/v1/report/prospects", key=shop.limited["viewer"], params={"dealer_id": OWN}).ok
