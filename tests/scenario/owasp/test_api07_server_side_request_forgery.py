"""API7:2023 - upstream addresses that lead to where only our machines get: at save, at connect, by a redirect.

An administrator enters them, so what is tried here is what one who has got that far would do next.
"""

import socket
import threading

import pytest
from shop import OWN, refused, wait_for

# Every spelling of addresses that are not the internet's, and of schemes that are not http.
CLOSED = [
    "http://127.0.0.1/x", "http://127.0.0.1:8000/x", "http://127.1/x", "http://127.0.1/x", "http://2130706433/x", "http://0x7f000001/x",
    "http://0x7f.0x0.0x0.0x1/x", "http://0177.0.0.1/x", "http://017700000001/x", "http://0/x", "http://0.0.0.0/x", "http://00.00.00.00/x",
    "http://127.0.0.1./x", "http://[::1]/x", "http://[::]/x", "http://[0:0:0:0:0:0:0:1]/x", "http://[::ffff:127.0.0.1]/x",
    "http://[::ffff:7f00:1]/x", "http://[::127.0.0.1]/x", "http://[64:ff9b::127.0.0.1]/x", "http://[64:ff9b::a9fe:a9fe]/x",
    "http://[2002:7f00:1::]/x", "http://[fe80::1]/x", "http://[fe80::1%25lo]/x", "http://[fc00::1]/x", "http://[ff02::1]/x",
    "http://10.0.0.1/x", "http://172.16.0.1/x", "http://192.168.0.1/x", "http://169.254.169.254/latest/meta-data", "http://100.64.0.1/x",
    "http://2852039166/latest", "http://0xa9fea9fe/latest", "http://224.0.0.1/x", "http://255.255.255.255/x", "http://localhost/x",
    "http://LOCALHOST/x", "http://localhost./x", "http://a.localhost/x",
    "http://127。0。0。1/x", "http://①②⑦.⓪.⓪.①/x", "http://127.0.0.1%00.example.com/x", "http://127.0.0.1%2f@example.com/x",
    "http://example.com@127.0.0.1/x", "http://user:word@example.com/x", "http://example.com:80@127.0.0.1/x", "http://127.0.0.1#@example.com/x",
    "http://127.0.0.1\\@example.com/x", "http://example.com\r\nHost: internal/x", "http:///x", "http:/127.0.0.1/x", "http://",
    "file:///etc/passwd", "gopher://127.0.0.1:6379/_FLUSHALL", "ftp://example.com/x", "dict://127.0.0.1:11211/", "ldap://127.0.0.1/x",
    "unix:///run/redis.sock", "jar:http://127.0.0.1!/", "//127.0.0.1/x", "127.0.0.1/x", "javascript:alert(1)", "http://example.com:0/x",
    "http://example.com:99999/x", "http://example.com/x?y=z", "http://example.com/x#y", "http://exa mple.com/x", " http://127.0.0.1/x"]


class Trap(threading.Thread):
    """Listens where nobody should come; counts who does, and answers each with the same bytes."""

    def __init__(self, answer=b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", family=socket.AF_INET):
        super().__init__(daemon=True)
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.bind(("127.0.0.1" if family == socket.AF_INET else "::1", 0))
        self.socket.listen(16)
        self.port = self.socket.getsockname()[1]
        self.answer, self.calls, self.heads = answer, 0, []
        self.start()

    def run(self):
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            self.calls += 1
            with peer:
                peer.settimeout(2)
                try:
                    self.heads.append(peer.recv(65536))
                    peer.sendall(self.answer)
                except OSError:
                    continue

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


@pytest.fixture
def trap():
    trap = Trap()
    yield trap
    trap.close()


def put(shop, name="trap", **body):
    return shop.api("PUT", f"/api/v1/upstreams/{name}", json=body)


def past_the_check(shop, url, allow=False):
    """What no request can save: as if the name had meant something else at that time."""
    assert put(shop, base_url="https://dgi.example.com/v1", formula="concat", zone="Asia/Jakarta").ok
    shop.query("UPDATE dealer.upstream SET base_url = %s, allow_private = %s, connect_timeout_ms = 1000 WHERE name = 'trap'",
               (url, allow))


def probe(shop):
    answer = shop.api("POST", f"/api/v1/dealers/{OWN}/test", timeout=30,
                      json={"upstream": "trap", "api_key": "k" * 20, "secret_key": "s" * 20})
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("url", CLOSED, ids=repr)
def test_an_address_that_is_not_the_internets_is_not_saved(shop, url):
    problem = refused(put(shop, "closed", base_url=url, formula="concat", zone="Asia/Jakarta"), 422)
    assert [e["field"] for e in problem["errors"]] == ["base_url"]
    assert shop.query("SELECT 1 AS one FROM dealer.upstream WHERE name = 'closed'") == []


@pytest.mark.parametrize("url", ["https://dgi.example.com/dgi-api/v1.3", "http://93.184.216.34/x", "http://[2606:2800:220:1::1]/x"])
def test_an_address_of_the_internet_is_saved_and_not_called_for_that(shop, url):
    answer = put(shop, "open", base_url=url, formula="concat", zone="Asia/Jakarta")
    assert answer.status_code == 200 and not answer.json()["allow_private"]


def test_leave_for_private_addresses_is_given_with_the_address_not_behind_it(shop):
    """Taking the leave back while the address is private is refused: else it would stand there unchecked."""
    assert put(shop, "inner", base_url="http://127.0.0.1:1/x", formula="concat", zone="Asia/Jakarta", allow_private=True).ok
    refused(put(shop, "inner", allow_private=False), 422)
    refused(shop.api("PUT", "/api/v1/upstreams/inner", key=shop.keys["operator"], json={"allow_private": True}), 403)
    refused(shop.api("PUT", "/api/v1/upstreams/inner", key=shop.limited["admin"], json={"allow_private": True}), 403)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "017700000001", "localhost", "[::ffff:127.0.0.1]",
                                  "127.0.0.1.", "user:word@127.0.0.1", socket.gethostname(), "0.0.0.0", "0"])
def test_what_a_name_turns_out_to_be_is_judged_at_the_socket(shop, trap, host):
    past_the_check(shop, f"http://{host}:{trap.port}/v1")
    said = probe(shop)
    assert not said["ok"] and trap.calls == 0
    failed = [step for step in said["steps"] if step["state"] == "failed"]
    assert failed and failed[0]["name"] in ("address", "dns", "connection")


def test_what_an_upstream_on_ipv6_loopback_is_too(shop):
    trap = Trap(family=socket.AF_INET6)
    try:
        past_the_check(shop, f"http://[::1]:{trap.port}/v1")
        assert not probe(shop)["ok"] and trap.calls == 0
    finally:
        trap.close()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("target", ["http://127.0.0.1:{}/v1", "http://localhost:{}/", "file:///etc/passwd", "//127.0.0.1:{}/x"])
def test_a_redirect_leads_nowhere(shop, trap, status, target):
    head = f"HTTP/1.1 {status} Moved\r\nLocation: {target.format(trap.port)}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    first = Trap(head.encode())
    try:
        past_the_check(shop, f"http://127.0.0.1:{first.port}/v1", allow=True)
        said = probe(shop)
        assert not said["ok"] and (first.calls, trap.calls) == (1, 0)
        assert "root:" not in str(said)
    finally:
        first.close()


def test_other_ways_of_pointing_elsewhere_lead_nowhere_either(shop, trap):
    here = f"http://127.0.0.1:{trap.port}/"
    first = Trap((f"HTTP/1.1 200 OK\r\nRefresh: 0; url={here}\r\nLink: <{here}>; rel=preload\r\nContent-Location: {here}\r\n"
                  f"Alt-Svc: http/1.1=\"127.0.0.1:{trap.port}\"; ma=3600\r\nContent-Length: 2\r\n\r\n{{}}").encode())
    try:
        past_the_check(shop, f"http://127.0.0.1:{first.port}/v1", allow=True)
        for _ in range(2):
            probe(shop)
        assert (first.calls, trap.calls) == (2, 0)
    finally:
        first.close()


def test_a_proxy_of_the_environment_is_not_asked(shop, trap):
    """It would be called at its own address, and call any other one for us."""
    port = Trap()
    proxy = f"http://127.0.0.1:{trap.port}"
    shop.system["fetcher-1"].stop()
    try:
        shop.system.start("fetcher-1", http_proxy=proxy, https_proxy=proxy, all_proxy=proxy, ALL_PROXY=proxy, HTTPS_PROXY=proxy)
        past_the_check(shop, f"http://127.0.0.1:{port.port}/v1", allow=True)
        wait_for("the fetcher to be found", lambda: probe(shop)["steps"] and port.calls > 0)
        assert trap.calls == 0
        past_the_check(shop, "http://127.0.0.1:1/v1")
        probe(shop)
        assert trap.calls == 0
    finally:
        port.close()
        shop.system["fetcher-1"].stop()
        shop.system.start("fetcher-1")


def test_what_is_sent_holds_no_secret_of_ours_and_no_word_of_who_asks(shop):
    """An upstream that is somebody else's learns the key that is meant for it, and nothing else."""
    first = Trap()
    try:
        past_the_check(shop, f"http://127.0.0.1:{first.port}/v1", allow=True)
        probe(shop)
        head = b"".join(first.heads)
        assert b"k" * 20 in head and b"s" * 20 not in head
        for word in (b"Cookie", b"Authorization", b"Referer", b"X-Forwarded", shop.system.admin_key.encode(), b"libcurl", b"curl/"):
            assert word not in head, word
    finally:
        first.close()


def test_the_answer_of_a_probe_shows_no_body(shop):
    """Else a probe would read what stands behind the wall, if it got there."""
    first = Trap(b"HTTP/1.1 200 OK\r\nContent-Length: 32\r\n\r\nami-id: secret-of-the-cloud-1234")
    try:
        past_the_check(shop, f"http://127.0.0.1:{first.port}/v1", allow=True)
        assert "secret-of-the-cloud" not in str(probe(shop))
    finally:
        first.close()
