"""dealer.test: one live call, judged check by check, that stores nothing and is counted."""

import json
import socket
import threading
import time

import pytest
from fetching import Pipeline, yesterday
from system import SAMPLE, Port, wait_for
from wire import BusError

CHECKS = ["permission", "address", "dns", "connect", "tls", "clock", "authentication", "sample", "mapping"]
KEYS = {"api_key": "dgi-key-sim:group-a", "secret_key": "dgi-secret-sim:group-a"}


@pytest.fixture
def pipeline(system):
    return Pipeline(system)


def run(pipeline, **more):
    answer = pipeline.call("dealer", "dealer.test", {"dealer_id": SAMPLE, **more}, timeout=16)
    assert [step["name"] for step in answer["steps"]] == CHECKS
    assert answer["ok"] == all(step["state"] != "failed" for step in answer["steps"])
    for step in answer["steps"]:
        assert step["text"] and ("code" in step) == (step["state"] == "failed")
        if step["state"] == "failed":
            assert step["cause"] and step["advice"]
    return answer


def states(answer):
    return {step["name"]: step["state"] for step in answer["steps"]}


def failed(answer):
    """(check, code) of the one that failed."""
    found = [(step["name"], step["code"]) for step in answer["steps"] if step["state"] == "failed"]
    assert len(found) == 1, answer["steps"]
    return found[0]


def quota_used(system):
    rows = system.query("SELECT calls FROM jobs.credential_state")
    return rows[0]["calls"] if rows else 0


def nothing_is_stored(system):
    return all(system.query(f"SELECT count(*) AS n FROM {table}")[0]["n"] == 0
               for table in ("feed.prospect", "feed.quarantine", "jobs.task", "jobs.job_record", "jobs.coverage"))


def test_a_good_connection_passes_every_check_and_stores_nothing(pipeline):
    system = pipeline.system
    answer = run(pipeline)
    assert (answer["ok"], answer["calls"], answer["counted"], answer["upstream"]) == (True, 1, True, "sim")
    assert states(answer) == {**dict.fromkeys(CHECKS, "ok"), "tls": "skipped"}
    feed = answer["feeds"][0]
    truth = pipeline.truth(yesterday(), yesterday())
    assert (feed["feed"], feed["day"], feed["rows_read"]) == ("prsp", str(yesterday()), len(truth))
    assert (feed["rows_quarantined"], feed["rows_foreign"], feed["reasons"]) == (0, 0, [])
    assert quota_used(system) == 1 and nothing_is_stored(system)
    calls = pipeline.sim("GET", "calls")["calls"]
    assert [call["outcome"] for call in calls] == ["ok"]
    # Nothing personal leaves it: every letter and digit of the sample is masked, but for dates.
    values = {value["field"]: value["value"] for value in feed["sample"]}
    assert set("".join(values["namaLengkap"].split())) <= set("x.,'-") and values["tanggalProspect"][:2] == "20"
    for record in truth:
        for field in ("namaLengkap", "noKtp", "noKontak", "alamat"):
            assert not record[field] or record[field] not in json.dumps(answer)


@pytest.mark.parametrize("fault, check, code", [
    ({"kind": "status", "value": 401}, "authentication", "upstream.credential"),
    ({"kind": "quota"}, "authentication", "upstream.quota"),
    ({"kind": "status", "value": 429}, "authentication", "upstream.too_many"),
    ({"kind": "skew"}, "clock", "upstream.clock"),
    ({"kind": "status", "value": 404}, "sample", "upstream.not_found"),
    ({"kind": "status", "value": 500}, "sample", "upstream.server_error"),
    ({"kind": "html"}, "sample", "upstream.not_json"),
    ({"kind": "truncate"}, "sample", "upstream.truncated"),
    ({"kind": "wrong_type"}, "sample", "upstream.envelope"),
    ({"kind": "huge", "value": 6000000}, "sample", "upstream.too_large"),
    ({"kind": "drop"}, "authentication", "upstream.network"),
    ({"kind": "no_key"}, "mapping", "row.no_key"),
    ({"kind": "long_value", "record": -1}, "mapping", "row.too_long"),
])
def test_a_fault_is_told_by_the_check_that_failed(pipeline, fault, check, code):
    pipeline.sim("POST", "fault", times=-1, **fault)
    answer = run(pipeline)
    assert failed(answer) == (check, code)
    after = CHECKS[CHECKS.index(check) + 1:]
    assert [states(answer)[name] for name in after] == ["skipped"] * len(after)
    assert states(answer)["connect"] == "ok" and nothing_is_stored(pipeline.system)
    if check == "mapping":
        feed = answer["feeds"][0]
        assert feed["reasons"][0]["reason"] == code and feed["rows_quarantined"] >= 1


def test_an_upstream_that_hangs_is_told_in_time(pipeline):
    pipeline.sim("POST", "fault", kind="hang", value=60000, times=-1)
    begun = time.monotonic()
    answer = pipeline.call("dealer", "dealer.test", {"dealer_id": SAMPLE}, timeout=5)
    assert time.monotonic() - begun < 5
    assert failed(answer) in [("authentication", "upstream.timeout_first_byte"),
                              ("authentication", "upstream.timeout_total")]
    pipeline.sim("DELETE", "fault")
    pipeline.sim("POST", "fault", kind="stall", value=60000, times=-1)
    answer = pipeline.call("dealer", "dealer.test", {"dealer_id": SAMPLE}, timeout=5)
    assert failed(answer)[0] == "sample" and failed(answer)[1].startswith("upstream.timeout")


def test_a_clock_that_differs_is_corrected_by_a_second_call_and_both_count(pipeline):
    pipeline.sim("POST", "clock", skew_s=3600)
    answer = run(pipeline)
    clock = answer["steps"][CHECKS.index("clock")]
    assert answer["ok"] and answer["calls"] == 2 and "ahead" in clock["text"] and "again" in clock["text"]
    assert quota_used(pipeline.system) == 2


def test_keys_of_the_request_are_tested_and_kept_nowhere(pipeline):
    system = pipeline.system
    before = system.query("SELECT * FROM dealer.credential")
    answer = run(pipeline, api_key="dgi-key-sim:group-b", secret_key="dgi-secret-sim:group-b")
    assert states(answer)["authentication"] == "ok" and answer["counted"] is False
    answer = run(pipeline, api_key="dgi-key-sim:group-x", secret_key="wrong-secret-4711")
    assert failed(answer)[0] == "authentication" and quota_used(system) == 0
    # The stored key is known by its fingerprint, also when it is typed in.
    assert run(pipeline, **KEYS)["counted"] is True and quota_used(system) == 1
    assert failed(run(pipeline, secret_key="wrong-secret-4711")) == ("authentication", "upstream.credential")
    assert system.query("SELECT * FROM dealer.credential") == before
    assert system.query("SELECT count(*) AS n FROM jobs.credential_state WHERE flagged_at IS NOT NULL")[0]["n"] == 0
    for process in ("dealer-1", "fetcher-1"):
        for secret in ("group-b", "wrong-secret", "dgi-secret"):
            assert secret not in system[process].text()


def test_a_stored_key_is_told_to_its_own_upstream_alone(pipeline):
    system = pipeline.system
    pipeline.call("dealer", "upstream.set", {"name": "other", "base_url": f"http://127.0.0.1:{system.port('sim')}/dgi-api/v1.3",
                                             "allow_private": True})
    for typed in ({}, {"api_key": KEYS["api_key"]}, {"secret_key": KEYS["secret_key"]}):
        with pytest.raises(BusError, match="field.missing"):
            pipeline.call("dealer", "dealer.test", {"dealer_id": SAMPLE, "upstream": "other", **typed})
    assert pipeline.sim("GET", "calls")["calls"] == []
    assert run(pipeline, upstream="other", **KEYS)["upstream"] == "other"
    assert run(pipeline, upstream="sim")["counted"] is True


def test_a_dealer_without_keys_can_be_tested_before_they_are_stored(pipeline):
    pipeline.call("dealer", "dealer.create", {"dealer_id": "99901", "dealer_name": "x"})
    with pytest.raises(BusError, match="field.missing"):
        pipeline.call("dealer", "dealer.test", {"dealer_id": "99901"})
    with pytest.raises(BusError, match="field.missing"):
        pipeline.call("dealer", "dealer.test", {"dealer_id": "99901", "api_key": KEYS["api_key"]})
    answer = pipeline.call("dealer", "dealer.test", {"dealer_id": "99901", **KEYS}, timeout=16)
    assert answer["ok"] and answer["dealer_id"] == "99901"
    for body, error in (({"dealer_id": "nobody"}, "record.not_found"),
                        ({"dealer_id": SAMPLE, "upstream": "nobody"}, "record.reference"),
                        ({"dealer_id": SAMPLE, "api_key": "a b", "secret_key": "x"}, "field.format")):
        with pytest.raises(BusError, match=error):
            pipeline.call("dealer", "dealer.test", body)


@pytest.mark.parametrize("statement, word", [
    ("INSERT INTO jobs.pause VALUES ('all', '', NULL, 'x', now())", "paused"),
    ("INSERT INTO jobs.pause VALUES ('upstream', 'sim', NULL, 'x', now())", "paused"),
    ("INSERT INTO jobs.pause VALUES ('dealer', '12284', NULL, 'x', now())", "paused"),
    ("INSERT INTO jobs.pause SELECT 'credential', id::text, NULL, 'x', now() FROM dealer.credential", "paused"),
    ("INSERT INTO jobs.upstream_state (upstream_id, open_until) SELECT id, now() + interval '1 hour'"
     " FROM dealer.upstream", "left alone"),
    ("INSERT INTO jobs.credential_state (credential_id, blocked_until, blocked_code)"
     " SELECT id, now() + interval '1 hour', 'upstream.too_many' FROM dealer.credential", "asked to"),
    ("UPDATE dealer.upstream SET quota = 1; INSERT INTO jobs.credential_state (credential_id, quota_day, calls)"
     " SELECT id, (now() AT TIME ZONE 'Asia/Jakarta')::date, 1 FROM dealer.credential", "no calls left"),
])
def test_what_holds_calls_up_holds_a_test_up(pipeline, statement, word):
    pipeline.system.query(statement)
    used = quota_used(pipeline.system)
    answer = run(pipeline)
    assert failed(answer) == ("permission", "dealer.calls_held") and word in answer["steps"][0]["text"]
    assert answer["calls"] == 0 and quota_used(pipeline.system) == used
    assert pipeline.sim("GET", "calls")["calls"] == []


def upstream_at(pipeline, url, **more):
    pipeline.set_upstream(**more)
    pipeline.system.query("UPDATE dealer.upstream SET base_url = %s", (url,))


def test_addresses_names_and_connections_that_fail(pipeline):
    system = pipeline.system
    system.query("UPDATE dealer.upstream SET allow_private = false")
    assert failed(run(pipeline)) == ("address", "upstream.address") and quota_used(system) == 0
    upstream_at(pipeline, f"http://{socket.gethostname()}:{system.port('sim')}/x")
    system.query("UPDATE dealer.upstream SET allow_private = false")
    answer = run(pipeline)
    assert failed(answer) == ("address", "upstream.address") and states(answer)["dns"] == "ok"
    upstream_at(pipeline, "http://no-such-name.invalid/x")
    assert failed(run(pipeline)) == ("dns", "upstream.connect")
    closed = Port()
    upstream_at(pipeline, f"http://127.0.0.1:{closed.number}/x")
    assert failed(run(pipeline)) == ("connect", "upstream.connect")
    # Plain HTTP where TLS is expected.
    upstream_at(pipeline, f"https://127.0.0.1:{system.port('sim')}/dgi-api/v1.3")
    answer = run(pipeline)
    assert failed(answer)[0] == "tls" and states(answer)["connect"] == "ok"
    closed.lock.close()


def test_what_an_upstream_repeats_of_the_keys_is_blackened(pipeline):
    port = Port()
    body = b'{"status":0,"message":"dgi-key-sim:group-a says no","data":null}'
    server = socket.create_server(("127.0.0.1", port.number))

    def serve():
        peer, _ = server.accept()
        with peer:
            peer.recv(65536)
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)

    threading.Thread(target=serve, daemon=True).start()
    upstream_at(pipeline, f"http://127.0.0.1:{port.number}/x")
    answer = run(pipeline)
    assert failed(answer) == ("sample", "upstream.refused") and "dgi-key" not in json.dumps(answer)
    server.close()
    port.lock.close()


def test_a_fetcher_that_is_gone_is_passed_over_and_none_is_told(pipeline):
    system = pipeline.system
    system.start("fetcher-2", "fetcher-3")
    wait_for("three fetchers", lambda: system.query(
        "SELECT count(*) AS n FROM ops.process WHERE service = 'fetcher' AND state = 'ready'")[0]["n"] == 3)
    system["fetcher-1"].kill()
    system["fetcher-2"].kill()
    for _ in range(4):
        assert run(pipeline)["ok"]
    assert quota_used(system) == 4
    system["fetcher-3"].terminate()
    wait_for("its end", lambda: not system["fetcher-3"].alive())
    system.query("DELETE FROM ops.process WHERE name IN ('fetcher-1', 'fetcher-2')")
    with pytest.raises(BusError, match="bus.no_service"):
        pipeline.call("dealer", "dealer.test", {"dealer_id": SAMPLE}, timeout=16)
    assert quota_used(system) == 4


def test_more_tests_than_a_fetcher_takes_are_refused_not_queued(pipeline):
    pipeline.sim("POST", "settings", latency_ms=1500)
    answers = []

    def test():
        try:
            answers.append(pipeline.call("dealer", "dealer.test", {"dealer_id": SAMPLE}, timeout=10)["ok"])
        except BusError as error:
            answers.append(error.code)

    threads = [threading.Thread(target=test) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count(True) == 2 and answers.count("http.busy") == 3
    assert quota_used(pipeline.system) == 2


def test_by_rest_and_ddctl(running):
    answer = running.api("POST", f"/api/v1/dealers/{SAMPLE}/test", json={"lang": "id"}, timeout=20)
    assert answer.status_code == 200 and answer.json()["ok"] and len(answer.json()["steps"]) == 9
    assert answer.json()["feeds"][0]["rows_read"] > 0
    shown = running.ddctl("dealer", "test", SAMPLE).stdout
    assert "authentication" in shown and "rows_read" in shown
    running.sim("POST", "/_sim/fault", json={"kind": "status", "value": 403, "times": -1})
    refused = running.ddctl("dealer", "test", SAMPLE, check=False)
    assert refused.returncode == 1 and "upstream.credential" in refused.stdout
    answer = running.api("POST", f"/api/v1/dealers/{SAMPLE}/test", json={"lang": "id"}, timeout=20).json()
    assert "key" in next(step for step in answer["steps"] if step["state"] == "failed")["advice"]
    missing = running.api("POST", "/api/v1/dealers/nobody/test", json={})
    assert missing.status_code == 404
    running.sim("DELETE", "/_sim/fault")
    running.sim("POST", "/_sim/fault", json={"kind": "hang", "value": 60000, "times": -1})
    begun = time.monotonic()
    answer = running.api("POST", f"/api/v1/dealers/{SAMPLE}/test", json={}, timeout=20)
    assert answer.status_code == 200 and not answer.json()["ok"] and time.monotonic() - begun < 15
