"""Whose request it is and whether it may come now: proxies, limits, other origins, headers, time."""

import socket
import time

import pytest
from answers import read_all, split
from system import wait_for
from test_gateway import refused
from test_vectors import FOLLOWER

SAFE = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin"}
CLOSED = "default-src 'none'; frame-ancestors 'none'"


def start(system, **settings):
    """An API gateway that knows no service; its own session is what it can answer."""
    return system.start("gateway-api", **settings)


def session(system, **headers):
    return system.api("GET", "/api/v1/session", headers={name.replace("_", "-"): value for name, value in headers.items()})


def does_not_start(system, **settings):
    process = system.launch("gateway-api", **settings)
    assert process.child.wait(10) == 2
    process.expect = 2
    return process.text()


# ---- headers ----


def test_every_answer_protects_the_browser(system, tmp_path):
    (tmp_path / "api" / "assets").mkdir(parents=True)
    (tmp_path / "api" / "page.html").write_text("<!doctype html>")
    start(system, DD_UI_DIR=tmp_path)
    for answer in (session(system), system.api("GET", "/livez"), system.api("GET", "/none"),
                   system.api("GET", "/api/v1/session", key="wrong"), system.api("DELETE", "/livez"),
                   system.api("GET", "/" + "x" * 20000), system.api("GET", "/page.html")):
        assert {name: answer.headers.get(name) for name in SAFE} == SAFE, answer.status_code
        assert "camera=()" in answer.headers["Permissions-Policy"] and answer.headers["Cache-Control"]
        policy = answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy
        assert (policy == CLOSED) == (answer.headers["Content-Type"] != "text/html; charset=utf-8")
        assert not any(name.startswith(("Access-Control", "RateLimit", "Vary")) for name in answer.headers)
    assert session(system).headers["Cache-Control"] == "no-store"


# ---- other origins ----


def preflight(system, origin, method="PATCH", path="/api/v1/dealers/1"):
    return system.api("OPTIONS", path, key="", headers={
        "Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": "authorization"})


def test_no_other_origin_is_allowed_by_default(system):
    start(system)
    for answer in (preflight(system, "https://app.example.com"), session(system, Origin="https://app.example.com")):
        assert not any(name.startswith("Access-Control") for name in answer.headers)
    refused(preflight(system, "https://app.example.com"), 405, "http.method")


def test_exact_origins_are_allowed_without_credentials(system):
    start(system, DD_CORS_ORIGINS="https://app.example.com, http://localhost:5173")
    answer = preflight(system, "http://localhost:5173")
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == "http://localhost:5173"
    assert "PATCH" in answer.headers["Access-Control-Allow-Methods"]
    assert {"Authorization", "If-Match", "Idempotency-Key"} <= set(
        answer.headers["Access-Control-Allow-Headers"].split(", "))
    assert answer.headers["Vary"] == "Origin" and answer.headers["Access-Control-Max-Age"] == "600"
    answer = session(system, Origin="https://app.example.com")
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example.com"
    assert "ETag" in answer.headers["Access-Control-Expose-Headers"]
    # A page has to be able to read why it was refused, too.
    answer = system.api("GET", "/api/v1/session", key="", headers={"Origin": "https://app.example.com"})
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (401, "https://app.example.com")
    for origin in ("https://app.example.com.evil.example", "https://app.example.com:444", "http://app.example.com",
                   "https://APP.example.com", "null", "*"):
        for answer in (session(system, Origin=origin), preflight(system, origin)):
            assert "Access-Control-Allow-Origin" not in answer.headers, origin
            assert answer.headers["Vary"] == "Origin"
    for answer in (preflight(system, "http://localhost:5173"), session(system, Origin="http://localhost:5173")):
        assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize("origins", ["*", "https://*.example.com", "https://a.example/", "a.example", "null"])
def test_what_is_no_origin_ends_the_start(system, origins):
    assert "DD_CORS_ORIGINS" in does_not_start(system, DD_CORS_ORIGINS=origins)


# ---- limits ----


def test_an_address_may_ask_so_often(system):
    start(system, DD_RATE_ADDRESS=60, DD_RATE_LOOPBACK="on")
    first = system.api("GET", "/livez", key="")
    used = 60 - int(first.headers["RateLimit-Remaining"])
    assert first.headers["RateLimit-Limit"] == "60" and first.headers["RateLimit-Policy"] == "60;w=60"
    assert 1 <= used <= 5 and 1 <= int(first.headers["RateLimit-Reset"]) <= 5
    answers = [system.api("GET", "/livez", key="") for _ in range(70)]
    codes = [a.status_code for a in answers]
    assert 55 <= codes.count(200) <= 62 and set(codes) == {200, 429}
    refused(answers[-1], 429, "http.rate")
    assert answers[-1].headers["Retry-After"] == "1" and answers[-1].headers["RateLimit-Remaining"] == "0"
    wait_for("a token", lambda: system.api("GET", "/livez", key="").ok, 3, pause=0.5)


def test_a_refused_body_is_not_waited_for(system):
    start(system, DD_RATE_ADDRESS=10, DD_RATE_LOOPBACK="on")
    while system.api("GET", "/livez", key="").ok:
        pass
    with socket.create_connection(("127.0.0.1", system.port("api")), timeout=5) as s:
        s.sendall(b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n")
        got, closed = read_all(s)
    assert closed and [a[0] for a in split(got)] == [429]


def test_a_key_may_ask_so_often_from_anywhere(system):
    start(system, DD_RATE_PRINCIPAL=30, DD_RATE_ADDRESS=1000, DD_TRUSTED_PROXIES="127.0.0.1")
    codes = [session(system, X_Forwarded_For=f"198.51.100.{n}").status_code for n in range(40)]
    assert 30 <= codes.count(200) <= 32 and set(codes) == {200, 429}
    answer = session(system, X_Forwarded_For="198.51.100.99")
    refused(answer, 429, "http.rate")
    # The tighter limit is told; what is public has no principal.
    assert answer.headers["RateLimit-Limit"] == "30"
    public = system.api("GET", "/livez", headers={"X-Forwarded-For": "198.51.100.99"})
    assert public.status_code == 200 and public.headers["RateLimit-Limit"] == "1000"


def test_this_machine_has_no_limit_by_default(system):
    start(system, DD_RATE_ADDRESS=5, DD_RATE_PRINCIPAL=5)
    assert {session(system).status_code for _ in range(40)} == {200}
    assert "RateLimit-Limit" not in session(system).headers


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded"])
def test_what_a_proxy_of_this_machine_passes_on_is_limited_and_told_once(system, header):
    """It is not this machine that asks, even though nobody said that the proxy may be believed."""
    start(system, DD_RATE_ADDRESS=5)
    answers = [system.api("GET", "/livez", key="", headers={header: "for=198.51.100.1"}) for _ in range(10)]
    assert {a.status_code for a in answers} == {200, 429}
    assert system.api("GET", "/livez", key="").ok
    told = [line for line in system["gateway-api"].lines() if "DD_TRUSTED_PROXIES" in line["msg"]]
    assert len(told) == 1 and told[0]["level"] == "warn"


# ---- addresses ----


def address_for(system, **headers):
    """The address that the log has for a change with these headers, whatever becomes of it."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = system.api("DELETE", "/api/v1/pauses", headers={**names, "X-Request-Id": f"at-{time.monotonic_ns()}"})
    request = answer.headers["X-Request-Id"]
    line = wait_for("the request in the log", lambda: [
        entry for entry in system["gateway-api"].lines() if entry["msg"] == "request" and entry["req"] == request])[0]
    return line["address"]


def test_nobody_is_believed_by_default(system):
    start(system)
    assert address_for(system, X_Forwarded_For="198.51.100.1", Forwarded="for=198.51.100.1") == "127.0.0.1"


def test_trusted_proxies_tell_the_client(system):
    start(system, DD_TRUSTED_PROXIES="127.0.0.1, 10.0.0.0/8")
    assert address_for(system) == "127.0.0.1"
    assert address_for(system, X_Forwarded_For="198.51.100.1") == "198.51.100.1"
    assert address_for(system, X_Forwarded_For="1.1.1.1, 198.51.100.1, 10.7.7.7") == "198.51.100.1"
    assert address_for(system, Forwarded='for="[2001:db8::1]:99";proto=https') == "2001:db8::1"
    assert address_for(system, X_Forwarded_For="198.51.100.1", Forwarded="for=198.51.100.2") == "127.0.0.1"
    assert address_for(system, X_Forwarded_For="evil") == "127.0.0.1"


def test_lines_of_a_chain_are_one(system):
    start(system, DD_TRUSTED_PROXIES="127.0.0.1 10.0.0.0/8", DD_RATE_ADDRESS=3)
    head = (b"GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Forwarded-For: 1.1.1.%d\r\n"
            b"X-Forwarded-For: 198.51.100.1, 10.1.1.1\r\n\r\n")
    codes = []
    for n in range(5):
        with socket.create_connection(("127.0.0.1", system.port("api")), timeout=5) as s:
            s.sendall(head % n)
            codes += [a[0] for a in split(read_all(s)[0])]
    assert codes == [200, 200, 200, 429, 429]


@pytest.mark.parametrize("proxies", ["all", "10.0.0.1/8", "10.0.0.0/33", "proxy.example.com"])
def test_what_is_no_network_ends_the_start(system, proxies):
    assert "DD_TRUSTED_PROXIES" in does_not_start(system, DD_TRUSTED_PROXIES=proxies)


# ---- connections and time ----


def connected(system):
    """A connection that was answered and stays; None if there was no place for it."""
    s = socket.create_connection(("127.0.0.1", system.port("api")), timeout=5)
    s.sendall(FOLLOWER.replace(b"Connection: close\r\n", b""))
    try:
        if s.recv(65536).startswith(b"HTTP/1.1 200 "):
            return s
    except OSError:
        pass
    s.close()
    return None


def test_connections_of_one_address_are_limited(system):
    start(system, DD_HTTP_PER_ADDRESS=8)
    # That of the start may still be there.
    held = [wait_for("a place", lambda: connected(system), 5) for _ in range(8)]
    try:
        assert not connected(system)
        held.pop().close()
        held.append(wait_for("a place again", lambda: connected(system), 5))
    finally:
        for s in held:
            s.close()


def drip(system, beginning, seconds):
    """Sends one byte now and then; how long the gateway bears it."""
    begin = time.monotonic()
    with socket.create_connection(("127.0.0.1", system.port("api")), timeout=2) as s:
        s.sendall(beginning)
        while time.monotonic() - begin < seconds:
            try:
                s.sendall(b"x")
                s.settimeout(0.2)
                if s.recv(65536) == b"":
                    return time.monotonic() - begin
            except TimeoutError:
                pass
            except OSError:
                return time.monotonic() - begin
    return None


@pytest.mark.parametrize("beginning", [
    b"", b"GET /", b"GET /livez HTTP/1.1\r\nX: ", b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n",
    b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1388\r\n"])
def test_whatever_drips_ends(system, beginning):
    start(system, DD_HTTP_SECONDS=2)
    lasted = drip(system, beginning, 12)
    assert lasted and 1.5 < lasted < 7


def open_requests(system):
    """Requests in hand beside the one that asks."""
    text = system.api("GET", "/metrics").text
    line = next(row for row in text.splitlines() if row.startswith("dd_http_open_requests"))
    return int(line.split()[-1]) - 1


def test_an_answer_that_is_not_taken_ends(system, tmp_path):
    """The client reads a little now and then, which keeps libmicrohttpd's own timer alive."""
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "large.txt").write_bytes(b"x" * 16 * 1024 * 1024)
    start(system, DD_UI_DIR=tmp_path, DD_HTTP_SECONDS=1)
    assert len(system.api("GET", "/large.txt").content) == 16 * 1024 * 1024
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
        s.connect(("127.0.0.1", system.port("api")))
        begin = time.monotonic()
        s.sendall(b"GET /large.txt HTTP/1.1\r\nHost: a\r\n\r\n")
        while s.recv(16384) and open_requests(system) and time.monotonic() - begin < 20:
            time.sleep(0.3)
        assert 7 < time.monotonic() - begin < 15
