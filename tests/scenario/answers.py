"""HTTP/1 answers on a raw connection, read strictly: what came is a row of whole answers, or an assertion fails."""

import time


def read_all(connection, seconds=2.0):
    """All that comes, and whether the other side closed within that time."""
    got, end = b"", time.monotonic() + seconds
    while time.monotonic() < end:
        connection.settimeout(max(0.01, end - time.monotonic()))
        try:
            piece = connection.recv(65536)
        except TimeoutError:
            break
        except OSError:  # a reset, or the TLS way of the same
            return got, True
        if not piece:
            return got, True
        got += piece
    return got, False


def _body_of(fields, rest):
    """The body at the beginning of `rest`, and what is left."""
    if fields.get("transfer-encoding") == "chunked":
        body = b""
        while True:
            size, _, rest = rest.partition(b"\r\n")
            n = int(size, 16)
            assert rest[n:n + 2] == b"\r\n", rest[:200]
            body, rest = body + rest[:n], rest[n + 2:]
            if n == 0:
                return body, rest
    n = int(fields.get("content-length", "0"))
    assert len(rest) >= n, f"{len(rest)} of {n} bytes"
    return rest[:n], rest[n:]


def split(got, first_is_head=False):
    """The answers as (status, fields, body); nothing may be left over."""
    answers = []
    while got:
        head, mark, rest = got.partition(b"\r\n\r\n")
        lines = head.decode("latin1").split("\r\n")
        assert mark and lines[0].startswith("HTTP/1.1 "), got[:300]
        pairs = [line.split(": ", 1) for line in lines[1:]]
        fields = {name.lower(): value for name, value in pairs}
        assert len(fields) == len(pairs), f"a field is said twice: {lines}"
        status = int(lines[0].split()[1])
        bare = status in (100, 204, 304) or (first_is_head and not answers)
        body, got = (b"", rest) if bare else _body_of(fields, rest)
        answers.append((status, fields, body))
    return answers
