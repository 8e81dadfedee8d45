"""What an upstream does wrong: each fault has its error class or its quarantine, and invents nothing."""

import json
import socket
import threading
import time

import pytest
from fetching import Pipeline, days_back, yesterday
from system import SAMPLE, Port, wait_for

QUICK = {"connect_timeout_ms": 1000, "first_byte_timeout_ms": 600, "body_timeout_ms": 700, "total_timeout_ms": 1500}


@pytest.fixture
def pipeline(system):
    """A fetcher whose failures are tried twice in all."""
    system.settings.update(DD_RETRY_MAX=2, DD_RETRY_BASE_MS=50)
    return Pipeline(system, upstream=QUICK)


def fault(pipeline, **what):
    pipeline.sim("POST", "fault", **{"times": -1, **what})


def one_day(pipeline):
    """A job over one day: (the job, its first task, the attempts)."""
    job = pipeline.run(yesterday(), yesterday())
    task = pipeline.tasks(job)[0]
    return job, task, pipeline.attempts(task)


@pytest.mark.parametrize("what, code, http, tries", [
    ({"kind": "status", "value": 500}, "upstream.server_error", 500, 2),
    ({"kind": "status", "value": 503}, "upstream.server_error", 503, 2),
    ({"kind": "status", "value": 401}, "upstream.credential", 401, 1),
    ({"kind": "status", "value": 403}, "upstream.credential", 403, 1),
    ({"kind": "status", "value": 404}, "upstream.not_found", 404, 1),
    ({"kind": "status", "value": 429}, "upstream.too_many", 429, 2),
    ({"kind": "status", "value": 302}, "upstream.refused", 302, 1),
    ({"kind": "html"}, "upstream.not_json", 200, 2),
    ({"kind": "html", "value": 502}, "upstream.server_error", 502, 2),
    ({"kind": "empty"}, "upstream.not_json", 200, 2),
    ({"kind": "drop"}, "upstream.network", None, 2),
    ({"kind": "hang", "value": 3000}, "upstream.timeout_first_byte", None, 2),
    ({"kind": "slow_body", "value": 4000}, "upstream.timeout_total", 200, 2),
    ({"kind": "stall", "value": 4000}, "upstream.timeout_body", 200, 2),
    ({"kind": "truncate"}, "upstream.truncated", 200, 2),
    ({"kind": "malformed"}, "upstream.truncated", 200, 2),
    ({"kind": "wrong_type"}, "upstream.envelope", 200, 1),
    ({"kind": "skew"}, "upstream.clock", 200, 2),
])
def test_a_failed_call_has_its_class_and_stores_nothing(pipeline, what, code, http, tries):
    fault(pipeline, **what)
    job, task, attempts = one_day(pipeline)
    assert (job["state"], job["tasks_failed"], job["error_code"]) == ("failed", 1, code)
    assert (task["state"], task["error_code"], task["attempt"]) == ("failed", code, tries)
    assert [attempt["outcome"] for attempt in attempts] == ["failed"] * tries
    for attempt in attempts:
        assert (attempt["error_code"], attempt.get("http_status")) == (code, http)
        assert attempt["total_ms"] > 0 and len(attempt.get("body_head", "")) <= 500
    assert pipeline.stored() == [] and quarantine(pipeline) == []
    pipeline.sim("DELETE", "fault")
    if code == "upstream.credential":  # it is not used again until somebody has entered one
        pipeline.call("dealer", "dealer.update", {
            "dealer_id": SAMPLE, "api_key": "dgi-key-sim:group-a", "secret_key": "dgi-secret-sim:group-a",
            "upstream": "sim"})
    assert one_day(pipeline)[0]["state"] == "succeeded"
    pipeline.assert_exact(yesterday(), yesterday())


def test_a_retry_after_a_passing_failure_stores_everything(pipeline):
    fault(pipeline, kind="status", value=500, times=1)
    job, task, attempts = one_day(pipeline)
    assert (job["state"], task["attempt"]) == ("succeeded", 2)
    assert sorted(attempt["outcome"] for attempt in attempts) == ["failed", "succeeded"]
    pipeline.assert_exact(yesterday(), yesterday())


def quarantine(pipeline):
    return pipeline.system.query("SELECT reason, field, raw FROM feed.quarantine ORDER BY id")


@pytest.mark.parametrize("what, reason, field", [
    ({"kind": "no_key"}, "row.no_key", "idProspect"),
    ({"kind": "long_value", "field": "alamat"}, "row.too_long", "alamat"),
    ({"kind": "long_value", "field": "unit.kodeTipeUnit", "value": 2001}, "row.too_long", "unit.kodeTipeUnit"),
    ({"kind": "wrong_type", "field": "statusProspect"}, "row.type", "statusProspect"),
])
def test_a_bad_record_is_set_aside_and_the_others_are_kept(pipeline, what, reason, field):
    truth = pipeline.truth(yesterday(), yesterday())
    index = next(i for i, record in enumerate(truth) if record["unit"])
    fault(pipeline, **what, record=index, times=1)
    job, task, _ = one_day(pipeline)
    hit = pipeline.sim("GET", "calls")["calls"][0]["hit"]
    assert (job["state"], job["rows_quarantined"], job["rows_new"]) == ("succeeded", 1, len(truth) - 1)
    assert (task["rows_quarantined"], task["rows_read"]) == (1, len(truth) - 1)
    kept = {record["idProspect"]: record for record in pipeline.stored()}
    assert kept == {record["idProspect"]: record for record in truth if record["idProspect"] not in hit}
    row, = quarantine(pipeline)
    assert (row["reason"], row["field"]) == (reason, field)
    assert len(row["raw"]) <= 16384 and row["raw"].startswith("{")
    # The next answer is whole again: the record is no longer missing.
    assert one_day(pipeline)[0]["rows_new"] == 1
    pipeline.assert_exact(yesterday(), yesterday())


def test_an_unreadable_date_is_kept_as_text(pipeline):
    truth = pipeline.truth(yesterday(), yesterday())
    fault(pipeline, kind="bad_date", record=0, times=1)
    job, _, _ = one_day(pipeline)
    hit = pipeline.sim("GET", "calls")["calls"][0]["hit"]
    assert (job["state"], job["rows_quarantined"], job["rows_new"]) == ("succeeded", 0, len(truth))
    stored = {record["idProspect"]: record for record in pipeline.stored()}
    bad = stored[hit if isinstance(hit, str) else hit[0]]
    assert (bad["tanggalProspect"], bad.pop("tanggalProspectRaw")) == (None, "32/13/2026")
    truth = {record["idProspect"]: record for record in truth}
    truth[bad["idProspect"]]["tanggalProspect"] = None
    assert stored == truth
    undated = pipeline.system.query("SELECT n FROM report.day_count WHERE dimension = 'total' AND day = '-infinity'")
    assert undated == [{"n": 1}]


@pytest.mark.parametrize("kind", ["null_data", "single_object", "duplicate"])
def test_unusual_answers_are_understood(pipeline, kind):
    truth = pipeline.truth(yesterday(), yesterday())
    fault(pipeline, kind=kind, times=1)
    job, _, _ = one_day(pipeline)
    expected = {"null_data": 0, "single_object": 1, "duplicate": len(truth)}[kind]
    assert (job["state"], job["rows_new"], job["rows_quarantined"]) == ("succeeded", expected, 0)
    known = {record["idProspect"]: record for record in truth}
    for record in pipeline.stored():
        assert record == known[record["idProspect"]]


def test_a_renamed_field_invents_nothing(pipeline):
    fault(pipeline, kind="rename_field", field="statusProspect", to="prospectStatus", times=1)
    job, _, _ = one_day(pipeline)
    assert job["state"] == "succeeded"
    assert {record["statusProspect"] for record in pipeline.stored()} == {None}


def test_a_wrong_key_stops_at_once(pipeline):
    pipeline.call("dealer", "dealer.update", {"dealer_id": SAMPLE, "api_key": "dgi-key-sim:group-a",
                                              "secret_key": "wrong", "upstream": "sim"})
    job, task, attempts = one_day(pipeline)
    assert (job["state"], task["error_code"], len(attempts)) == ("failed", "upstream.credential", 1)
    told = json.dumps(attempts) + pipeline.system["fetcher-1"].text()
    assert "dgi-key-sim:group-a" not in told and "wrong" not in task.get("error_text", "")


def test_nobody_there_is_a_connect_error(system):
    system.settings.update(DD_RETRY_MAX=1)
    port = Port()
    pipeline = Pipeline(system, upstream={**QUICK, "base_url": f"http://127.0.0.1:{port.number}/v1"})
    job, _, _ = one_day(pipeline)
    assert (job["state"], job["error_code"]) == ("failed", "upstream.connect")
    port.lock.close()


def test_a_failure_that_nobody_can_take_does_not_hold_its_task(system):
    """The scheduler refuses it for good: its lease runs out, and another try is made."""
    system.settings.update(DD_LEASE_MS=1000)
    pipeline = Pipeline(system)
    system.query("ALTER TABLE jobs.attempt ADD CONSTRAINT broken CHECK (outcome <> 'failed')")
    fault(pipeline, kind="status", value=500, times=1)
    job, _, attempts = one_day(pipeline)
    assert job["state"] == "succeeded" and sorted(a["outcome"] for a in attempts) == ["lost", "succeeded"]


def test_private_addresses_are_refused_unless_allowed(system):
    system.settings.update(DD_RETRY_MAX=2)
    pipeline = Pipeline(system)
    # Past the check of upstream.set, which would refuse it: the one before each connection is another.
    system.query("UPDATE dealer.upstream SET allow_private = false")
    job, task, _ = one_day(pipeline)
    assert (job["state"], job["error_code"], task["attempt"]) == ("failed", "upstream.address", 1)
    assert pipeline.sim("GET", "calls")["calls"] == []
    # A connection that is kept alive is no way around it, by a name that says nothing.
    pipeline.set_upstream(base_url=f"http://{socket.gethostname()}:{system.port('sim')}/dgi-api/v1.3")
    assert one_day(pipeline)[0]["state"] == "succeeded"
    system.query("UPDATE dealer.upstream SET allow_private = false")
    assert one_day(pipeline)[0]["error_code"] == "upstream.address"


@pytest.mark.parametrize("host", [socket.gethostname(), "localhost", "0x7f.1", "2130706433", "017700000001", "127.1",
                                  "127.0.0.1.", "[::ffff:127.0.0.1]", "user:word@127.0.0.1"])
def test_no_spelling_of_this_machine_is_called_without_leave(system, host):
    system.settings.update(DD_RETRY_MAX=1)
    pipeline = Pipeline(system)
    system.query("UPDATE dealer.upstream SET allow_private = false, base_url = %s",
                 (f"http://{host}:{system.port('sim')}/dgi-api/v1.3",))
    assert one_day(pipeline)[0]["error_code"] == "upstream.address"
    assert pipeline.sim("GET", "calls")["calls"] == []


def test_a_redirect_is_not_followed(system):
    system.settings.update(DD_RETRY_MAX=1)
    pipeline = Pipeline(system)
    port = Port()
    server = Server(port.number, b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nConnection: close\r\n"
                                 b"Location: http://127.0.0.1:%d/dgi-api/v1.3/prsp/read\r\n\r\n" % system.port("sim"))
    server.start()
    pipeline.set_upstream(base_url=f"http://127.0.0.1:{port.number}/v1")
    job, _, _ = one_day(pipeline)
    server.socket.close()
    port.lock.close()
    assert (job["error_code"], server.calls) == ("upstream.refused", 1)
    assert pipeline.sim("GET", "calls")["calls"] == []


class Server(threading.Thread):
    """Answers every HTTP request with the same bytes; counts them."""

    def __init__(self, port, answer):
        super().__init__(daemon=True)
        self.socket = socket.create_server(("127.0.0.1", port))
        self.answer = answer
        self.calls = 0

    def run(self):
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            with peer:
                peer.recv(65536)
                self.calls += 1
                peer.sendall(self.answer)


@pytest.mark.parametrize("body, code", [
    (b'{"status":0,"message":{"key":"dgi-key-sim:group-a says no"},"data":null}', "upstream.refused"),
    (b'{"status":1,"data":[' + b"[" * 100, "upstream.envelope"),
    (b'{"status":1,"data":[], "x":"' + b"y" * 2000 + b'"}', "upstream.too_large"),
])
def test_answers_of_a_strange_server(system, body, code):
    system.settings.update(DD_RETRY_MAX=1)
    port = Port()
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body
    server = Server(port.number, answer)
    server.start()
    pipeline = Pipeline(system, upstream={"base_url": f"http://127.0.0.1:{port.number}/v1", "max_body_bytes": 1024})
    job, task, attempts = one_day(pipeline)
    server.socket.close()
    port.lock.close()
    # A day that is too large is asked for in sixteen parts of an hour and a half.
    assert (job["error_code"], server.calls) == (code, 31 if code == "upstream.too_large" else 1)
    assert "dgi-key-sim" not in json.dumps([task, attempts])


def test_records_of_other_dealers_are_dropped_and_counted(system):
    body = json.dumps({"status": 1, "data": [
        {"idProspect": "P1", "dealerId": SAMPLE}, {"idProspect": "P2", "dealerId": "99999"},
        {"dealerId": "99999", "alamat": {}}, {"idProspect": "P3"}]}).encode()
    port = Port()
    server = Server(port.number, b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    server.start()
    pipeline = Pipeline(system, upstream={"base_url": f"http://127.0.0.1:{port.number}/v1"})
    job, _, _ = one_day(pipeline)
    server.socket.close()
    port.lock.close()
    assert (job["state"], job["rows_new"], job["rows_quarantined"]) == ("succeeded", 2, 0)
    assert {(record["idProspect"], record["dealerId"]) for record in pipeline.stored()} == {
        ("P1", SAMPLE), ("P3", SAMPLE)}
    assert pipeline.counters()["rows_foreign"] == 2


@pytest.mark.parametrize("verdict, counter", [("cancelled", "tasks_cancelled"), ("queued", "leases_lost")])
def test_what_is_cancelled_or_lost_ends_within_a_second_or_so(pipeline, verdict, counter):
    pipeline.set_upstream(first_byte_timeout_ms=30000, total_timeout_ms=60000)
    pipeline.sim("POST", "settings", latency_ms=20000)
    job = pipeline.submit(days_back(3), yesterday())
    wait_for("calls", lambda: pipeline.job(job)["tasks_leased"] == 4)
    time.sleep(0.3)
    begun = time.monotonic()
    pipeline.system.query("DELETE FROM jobs.lease")
    pipeline.system.query("UPDATE jobs.task SET state = %s, ready = false", (verdict,))
    wait_for("free slots", lambda: pipeline.counters()["slots_busy"] == 0, 4)
    assert time.monotonic() - begun < 2
    counters = pipeline.counters()
    assert (counters[counter], counters["tasks_stored"], counters["tasks_failed"]) == (4, 0, 0)
