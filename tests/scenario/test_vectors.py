"""Each vector of vectors.py on raw connections: to the gateway alone, and to nginx before it."""

import contextlib
import socket

import pytest
from answers import read_all, split
from nginx import Nginx
from system import PROGRAMS, System
from vectors import FOLLOWER, VECTORS

NAMES = [row[0] for row in VECTORS]


@pytest.fixture(scope="module")
def front():
    """A gateway that knows no service, and nginx before it."""
    system = System(PROGRAMS, "postgresql://nowhere.invalid/none")
    system.start("gateway-api", DD_TRUSTED_PROXIES="127.0.0.1", DD_HTTP_SECONDS=2)
    system.nginx = Nginx(system).start(lambda text: text.replace("_timeout 15s", "_timeout 2s"))
    yield system
    faults = system.close()
    if faults:
        print(system.logs())
    system.remove()
    assert not faults, "\n".join(faults)


def statuses(connection, data):
    """The statuses of all answers, in a row; the other side has to close."""
    with connection:
        with contextlib.suppress(OSError):  # it may be closed before all is sent
            connection.sendall(data + FOLLOWER)
        got, closed = read_all(connection, 6)
    answers = split(got, data.startswith(b"HEAD"))
    for status, fields, body in answers:
        assert status < 500, (status, body)
        if status >= 400 and not (data.startswith(b"HEAD") and not body):
            assert fields["content-type"] == "application/problem+json", (fields, body)
    assert closed, f"still open after {[a[0] for a in answers]}"
    return " ".join(str(a[0]) for a in answers)


def test_there_are_a_hundred_and_no_name_twice():
    assert len(set(NAMES)) == len(NAMES) > 150


@pytest.mark.parametrize("row", VECTORS, ids=NAMES)
def test_alone(front, row):
    with_gateway = socket.create_connection(("127.0.0.1", front.port("api")), timeout=10)
    assert statuses(with_gateway, row[1]) == row[2]


@pytest.mark.parametrize("row", VECTORS, ids=NAMES)
def test_behind_nginx(front, row):
    assert statuses(front.nginx.connect(), row[1]) == row[-1]


@pytest.mark.parametrize("size", [1, 7])
def test_pieces_of_a_head_mean_the_same(front, size):
    """However the bytes come in, the lines of a head are seen as they are."""
    good = FOLLOWER.replace(b"Connection", b"X: " + b"y" * 700 + b"\r\nConnection")
    for data, expected in ((good, 200), (good.replace(b"y\r\n", b"y\n"), 400)):
        with socket.create_connection(("127.0.0.1", front.port("api")), timeout=10) as s:
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for i in range(0, len(data), size):
                s.send(data[i:i + size])
            answers = split(read_all(s)[0])
        assert [a[0] for a in answers] == [expected]
