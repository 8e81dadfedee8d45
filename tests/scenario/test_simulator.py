"""The simulator keeps its word: tokens, clocks, profiles, faults, and the truth against answers.

The answers are read here by rules of our own (names without case, blanks trimmed, four date forms,
repeated parents merged), so that the simulator and this file check each other.
"""

import email.utils
import json
import re
import threading
import time
from datetime import datetime

import pytest
import requests

from simulator import BASES, Simulator

DAY = ("2026-09-07 00:00:00", "2026-09-07 23:59:59")
WEEK = ("2026-09-07 00:00:00", "2026-09-13 23:59:59")
NOW = "2026-10-01T12:00:00+07:00"
DATES = {"tanggalProspect", "tanggalAppointment"}
TIMES = {"createdTime", "modifiedTime"}


@pytest.fixture(scope="module")
def process():
    simulator = Simulator()
    yield simulator
    code, log = simulator.stop()
    assert code == 0
    assert log[-1]["msg"] == "stopping"


@pytest.fixture
def sim(process):
    """The simulator as it was at the start, its data clock frozen at NOW."""
    process.delete("fault")
    process.delete("records")
    process.delete("calls")
    process.post("settings", profile="spec13", max_days=7, history_days=400, quota=0, skew_s=10)
    process.post("settings", profile="gateway", max_days=7, history_days=400, quota=300, skew_s=10)
    process.post("settings", latency_ms=0, bulk_rows=0, hang_ms=300)
    process.post("clock", now=NOW, freeze=True, skew_s=0)
    return process


def plain(value):
    """Text without blanks around it, None when there is nothing."""
    return str(value).strip() or None if value is not None else None


def instant(value, day_only):
    if value is None:
        return None
    for form in ("%d/%m/%Y", "%Y-%m-%d", "%d/%m/%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"):
        try:
            read = datetime.strptime(value.rstrip(":"), form)
            return read.strftime("%Y-%m-%d" if day_only else "%Y-%m-%d %H:%M:%S")
        except ValueError:
            continue
    raise AssertionError(f"no date: {value}")


def record(names, sent, dealer):
    """One object of an answer under the names of the truth."""
    given = {name.lower(): value for name, value in sent.items()}
    found = {}
    for name in names:
        if name == "unit":
            continue
        value = plain(given.get(name.lower()))
        if name in DATES or name in TIMES:
            value = instant(value, name in DATES)
        found[name] = value
    if dealer is not None:
        found["dealerId"] = found["dealerId"] or dealer
    return found


UNIT_NAMES = ["kodeTipeUnit", "salesProgramId", "createdTime", "modifiedTime"]


def records(data, names, dealer):
    """All records of `data`, repeated parents merged, in order of first sight."""
    merged = {}
    for sent in data:
        one = record(names, sent, dealer)
        given = {name.lower(): value for name, value in sent.items()}.get("unit") or []
        units = [record(UNIT_NAMES, unit, None) for unit in given]
        merged.setdefault(one["idProspect"], {**one, "unit": []})["unit"] += units
    return list(merged.values())


@pytest.mark.parametrize("profile", list(BASES))
@pytest.mark.parametrize("dealer", ["12284", "99901"])
def test_answers_equal_the_truth(sim, profile, dealer):
    expected = sim.truth(dealer, *WEEK, profile=profile)
    answer = sim.read(profile, *WEEK, dealer=dealer)
    assert answer.status_code == 200
    body = answer.json()
    assert int(body["status"]) == 1 and body["message"] is None
    assert len(expected) > 20
    assert records(body["data"], list(expected[0]), dealer) == expected
    if profile == "legacy":
        assert len(body["data"]) > len(expected)
        assert answer.headers["X-Response-Count"] == str(len(body["data"]))
        assert all(r["createdTime"] is None and r["modifiedTime"] is None for r in expected)
    else:
        assert len(body["data"]) == len(expected)


def test_slices_hold_what_the_whole_window_holds(sim):
    whole = sim.truth("12284", "2026-09-01", "2026-09-28")
    names, found = list(whole[0]), {}
    for day in (1, 8, 15, 22):
        answer = sim.read("spec13", f"2026-09-{day:02} 00:00:00", f"2026-09-{day + 6:02} 23:59:59")
        found.update((r["idProspect"], r) for r in records(answer.json()["data"], names, None))
    assert found == {r["idProspect"]: r for r in whole}
    assert {len(r["unit"]) for r in whole} == {0, 1, 2, 3}


def test_same_seed_same_data(sim):
    other = Simulator(DD_SIM_CLOCK=NOW)
    another = Simulator(DD_SIM_CLOCK=NOW, DD_SIM_SEED="7", DD_SIM_PROFILE="colon")
    try:
        expected = sim.truth("12284", *WEEK)
        assert other.truth("12284", *WEEK) == expected
        assert another.truth("12284", *WEEK) != expected
        assert another.get("settings")["profile"] == "colon"
    finally:
        assert other.stop()[0] == 0
        assert another.stop()[0] == 0


def test_prospects_move_on_as_the_clock_does(sim):
    sim.post("clock", now="2026-09-08T00:00:00+07:00")
    young = {r["idProspect"]: r for r in sim.truth("12284", *DAY) if r["createdTime"] >= DAY[0]}
    sim.post("clock", now=NOW)
    old = {r["idProspect"]: r for r in sim.truth("12284", DAY[0], "2026-09-30")}
    changed = [old[i] for i in young if old[i] != young[i]]
    assert set(young) <= set(old) and len(changed) > 3
    assert all(r["modifiedTime"] >= "2026-09-08" for r in changed)
    later = {r["idProspect"] for r in sim.truth("12284", "2026-09-08", "2026-09-30")}
    assert {r["idProspect"] for r in changed} <= later


@pytest.mark.parametrize("profile", list(BASES))
def test_wrong_token_and_key_are_refused(sim, profile):
    wrong = sim.read(profile, *DAY, **{"DGI-API-Token": "0" * 64})
    upper = sim.read(profile, *DAY, **{"DGI-API-Token": "A" * 64})
    assert wrong.text == upper.text
    expected = {"spec13": (200, "Credential tidak valid"), "legacy": (200, "Token Tidak Valid !!"),
                "colon": (200, "Credential tidak valid"), "gateway": (401, "Invalid API token")}
    status, text = expected[profile]
    assert wrong.status_code == status and text in wrong.text
    if profile == "legacy":
        with pytest.raises(requests.ConnectionError):
            sim.read(profile, *DAY, **{"DGI-API-Key": "nobody"})
    else:
        answer = sim.read(profile, *DAY, **{"DGI-API-Key": "nobody"})
        assert answer.status_code == (403 if profile == "gateway" else 200)
        assert answer.json().get("data") is None
    outcomes = [call["outcome"] for call in sim.get("calls")["calls"]]
    assert outcomes == ["token", "token", "key"]


def test_the_formula_belongs_to_the_profile(sim):
    # A token of the other formula is wrong.
    plain_token = sim.read("spec13", *DAY).request.headers
    answer = sim.read("colon", *DAY, **{"DGI-API-Token": plain_token["DGI-API-Token"],
                                        "X-Request-Time": plain_token["X-Request-Time"]})
    assert answer.json()["status"] == 0


@pytest.mark.parametrize("profile,offset,good", [
    ("spec13", 8, True), ("spec13", -8, True), ("spec13", 13, False), ("spec13", -13, False),
    ("legacy", -13, False), ("legacy", 500, True), ("gateway", 13, False), ("colon", -13, False)])
def test_clock_tolerance(sim, profile, offset, good):
    answer = sim.read(profile, *DAY, offset=offset)
    assert (answer.status_code == 200 and str(answer.json()["status"]) == "1") == good
    assert sim.get("calls")["calls"][-1]["outcome"] == ("ok" if good else "clock")


def test_a_skewed_upstream_shows_in_its_date(sim):
    sim.post("clock", skew_s=3600)
    refused = sim.read("spec13", *DAY)
    assert refused.json()["status"] == 0
    stamp = datetime.strptime(refused.headers["Date"], "%a, %d %b %Y %H:%M:%S GMT")
    ahead = (stamp - datetime.utcfromtimestamp(time.time())).total_seconds()
    assert 3590 < ahead < 3610
    assert sim.read("spec13", *DAY, offset=3600).json()["status"] == 1


def test_headers_may_be_missing_or_nonsense(sim):
    for name in ("X-Request-Time", "DGI-API-Key", "DGI-API-Token"):
        for value in (None, "", "x", "12 3", "9" * 400):
            answer = sim.read("spec13", *DAY, **{name: value})
            assert answer.status_code == 200 and answer.json()["status"] == 0


def test_window_rules(sim):
    long = ("2026-09-01 00:00:00", "2026-09-09 00:00:00")
    assert sim.read("spec13", *long).json()["message"]["message1"] == "Rentang waktu melebihi batas"
    assert sim.read("legacy", *long).json()["status"] == 1
    over = ("2026-08-01 00:00:00", "2026-09-09 00:00:00")
    # The old server looks at the range before the token.
    refused = sim.read("legacy", *over, **{"DGI-API-Token": "x"}).json()
    assert refused["message"].startswith("Melebihi Rentang Waktu")
    assert json.loads(sim.read("gateway", *over).json()["message"])["status"] == 400
    # The end of a window is now where the document's servers are asked without one.
    assert sim.read("spec13", "2026-09-28 00:00:00", None).json()["status"] == 1
    assert sim.read("legacy", "2026-09-28 00:00:00", None).status_code == 500
    for bad in ("2026-09-31 00:00:00", "01/09/2026 00:00:00", "2026-09-01", ""):
        assert sim.read("spec13", bad, DAY[1]).json()["status"] == 0
        assert sim.read("gateway", bad, DAY[1]).status_code == 400
    sim.post("settings", profile="spec13", max_days=31)
    assert sim.read("spec13", *long).json()["status"] == 1


def test_history_limit_hides_what_is_older(sim):
    sim.post("settings", profile="spec13", history_days=20)
    assert sim.read("spec13", *DAY).json()["data"] == []
    assert sim.truth("12284", *DAY) == []
    assert sim.truth("12284", "2026-09-11", "2026-09-30")


def test_no_data_has_three_faces(sim):
    future = ("2026-10-02 00:00:00", "2026-10-03 00:00:00")
    assert sim.read("spec13", *future).json() == {"status": 1, "message": None, "data": []}
    assert sim.read("gateway", *future).json()["data"] == []
    assert sim.read("colon", *future).json() == {"status": 1, "message": None, "data": None}
    assert sim.read("legacy", *future).json() == {
        "status": 0, "message": "Tidak Ada Data Pada Periode ini", "data": None}


def test_a_key_reaches_its_group_only(sim):
    whole = sim.read("spec13", *DAY, dealer="").json()["data"]
    assert {r["dealerId"] for r in whole} == {"12284", "99901"}
    assert {r["dealerId"] for r in sim.read("spec13", *WEEK, dealer="", group="b").json()["data"]} == {"99902"}
    assert sim.read("spec13", *WEEK, dealer="99902").json()["data"] == []
    assert sim.read("gateway", *WEEK, dealer="99902").status_code == 403


def test_filters_match_exactly(sim):
    first = sim.truth("12284", *DAY)[0]
    body = {"fromTime": DAY[0], "toTime": DAY[1], "dealerId": "12284", "idProspect": first["idProspect"],
            "idSalesPeople": "", "idProspect ": "ignored"}
    assert [r["idProspect"] for r in sim.read("spec13", *DAY, body=body).json()["data"]] == [first["idProspect"]]
    body["idSalesPeople"] = "nobody"
    assert sim.read("spec13", *DAY, body=body).json()["data"] == []


def test_quota_counts_by_key_and_day(sim):
    sim.post("settings", profile="gateway", quota=3)
    statuses = [sim.read("gateway", *DAY).status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    assert 0 < int(sim.read("gateway", *DAY).headers["Retry-After"]) <= 86400
    assert sim.read("gateway", *DAY, dealer="99902", group="b").status_code == 200
    sim.post("clock", advance_s=86400)
    assert sim.read("gateway", *DAY).status_code == 200
    sim.post("settings", profile="spec13", quota=1)
    sim.read("spec13", *DAY)
    assert sim.read("spec13", *DAY).json()["message"]["message1"] == "Credential over limit"
    counts = {(c["key"], c["day"], c["profile"]): c["calls"] for c in sim.get("calls")["counts"]}
    assert counts[("dgi-key-sim:group-a", "2026-10-01", "gateway")] == 6
    assert counts[("dgi-key-sim:group-a", "2026-10-02", "gateway")] == 1
    assert counts[("dgi-key-sim:group-b", "2026-10-01", "gateway")] == 1


def test_calls_are_listed_since_a_number(sim):
    for _ in range(3):
        sim.read("spec13", *DAY)
    listed = sim.get("calls")
    assert [call["n"] for call in listed["calls"]] == [1, 2, 3] and listed["last"] == 3
    call = sim.get("calls", since=2)["calls"][0]
    assert (call["n"], call["dealer"], call["from"], call["to"]) == (3, "12284", *DAY)
    assert call["outcome"] == "ok" and call["status"] == 200 and call["bytes"] > 1000


def test_paths_and_methods(sim):
    post = lambda path: requests.post(sim.url + path, json={}, timeout=5).status_code  # noqa: E731
    assert post("/dgi-api/v1.3/spk/read") == 404
    assert post("/dgi-api/v1.3/prsp/read/") == 404
    assert post("/legacy/dgi-api/v1/prsp/read/") == 500
    assert post("/nowhere") == 404
    assert "<html>" in requests.post(sim.url + "/gateway/nowhere", timeout=5).text
    assert requests.get(sim.url + "/dgi-api/v1.3/prsp/read", timeout=5).status_code == 405
    assert requests.get(sim.url + "/_sim/nothing", timeout=5).status_code == 404
    assert requests.put(sim.url + "/_sim/clock", timeout=5).status_code == 405
    assert requests.post(sim.url + "/_sim/fault", data="{", timeout=5).status_code == 400
    assert requests.get(sim.url + "/_sim/truth?dealer=1&from=2026-01-01&to=2026-01-02", timeout=5).status_code == 400


@pytest.mark.parametrize("body", [b"", b"[]", b"\x00\xff", b"[" * 60000, b'{"fromTime":' + b'"x"' * 9,
                                  b'{"fromTime":{"a":[[[1]]]}}', b"1" * 100000])
@pytest.mark.parametrize("profile,status", [("spec13", 200), ("legacy", 500), ("gateway", 400)])
def test_any_body_is_answered(sim, profile, status, body):
    answer = requests.post(sim.url + BASES[profile] + "/prsp/read", data=body, timeout=5)
    assert answer.status_code == status


def test_a_huge_body_is_refused(sim):
    answer = requests.post(sim.url + BASES["spec13"] + "/prsp/read", data=b"x" * (5 << 20), timeout=10)
    assert answer.status_code == 413


def first_after(sim, kind, profile="spec13", **more):
    """The answer that a fault makes; the next one is whole again."""
    sim.fault(kind, **more)
    answer = sim.read(profile, *DAY)
    call = sim.get("calls")["calls"][-1]
    assert call["fault"] == kind
    whole = sim.read(profile, *DAY)
    assert whole.status_code == 200 and len(whole.json()["data"]) >= len(sim.truth("12284", *DAY))
    return answer, call


def test_faults_of_the_answer(sim):
    for status in (500, 401, 404, 503, 400):
        answer, _ = first_after(sim, "status", value=status)
        assert answer.status_code == status and answer.json()
    answer, _ = first_after(sim, "status", value=429, retry_after=7)
    assert answer.status_code == 429 and answer.headers["Retry-After"] == "7"
    answer, _ = first_after(sim, "status", value=429, retry_after=7, retry_date=True)
    told, date = (email.utils.parsedate_to_datetime(answer.headers[name]) for name in ("Retry-After", "Date"))
    assert (told - date).total_seconds() == 7
    answer, _ = first_after(sim, "html")
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "text/html" and "<html" in answer.text
    assert first_after(sim, "html", value=503)[0].status_code == 503
    answer, _ = first_after(sim, "empty")
    assert answer.status_code == 200 and answer.content == b""
    answer, _ = first_after(sim, "malformed")
    with pytest.raises(ValueError):
        answer.json()
    assert len(answer.content) > 1000
    assert first_after(sim, "null_data")[0].json()["data"] is None
    assert isinstance(first_after(sim, "single_object")[0].json()["data"], dict)
    assert isinstance(first_after(sim, "wrong_type")[0].json()["data"], str)
    answer, _ = first_after(sim, "quota")
    assert "over limit" in answer.text
    answer, call = first_after(sim, "skew")
    assert call["outcome"] == "clock" and answer.json()["status"] == 0


def test_faults_of_the_way(sim):
    sim.fault("drop")
    with pytest.raises(requests.ConnectionError):
        sim.read("spec13", *DAY)
    sim.fault("truncate")
    with pytest.raises(requests.ConnectionError):
        sim.read("spec13", *DAY)
    sim.fault("hang", value=5000)
    with pytest.raises(requests.ReadTimeout):
        sim.read("spec13", *DAY, timeout=0.3)
    sim.fault("hang", value=200)
    begin = time.monotonic()
    with pytest.raises(requests.ConnectionError):
        sim.read("spec13", *DAY)
    assert time.monotonic() - begin >= 0.19
    begin = time.monotonic()
    answer, _ = first_after(sim, "slow_body", value=500)
    assert time.monotonic() - begin >= 0.4
    assert answer.json()["status"] == 1
    begin = time.monotonic()
    answer, _ = first_after(sim, "stall", value=400)
    assert time.monotonic() - begin >= 0.39 and answer.json()["status"] == 1
    answer, _ = first_after(sim, "huge", value=3000000, announced=True)
    assert len(answer.content) == 3000000 and answer.content.startswith(b'{"status":1')
    begin = time.monotonic()
    first_after(sim, "delay", delay_ms=200)
    assert 0.2 <= time.monotonic() - begin < 5


def test_faults_of_one_record(sim):
    expected = sim.truth("12284", *DAY)
    answer, call = first_after(sim, "bad_date", record=2)
    data = answer.json()["data"]
    assert data[2]["tanggalProspect"] == "32/13/2026" and call["hit"] == expected[2]["idProspect"]
    assert data[3]["tanggalProspect"] == sim.read("spec13", *DAY).json()["data"][3]["tanggalProspect"]
    data = first_after(sim, "long_value", value=300)[0].json()["data"]
    assert len(data[0]["alamat"]) == 300 and len(data[1]["alamat"]) < 100
    data = first_after(sim, "no_key", record=1)[0].json()["data"]
    assert "idProspect" not in data[1] and len(data) == len(expected)
    data = first_after(sim, "rename_field", field="noKtp", to="nik")[0].json()["data"]
    assert all("nik" in r and "noKtp" not in r for r in data)
    data = first_after(sim, "duplicate")[0].json()["data"]
    assert len(data) == 2 * len(expected) and data[0] == data[1]
    data = first_after(sim, "wrong_type", field="namaLengkap")[0].json()["data"]
    assert isinstance(data[0]["namaLengkap"], dict) and isinstance(data[1]["namaLengkap"], str)


def test_faults_wait_for_what_fits(sim):
    sim.fault("empty", profile="legacy", match="2026-09-08", times=2)
    assert sim.read("spec13", *DAY).json()["status"] == 1
    assert sim.read("legacy", *DAY).json()["status"] == 1
    fitting = ("2026-09-08 00:00:00", "2026-09-08 23:59:59")
    assert [sim.read("legacy", *fitting).content == b"" for _ in range(3)] == [True, True, False]
    first, second = sim.fault("drop", times=-1), sim.fault("hang")
    assert [f["id"] for f in sim.get("fault")["faults"]] == [first, second]
    assert sim.delete("fault", id=first)["removed"] == 1
    assert sim.delete("fault")["removed"] == 1


def test_records_change_and_are_added(sim):
    before = sim.truth("12284", *DAY)
    # Records of the day itself: the others leave the window when they are modified.
    nth = [n for n, r in enumerate(before) if r["createdTime"] >= DAY[0]][1:4:2]
    sim.post("clock", advance_s=60)
    changed = sim.post("records", dealer="12284", **{"from": DAY[0], "to": DAY[1]}, nth=nth,
                       set={"statusProspect": "4", "unit": [{"kodeTipeUnit": "NEW"}]})["changed"]
    assert changed == [before[n]["idProspect"] for n in nth]
    now = ("2026-10-01 12:01:00", "2026-10-01 12:01:00")
    seen = {r["idProspect"]: r for r in sim.truth("12284", *now)}
    assert set(changed) <= set(seen)
    one = seen[changed[0]]
    assert one["statusProspect"] == "4" and one["modifiedTime"] == now[0]
    assert [u["kodeTipeUnit"] for u in one["unit"]] == ["NEW"]
    assert one["namaLengkap"] == before[nth[0]]["namaLengkap"]
    by_id = sim.post("records", dealer="12284", ids=[changed[0]], set={"noKontak": None})["changed"]
    added = sim.post("records", dealer="12284", add=[{"namaLengkap": "Contoh Baru", "tanggalProspect": "2026-10-01"},
                                                     {"idProspect": "X/1", "createdTime": "2026-09-07 12:00:00"}])
    assert by_id == [changed[0]] and added["added"][1] == "X/1"
    assert len(sim.truth("12284", *DAY)) == len(before) + 1
    answer = records(sim.read("spec13", *DAY).json()["data"], list(one), None)
    assert sorted(answer, key=str) == sorted(sim.truth("12284", *DAY), key=str)
    refused = requests.post(sim.url + "/_sim/records", timeout=5,
                            json={"dealer": "12284", "ids": [changed[0]], "set": {"unknown": "1"}})
    assert refused.status_code == 400
    assert sim.delete("records")["removed"] == 4
    assert sim.truth("12284", *DAY) == before


def test_bulk_mode(sim):
    sim.post("settings", bulk_rows=20000)
    answer = sim.read("spec13", *DAY, timeout=60)
    data = answer.json()["data"]
    assert len({r["idProspect"] for r in data}) == 20000
    assert all(r["unit"] for r in data)
    expected = sim.truth("12284", *DAY)
    assert records(data, list(expected[0]), None) == expected


def test_latency_does_not_queue_calls(sim):
    sim.post("settings", latency_ms=300)
    sessions, failures = 128, []

    def call():
        try:
            if sim.read("spec13", *DAY).json()["status"] != 1:
                failures.append("status")
        except Exception as error:  # noqa: BLE001 - any failure is one
            failures.append(error)

    threads = [threading.Thread(target=call) for _ in range(sessions)]
    begin = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - begin
    assert not failures
    assert 0.3 <= took < sessions * 0.3 / 2, "in a queue they would take as long as all latencies together"
    assert sim.get("calls")["last"] == sessions


def test_stops_while_calls_wait():
    simulator = Simulator()
    simulator.fault("hang", times=-1, value=60000, profile="spec13")
    simulator.fault("slow_body", times=-1, value=60000, profile="legacy")
    outcomes = []

    def call(profile):
        try:
            simulator.read(profile, *DAY, timeout=30)
        except requests.RequestException as error:
            outcomes.append(type(error))

    threads = [threading.Thread(target=call, args=(profile,)) for profile in ("spec13", "legacy") * 5]
    for thread in threads:
        thread.start()
    while simulator.get("calls")["last"] < len(threads):
        time.sleep(0.02)
    begin = time.monotonic()
    code, log = simulator.stop()
    assert code == 0 and time.monotonic() - begin < 5
    for thread in threads:
        thread.join()
    assert len(outcomes) == len(threads)
    assert all({"ts", "level", "svc", "instance", "msg"} <= set(line) for line in log)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", line["ts"]) for line in log)
