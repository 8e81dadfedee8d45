"""A fetcher's memory does not follow the size of an answer, and an answer of rubbish is refused soon."""

import socket
import threading
import time
from contextlib import contextmanager
from pathlib import Path

from fetching import Pipeline, yesterday
from postgres import REPOSITORY
from system import PROGRAMS, Port

CAP_KB = 20 * 1024
MEGABYTE = 1024 * 1024
HEAD, TAIL = b'{"status":1,"message":null,"data":[', b"{}]}"


def plain_programs():
    """A sanitizer keeps what is freed: memory is measured in the development build, which CI makes before."""
    return REPOSITORY / "build" / "dev" / "bin" if "asan" in PROGRAMS.parts else PROGRAMS


def peak_kb(process):
    """The most that was ever resident."""
    text = Path(f"/proc/{process.child.pid}/status").read_text()
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("VmHWM"))


@contextmanager
def upstream(piece, megabytes):
    """A server that answers each call with so many records of this kind; its address."""
    port = Port()
    times = int(megabytes * MEGABYTE) // len(piece)
    length = len(HEAD) + times * len(piece) + len(TAIL)
    server = socket.create_server(("127.0.0.1", port.number))
    block = piece * (MEGABYTE // len(piece))

    def answer(peer):
        with peer:
            peer.recv(65536)
            peer.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % length + HEAD)
            whole, rest = divmod(times, MEGABYTE // len(piece))
            for _ in range(whole):
                peer.sendall(block)
            peer.sendall(piece * rest + TAIL)

    def serve():
        while True:
            try:
                peer, _ = server.accept()
            except OSError:
                return
            try:
                answer(peer)
            except OSError:
                pass  # the fetcher has read enough

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{port.number}/v1"
    finally:
        server.close()
        port.lock.close()


def start(system, **more):
    system.settings.update(DD_RETRY_MAX=1)
    pipeline = Pipeline(system, fetchers=0, upstream=more)
    system.programs, usual = plain_programs(), system.programs
    process = system.start("fetcher-1")
    system.programs = usual
    return pipeline, process


def one_hour(pipeline):
    """Too short a window to be asked for in parts."""
    day = yesterday()
    job = pipeline.wait(pipeline.submit(f"{day} 08:00:00", f"{day} 08:59:59"), 120)
    return job, pipeline.attempts(pipeline.tasks(job)[0])


def test_a_large_answer_is_stored_in_little_memory(system):
    pipeline, process = start(system)
    pipeline.sim("POST", "settings", bulk_rows=57000)
    job, attempts = one_hour(pipeline)
    assert (job["state"], job["rows_new"]) == ("succeeded", 57000)
    assert attempts[0]["bytes"] > 58 * MEGABYTE
    assert peak_kb(process) < CAP_KB
    again, _ = one_hour(pipeline)
    assert (again["rows_same"], again["rows_new"]) == (57000, 0)
    assert peak_kb(process) < CAP_KB


def test_a_huge_answer_is_refused_in_little_memory(system):
    with upstream(b'{"idProspect":"%s"},' % (b"x" * 1000), 300) as url:
        pipeline, process = start(system, base_url=url)
        job, attempts = one_hour(pipeline)
    assert (job["state"], job["error_code"]) == ("failed", "upstream.too_large")
    assert attempts[0]["bytes"] <= 64 * MEGABYTE
    assert pipeline.stored() == [] and peak_kb(process) < CAP_KB


def test_millions_of_empty_records_are_refused_soon(system):
    with upstream(b"{},", 60) as url:
        pipeline, process = start(system, base_url=url)
        begun = time.monotonic()
        job, _ = one_hour(pipeline)
    assert (job["state"], job["error_code"]) == ("failed", "upstream.bad_records")
    assert time.monotonic() - begun < 20
    assert pipeline.system.query("SELECT count(*) AS n FROM feed.quarantine") == [{"n": 0}]
    assert pipeline.stored() == [] and peak_kb(process) < CAP_KB


def test_many_bad_records_are_set_aside_with_the_good_ones_stored(system):
    piece = b"{}," * 9 + b'{"idProspect":"P1"},'
    with upstream(piece, 0.0095) as url:
        pipeline, _ = start(system, base_url=url)
        job, _ = one_hour(pipeline)
    assert (job["state"], job["rows_new"]) == ("succeeded", 1)
    assert job["rows_quarantined"] > 1000
