"""Personal data: masked on each way out until somebody says why, and taken out of everything when a person asks."""

import json
import os
import re
import stat
import subprocess

import psycopg2
import pytest
from fetching import Pipeline, camel, yesterday
from postgres import PROGRAMS
from postgres import REPOSITORY as ROOT
from system import SAMPLE, wait_for
from wire import BusError

PERSON = {"namaLengkap": "Ratnawulan Pinandita", "noKontak": "081298764321", "noKtp": "3201010203040001",
          "alamat": "Jl. Rahasia Sekali 77", "kodePos": "QX16998", "latitude": "-6,913377015", "longitude": "107,61557092",
          "alamatKantor": "Gedung Tersembunyi 9", "noKontakKantor": "02187654399", "kodePekerjaan": "Pesulap"}
# What must not be found anywhere: no part of a value that says whose it is.
TRACES = ["Ratnawulan", "Pinandita", "98764321", "3201010203040001", "Rahasia Sekali", "QX16998", "913377015",
          "61557092", "Tersembunyi", "87654399", "Pesulap"]
TABLE = (ROOT / "services" / "daemon" / "feeds.def").read_text()
MASKS = dict(re.findall(r'COLUMN\(\w+, "(\w+)", \w+, (\w+)\)', TABLE[TABLE.index("FEED(prospect"):].split("END_PART")[0]))


def traces(text):
    return [trace for trace in TRACES if trace in text]


def plant(pipeline, minute=0, **values):
    """Makes one record of yesterday that of the person, as of this minute before midnight; its id."""
    prospect = pipeline.truth(yesterday(), yesterday())[0]["idProspect"]
    pipeline.planted = getattr(pipeline, "planted", prospect)
    pipeline.sim("POST", "records", dealer=SAMPLE, ids=[pipeline.planted],
                 set={**PERSON, "modifiedTime": f"{yesterday()} 23:{minute:02}:00", **values})
    return pipeline.planted


def one_day(pipeline):
    job = pipeline.run(yesterday(), yesterday())
    assert job["state"] == "succeeded", job
    return job


def set_aside(pipeline, length=2500):
    """The person's record comes with a value that is too long, once."""
    place = [record["idProspect"] for record in pipeline.truth(yesterday(), yesterday())].index(pipeline.planted)
    pipeline.sim("POST", "fault", kind="long_value", field="idEvent", value=length, record=place, times=1)
    one_day(pipeline)
    return pipeline.call("scheduler", "quarantine.list", {"state": "open"})["items"][0]


@pytest.fixture
def pipeline(system):
    system.start_redis()
    pipeline = Pipeline(system)
    system.start("account-1", "analytics-1", "gateway-api", "gateway-analytics", "gateway-admin")
    wait_for("the gateway", lambda: system.api("GET", "/readyz").ok)
    return pipeline


def key(system, role, **more):
    answer = system.api("POST", "/api/v1/keys", json={"name": "test", "role": role, **(more or {"all_dealers": True})})
    assert answer.status_code == 201, answer.text
    return answer.json()["key"]


def everywhere(system):
    """All that is stored, written or kept: the whole database, logs and files, Redis."""
    yield "database", subprocess.run([PROGRAMS / "pg_dump", "--dbname", system.database_url], check=True, text=True,
                                     capture_output=True).stdout
    for path in system.folder.rglob("*"):
        if path.is_file():
            yield str(path), path.read_text(errors="replace")
    ask = ["redis-cli", "-s", system.run / "redis.sock"]
    keys = subprocess.run([*ask, "--scan"], check=True, text=True, capture_output=True).stdout.split()
    for name in keys:
        dump = subprocess.run([*ask, "GET", name], check=True, capture_output=True).stdout
        yield f"Redis {name}", dump.decode(errors="replace")


def found_in(system):
    return {place: traces(text) for place, text in everywhere(system) if traces(text)}


def entries(system, kind):
    return system.query("SELECT principal, action, target, after FROM account.audit WHERE kind = %s ORDER BY seq", (kind,))


# ---- masks ----

def test_the_content_of_a_quarantined_record_is_masked_until_somebody_says_why(pipeline):
    system, prospect = pipeline.system, plant(pipeline)
    row = set_aside(pipeline)
    path = f"/api/v1/quarantine/{row['id']}"
    operator, viewer = key(system, "operator"), key(system, "viewer")
    assert system.api("GET", path, key=viewer).status_code == 403
    one = system.api("GET", path, key=operator).json()
    shown = json.loads(one["raw"])
    assert one["masked"] is True and not traces(one["raw"]), one["raw"]
    assert (shown["idProspect"], shown["namaLengkap"], shown["noKontak"], shown["noKtp"], shown["alamat"]) == (
        prospect, "R*** P***", "0812****4321", "****0001", "***")
    assert shown["idEvent"] == "*** (2500 bytes)" and shown["statusProspect"] and row["field"] == "idEvent"
    assert shown["unit"][0]["kodeTipeUnit"] not in ("", "***")
    assert system.api("GET", f"{path}?reveal=true&reason=Complaint", key=viewer).status_code == 403
    for query, field in (("reveal=true", "reason"), ("reveal=true&reason=x", "reason"),
                         ("reveal=true&reason=call%20of%200812-9876-4321", "reason")):
        answer = system.api("GET", f"{path}?{query}", key=operator)
        assert answer.status_code == 422 and answer.json()["errors"][0]["field"] == field, answer.text
    assert entries(system, "quarantine") == []
    full = system.api("GET", f"{path}?reveal=true&reason=Complaint%204711", key=operator).json()
    assert full["masked"] is False and json.loads(full["raw"])["namaLengkap"] == PERSON["namaLengkap"]
    entry, = entries(system, "quarantine")
    assert (entry["action"], entry["target"], entry["after"]) == ("quarantine.get", str(row["id"]),
                                                                 {"reason": "Complaint 4711"})
    assert not traces(system.ddctl("quarantine", "show", row["id"]).stdout)
    assert not traces(system.ddctl("quarantine", "show", row["id"], "--json").stdout)
    revealed = system.ddctl("quarantine", "show", row["id"], "--reveal", "--reason", "Complaint 4711").stdout
    assert PERSON["namaLengkap"] in revealed and len(entries(system, "quarantine")) == 2
    assert not traces(system.api("GET", "/api/v1/quarantine?format=csv").text)


def test_what_is_noted_cannot_be_noted_is_not_shown(pipeline):
    plant(pipeline)
    row = set_aside(pipeline)
    pipeline.system.query("REVOKE EXECUTE ON FUNCTION account.note FROM dd_scheduler")
    with pytest.raises(BusError):
        pipeline.call("scheduler", "quarantine.get", {"id": row["id"], "reveal": True, "reason": "Complaint"})
    assert pipeline.call("scheduler", "quarantine.get", {"id": row["id"]})["masked"] is True


def test_unknown_fields_and_cut_records_show_no_value(pipeline):
    plant(pipeline)
    pipeline.sim("POST", "fault", kind="add_field", field="catatanRatna", times=1)
    one_day(pipeline)
    row = set_aside(pipeline, length=20000)
    assert row["whole"] is False
    raw = pipeline.call("scheduler", "quarantine.get", {"id": row["id"]})["raw"]
    assert not traces(raw) and "xxx" not in raw
    drift, = [d for d in pipeline.call("scheduler", "drift.list", {})["items"] if d["field"] == "catatanRatna"]
    assert set(drift) <= {"id", "upstream", "feed", "field", "kind", "type", "answers", "first_at", "last_at"}


def test_the_masks_are_the_same_wherever_they_are_made(pipeline):
    for name, phone, number in (("Ratnawulan Pinandita", "081298764321", "3201010203040001"), ("Émile", "0812", "12"),
                                ("  x  yz ", "+62 812-9876-4321", "3201.0102.0304.0001"), ("A\tB", "08129876é4321", "")):
        sql, = pipeline.system.query("SELECT feed.masked(%s) AS name, feed.masked_phone(%s) AS phone,"
                                     " feed.masked_number(%s) AS number", (name.strip(), phone, number))
        pipeline.sim("DELETE", "records")
        plant(pipeline, namaLengkap=name.strip(), noKontak=phone, noKtp=number)
        row = set_aside(pipeline)
        raw = json.loads(pipeline.call("scheduler", "quarantine.get", {"id": row["id"]})["raw"])
        assert (raw["namaLengkap"].replace("***", ""), raw["noKontak"], raw.get("noKtp") or None) == (
            sql["name"].replace("***", "") if "\t" not in name else "", sql["phone"], sql["number"]), (raw, sql)


def test_the_old_api_masks_names_too(pipeline):
    system = pipeline.system
    plant(pipeline)
    one_day(pipeline)
    operator, viewer = key(system, "operator"), key(system, "viewer")

    def names(whole, query="", status=200):
        answer = system.api("GET", f"/prospect-data/?dealer_id={SAMPLE}{query}", key=whole)
        assert answer.status_code == status, answer.text
        return [row["nama_lengkap"] for row in answer.json()] if status == 200 else answer.json()

    assert "R*** P***" in names(operator) and not traces(str(names(viewer)))
    names(viewer, "&reveal=true&reason=Complaint", 403)
    names(operator, "&reveal=true", 422)
    assert PERSON["namaLengkap"] in names(operator, "&reveal=true&reason=Complaint")
    assert [entry["target"] for entry in entries(system, "prospect")] == [SAMPLE]
    csv = system.api("GET", f"/api/v1/prospects?dealer_id={SAMPLE}&format=csv", role="analytics", key=operator)
    assert "R*** P***" in csv.text and not traces(csv.text)


def test_what_is_kept_of_a_failed_answer_names_nobody(pipeline):
    plant(pipeline)
    pipeline.sim("POST", "fault", kind="truncate", times=-1)
    job = pipeline.run(yesterday(), yesterday())
    assert job["state"] == "failed"
    attempts = pipeline.attempts(pipeline.tasks(job)[0])
    assert attempts and all('"status"' in attempt["body_head"] for attempt in attempts)
    assert any("***" in attempt["body_head"] for attempt in attempts)
    assert found_in(pipeline.system) == {}


def test_a_refused_row_reaches_no_log(pipeline):
    """What PostgreSQL says of a row that it refuses holds the row; neither error, attempt nor log does."""
    plant(pipeline)
    system = pipeline.system
    system.query("ALTER TABLE feed.prospect ADD CONSTRAINT no_such CHECK (nama_lengkap NOT LIKE 'Ratna%%')")
    job = pipeline.run(yesterday(), yesterday())
    assert job["state"] == "failed"
    said = str(pipeline.attempts(pipeline.tasks(job)[0])) + str(job)
    assert "no_such" in said and not traces(said)
    assert found_in(system) == {}


# ---- one person ----

def person(system, verb, *arguments, **options):
    return system.ddctl("person", verb, *arguments, **options)


def stored_person(pipeline):
    """The person's record, stored and once set aside; its id."""
    prospect = plant(pipeline)
    set_aside(pipeline)
    one_day(pipeline)
    assert pipeline.system.api("GET", f"/api/v1/report/prospects?dealer_id={SAMPLE}").ok  # into Redis
    return prospect


def counts(system):
    return system.query("SELECT dealer_id, dimension, day, code, n FROM report.day_count ORDER BY 1, 2, 3, 4"), system.query(
        "SELECT count(*) AS n FROM feed.prospect"), system.query("SELECT count(*) AS n FROM feed.prospect_unit")


def test_a_person_is_found_by_each_of_three_names_and_shown_masked(pipeline):
    system, prospect = pipeline.system, stored_person(pipeline)
    for arguments, line in ((("--dealer", SAMPLE, "--id", prospect), None), (("--phone",), "+62 812-9876-4321\n"),
                            (("--phone",), "0218 7654399\n"), (("--ktp", "--dealer", SAMPLE), "3201.0102.0304.0001\n")):
        shown = person(system, "find", *arguments, "--json", input=line)
        assert not traces(shown.stdout), shown.stdout
        page = json.loads(shown.stdout)
        row, = page["items"]
        assert (row["id_prospect"], row["nama_lengkap"], row["no_kontak"], row["no_ktp"], row["erased"]) == (
            prospect, "R*** P***", "0812****4321", "****0001", False)
        assert page["set_aside"] == 1
    assert "R*** P***" in person(system, "find", "--ktp", input="3201010203040001\n").stdout
    nobody = person(system, "find", "--phone", input="0811111119\n", check=False)
    assert nobody.returncode == 1 and "person.unknown" in nobody.stderr
    for arguments, line in (((), None), (("--id", prospect), None), (("--phone",), "0812\n"),
                            (("--phone", "--ktp"), "081298764321\n3201010203040001\n")):
        assert person(system, "find", *arguments, input=line, check=False).returncode == 1, arguments
    assert len(entries(system, "person")) == 5 and not traces(str(entries(system, "person")))


def test_an_export_holds_all_that_is_stored_about_a_person(pipeline):
    system, prospect = pipeline.system, stored_person(pipeline)
    row = pipeline.call("scheduler", "quarantine.list", {})["items"][0]
    pipeline.call("scheduler", "quarantine.get", {"id": row["id"], "reveal": True, "reason": "Complaint 4711"})
    file = system.folder / "person.json"
    person(system, "export", "--dealer", SAMPLE, "--id", prospect, "--reason", "Request of 5 March", "--out", file)
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    document = json.loads(file.read_text())
    kept, = document["prospects"]
    assert {name: value for name, value in ((camel(c), v) for c, v in kept.items()) if name in PERSON} == PERSON
    assert kept["units"] and document["set_aside"][0]["id"] == row["id"]
    assert all(value in document["set_aside"][0]["raw"] for value in PERSON.values())
    assert [entry["after"] for entry in document["trail"]] == [{"reason": "Complaint 4711"}]
    again = person(system, "export", "--dealer", SAMPLE, "--id", prospect, "--reason", "again", "--out", file, check=False)
    assert again.returncode == 1
    said = person(system, "export", "--ktp", "--reason", "Request of 5 March", input="3201010203040001\n").stdout
    trail = json.loads(said)["trail"]
    assert {"exported": True, "prospects": 1, "set_aside": 1, "reason": "Request of 5 March"} in [e["after"] for e in trail]
    assert not traces(str(entries(system, "person")))


@pytest.mark.parametrize("way, copy_rows", [("id", 200), ("phone", 1), ("ktp", 200)])
def test_what_was_erased_is_nowhere_and_does_not_come_again(pipeline, way, copy_rows):
    system = pipeline.system
    if copy_rows == 1:
        system["fetcher-1"].stop()
        system.start("fetcher-1", DD_FETCHER_COPY_ROWS=1)
    prospect = stored_person(pipeline)
    who, line = {"id": (("--dealer", SAMPLE, "--id", prospect), None), "phone": (("--phone",), "0812 9876 4321\n"),
                 "ktp": (("--ktp",), "3201010203040001\n")}[way]
    before, version = counts(system), system.query("SELECT version FROM report.version")[0]["version"]
    assert len(found_in(system)) == 1  # the database
    dry = json.loads(person(system, "erase", *who, "--reason", "Request", "--dry-run", "--json", input=line).stdout)
    assert (dry["prospects"], dry["set_aside"], dry["dry_run"]) == (1, 1, True) and len(found_in(system)) == 1
    done = json.loads(person(system, "erase", *who, "--reason", "Request", "--yes", "--json", input=line).stdout)
    assert (done["prospects"], done["set_aside"], done["dry_run"]) == (1, 1, False)
    assert found_in(system) == {} and counts(system) == before
    assert system.query("SELECT version FROM report.version")[0]["version"] == version + 1
    entry = entries(system, "person")[-1]
    assert entry["target"] == done["hashes"][0] and entry["after"] == {
        "erased": True, "reason": "Request", "prospects": 1, "units": done["units"], "set_aside": 1}
    job = one_day(pipeline)
    assert job["rows_changed"] == job["rows_new"] == 0
    assert found_in(system) == {} and counts(system) == before
    plant(pipeline, 10, statusProspect="2")  # a new version of it
    assert one_day(pipeline)["rows_changed"] == 1
    set_aside(pipeline)
    set_aside(pipeline, length=20000)
    assert found_in(system) == {}
    assert system.ddctl("audit", "verify", "--json").stdout.count('"whole":true') == 1
    shown = json.loads(person(system, "find", "--dealer", SAMPLE, "--id", prospect, "--json").stdout)
    assert shown["items"][0]["erased"] is True and "nama_lengkap" not in shown["items"][0]


def test_an_erasure_takes_out_what_the_table_of_fields_calls_personal(pipeline):
    """One truth: feeds.def. The statements of SQL blank exactly these columns, and raw texts of dates."""
    everything = {name: "Ratnawulan 98764321" for name, mask in MASKS.items() if mask != "PLAIN"}
    prospect = plant(pipeline, **{**everything, "noKontak": PERSON["noKontak"]})
    one_day(pipeline)
    columns, = pipeline.system.query("SELECT * FROM feed.prospect WHERE id_prospect = %s", (prospect,))
    full = {camel(c) for c, v in columns.items() if v is not None}
    assert set(everything) <= full
    person(pipeline.system, "erase", "--dealer", SAMPLE, "--id", prospect, "--reason", "Request", "--yes")
    for _ in range(2):
        columns, = pipeline.system.query("SELECT * FROM feed.prospect WHERE id_prospect = %s", (prospect,))
        assert full - {camel(c) for c, v in columns.items() if v is not None} == set(everything)
        plant(pipeline, 10, **{**everything, "noKontak": PERSON["noKontak"]}, statusProspect="2")
        one_day(pipeline)


def test_a_replay_of_the_unmasked_record_stores_nothing_of_an_erased_person(pipeline):
    system, prospect = pipeline.system, plant(pipeline)
    row = set_aside(pipeline)
    one_day(pipeline)
    raw = system.query("SELECT raw, hash FROM feed.quarantine")[0]
    person(system, "erase", "--dealer", SAMPLE, "--id", prospect, "--reason", "Request", "--yes")
    # As if a replay had read the record just before.
    system.query("UPDATE feed.quarantine SET raw = %s, hash = %s, whole = true, state = 'open', settled_at = NULL,"
                 " settled_by = NULL", (raw["raw"], raw["hash"]))
    system["fetcher-1"].stop()
    system.start("fetcher-1", DD_FETCHER_MAX_VALUE=4000)
    job = pipeline.wait(pipeline.call("scheduler", "quarantine.replay", {"ids": [str(row["id"])]}))
    assert job["state"] == "succeeded"
    names = system.query("SELECT nama_lengkap, no_kontak FROM feed.prospect WHERE id_prospect = %s", (prospect,))
    assert names == [{"nama_lengkap": None, "no_kontak": None}]


def test_small_answers_that_are_stored_together_bring_nothing_back(pipeline):
    system, prospect = pipeline.system, stored_person(pipeline)
    person(system, "erase", "--dealer", SAMPLE, "--id", prospect, "--reason", "Request", "--yes")
    jobs = [pipeline.submit(yesterday(), yesterday(), feeds=["prsp"], priority=n) for n in range(3)]
    for job in jobs:
        assert pipeline.wait(job)["state"] == "succeeded"
    assert found_in(system) == {}


def test_an_erasure_that_dies_leaves_all_and_the_next_one_takes_all(pipeline):
    system, prospect = pipeline.system, stored_person(pipeline)
    other = psycopg2.connect(system.database_url)
    who = ("--dealer", SAMPLE, "--id", prospect, "--reason", "Request", "--yes")
    with other, other.cursor() as cursor:
        cursor.execute("SELECT 1 FROM feed.quarantine FOR UPDATE")  # behind the prospects, in its transaction
        asking = subprocess.Popen([system.programs / "ddctl", "person", "erase", *who], env=system.environment(),
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for("the erasure to wait", lambda: system.query(
            "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%%erase_person%%'"))
        assert system.query("SELECT count(*) AS n FROM feed.erased") == [{"n": 0}]
        system["dealer-1"].expect = None
        system["dealer-1"].child.kill()
        wait_for("its connection to end", lambda: system.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%%erase_person%%'"
            " AND pid <> pg_backend_pid()") or True)
        wait_for("the erasure to be gone", lambda: not system.query(
            "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%%erase_person%%' AND pid <> pg_backend_pid()"))
    asking.kill()  # nobody will answer it
    asking.wait()
    other.close()
    kept, = system.query("SELECT nama_lengkap FROM feed.prospect WHERE id_prospect = %s", (prospect,))
    assert kept["nama_lengkap"] == PERSON["namaLengkap"]
    assert system.query("SELECT count(*) AS n FROM feed.erased") == [{"n": 0}]
    assert PERSON["namaLengkap"] in system.query("SELECT raw FROM feed.quarantine")[0]["raw"]
    assert not [e for e in entries(system, "person") if e["action"] == "person.erase"]
    system.start("dealer-1")
    person(system, "erase", *who)
    assert found_in(system) == {}


def test_an_erasure_is_confirmed_by_the_id_or_the_number(pipeline):
    system, prospect = pipeline.system, stored_person(pipeline)
    who = ("--dealer", SAMPLE, "--id", prospect, "--reason", "Request")
    refused = person(system, "erase", *who, input="yes\n", check=False)
    assert refused.returncode == 1 and "not confirmed" in refused.stderr and found_in(system)
    assert person(system, "erase", *who[:4], input=f"{prospect}\n", check=False).returncode == 2  # no reason
    assert person(system, "erase", *who[:4], "--reason", "0812-9876-4321 asks", "--yes", check=False).returncode == 1
    person(system, "erase", *who, input=f"{prospect}\n")
    assert found_in(system) == {}


def test_a_number_of_many_is_nobodys(pipeline):
    """An upstream that fills in the same number for all must not cost everybody's data."""
    pipeline.sim("POST", "settings", bulk_rows=150)
    one_day(pipeline)
    pipeline.system.query("UPDATE feed.prospect SET no_kontak = '08111111111'")
    refused = person(pipeline.system, "erase", "--phone", "--reason", "Request", "--yes", input="08111111111\n", check=False)
    assert refused.returncode == 1 and "person.too_many" in refused.stderr
    assert pipeline.system.query("SELECT count(*) AS n FROM feed.prospect WHERE no_kontak IS NULL") == [{"n": 0}]


def test_persons_are_an_administrators_affair(pipeline):
    system, prospect = pipeline.system, stored_person(pipeline)
    body = {"dealer_id": SAMPLE, "id_prospect": prospect, "reason": "Request", "confirm": True}
    bodies = {"find": {k: body[k] for k in ("dealer_id", "id_prospect")},
              "export": {k: body[k] for k in ("dealer_id", "id_prospect", "reason")}, "erase": body}
    keys = {"viewer": key(system, "viewer"), "operator": key(system, "operator"),
            "one dealer": key(system, "admin", dealers=[SAMPLE])}
    for verb, what in bodies.items():
        for name, whole in keys.items():
            answer = system.api("POST", f"/api/v1/persons/{verb}", key=whole, json=what)
            assert answer.status_code == 403, (verb, name, answer.text)
        assert system.api("POST", f"/api/v1/persons/{verb}", key="", json=what).status_code == 401
        assert system.api("POST", f"/api/v1/persons/{verb}", role="analytics", json=what).status_code == 404
    assert entries(system, "person") == []
    answer = system.api("POST", "/api/v1/persons/erase", role="admin", json={**body, "confirm": False})
    assert answer.status_code == 422 and answer.json()["errors"][0]["field"] == "confirm"
    found = system.api("POST", "/api/v1/persons/find", json={"phone": PERSON["noKontak"]})
    assert found.status_code == 200 and not traces(found.text)
    told = system.api("POST", "/api/v1/persons/export", json={"ktp": PERSON["noKtp"], "reason": "Request"})
    assert json.loads(told.json()["document"])["prospects"][0]["nama_lengkap"] == PERSON["namaLengkap"]
    wrong = system.api("POST", "/api/v1/persons/find", json={"phone": PERSON["noKontak"] * 10})
    assert wrong.status_code == 422 and not traces(wrong.text)
    answer = system.api("POST", "/api/v1/persons/erase", json=body)
    assert answer.status_code == 200 and answer.json()["prospects"] == 1 and found_in(system) == {}


def test_what_was_erased_stays_so_under_a_new_master_key(pipeline):
    system, prospect = pipeline.system, stored_person(pipeline)
    person(system, "erase", "--dealer", SAMPLE, "--id", prospect, "--reason", "Request", "--yes")
    sealed = system.query("SELECT secret_key FROM dealer.erasure_key")
    system.ddctl("key", "rotate-master")
    assert system.query("SELECT secret_key FROM dealer.erasure_key") != sealed
    system["fetcher-1"].stop()
    system.start("fetcher-1")
    one_day(pipeline)
    assert found_in(system) == {}
