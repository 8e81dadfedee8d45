"""The gateway on raw sockets: unclear, large, slow requests, and many connections."""

import socket
import time

import pytest
from test_gateway import shared  # noqa: F401  (a fixture)


def raw(system, data, role="api", seconds=5):
    """Sends bytes and returns all that comes until the gateway closes, or time is up."""
    with socket.create_connection(("127.0.0.1", system.port(role)), timeout=seconds) as s:
        s.sendall(data)
        got = b""
        try:
            while chunk := s.recv(65536):
                got += chunk
        except (TimeoutError, ConnectionResetError):
            pass
    return got


GOOD = b"GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize("request_bytes", [
    b"POST /jobs/run HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST /jobs/run HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    b"POST /jobs/run HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    b"GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"GET /livez HTTP/1.1\r\n\r\n",
    b"GET /livez HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n",
    b"GET /livez HTTP/1.1\r\nHost: a\r\nX(y: z\r\n\r\n",
    b"GET /livez HTTP/1.1\r\nHost: a\r\nX: a\x01b\r\n\r\n",
    b"GET /livez HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n",
    b"GET http://a/livez HTTP/1.1\r\nHost: a\r\n\r\n",
    b"POST /jobs/run HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
    b"POST /jobs/run HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
])
def test_unclear_requests_are_refused_and_closed(shared, request_bytes):
    # What follows must not be answered: the connection is over.
    got = raw(shared, request_bytes + GOOD)
    assert got.startswith(b"HTTP/1.1 400 "), got[:300]
    assert got.count(b"HTTP/1.1 ") == 1 and b"\r\nConnection: close\r\n" in got, got


def test_large_bodies(shared):
    head = b"POST /api/v1/dealers HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    got = raw(shared, head + b"Content-Length: 1048577\r\n\r\n")
    assert got.startswith(b"HTTP/1.1 413 ") and b"http.body_too_large" in got
    key = f"Authorization: Bearer {shared.admin_key}\r\n".encode()
    chunks = b"".join(b"10000\r\n" + b" " * 65536 + b"\r\n" for _ in range(17)) + b"0\r\n\r\n"
    got = raw(shared, head + key + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)
    assert got.startswith(b"HTTP/1.1 413 ")


def test_large_heads(shared):
    assert raw(shared, b"GET /livez HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 40000 + b"\r\n\r\n")[9:12] in (b"431", b"400")
    assert raw(shared, b"GET /" + b"x" * 40000 + b" HTTP/1.1\r\nHost: a\r\n\r\n")[9:12] in (b"414", b"431")
    many = b"".join(b"X%d: y\r\n" % n for n in range(120))
    assert raw(shared, b"GET /livez HTTP/1.1\r\nHost: a\r\n" + many + b"\r\n").startswith(b"HTTP/1.1 400")


def test_a_drip_ends(shared):
    """One byte now and then keeps libmicrohttpd's own timer alive; the gateway's ends it."""
    with socket.create_connection(("127.0.0.1", shared.port("api")), timeout=2) as s:
        begin = time.monotonic()
        s.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\nX: ")
        ended = None
        while ended is None and time.monotonic() - begin < 45:
            try:
                s.sendall(b"x")
                s.settimeout(1.0)
                if s.recv(100) == b"":
                    ended = time.monotonic() - begin
            except TimeoutError:
                pass
            except (BrokenPipeError, ConnectionResetError):
                ended = time.monotonic() - begin
        assert ended and 25 < ended < 40


@pytest.mark.parametrize("n", [127, 128, 129, 300])
def test_many_connections_at_once(shared, n):
    """libmicrohttpd's own epoll thread stalls at exactly 128 ready sockets; ours must not."""
    head = f"GET /api/v1/upstreams HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {shared.admin_key}\r\n\r\n".encode()
    sockets = [socket.create_connection(("127.0.0.1", shared.port("api")), timeout=10) for _ in range(n)]
    try:
        for _ in range(3):
            for s in sockets:
                s.sendall(head)
            for s in sockets:
                assert s.recv(65536).startswith(b"HTTP/1.1 200 ")
    finally:
        for s in sockets:
            s.close()
