"""ddctl against running services: every command, its output, its exit code."""

import json
import os
import re
import subprocess
import time

import pytest
import requests
from system import PROGRAMS, wait_for

DAY = "2026-03-05"


def ddctl(*arguments, **environment):
    return subprocess.run([PROGRAMS / "ddctl", *arguments], env={**os.environ, **environment}, text=True,
                          capture_output=True, timeout=30, check=False)


def items(result):
    return json.loads(result.stdout)["items"]


def by_name(system, *arguments):
    return {item["name"]: item for item in items(system.ddctl("svc", "ls", *arguments, "--json"))}


# ---- what needs no service ----


def test_help_tells_each_group_in_one_place():
    groups = [line.split()[0] for line in ddctl("help").stdout.splitlines() if line.startswith("  ")]
    assert len(groups) > 40
    runs = [group for at, group in enumerate(groups) if at == 0 or groups[at - 1] != group]
    assert len(runs) == len(set(runs)), runs


def test_help_and_version():
    text = ddctl("help")
    assert text.returncode == 0 and "migrate up" in text.stdout and "dealer add CODE" in text.stdout
    assert "--upstream-dealer-id CODE" in ddctl("help", "dealer").stdout
    assert "--lock-wait" in ddctl("migrate", "up", "--help").stdout
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", ddctl("version").stdout)


@pytest.mark.parametrize("arguments", [
    ["nothing"], ["dealer"], ["dealer", "nothing"], ["dealer", "get"], ["dealer", "get", "1", "2"],
    ["dealer", "get", "1", "--what"], ["dealer", "add", "1", "--name"], ["dealer", "add", "1"],
    ["dealer", "add", "1", "--name", "a", "--name", "b"], ["upstream", "set", "sim", "--max-days", "many"],
    ["upstream", "set", "sim", "--formula", "other"], ["upstream", "set", "sim", "--simulated=perhaps"],
    ["job", "show", "no-uuid"], ["key", "new", "house"], ["link", "kitchen"], ["db", "url", "--role", "postgres"],
])
def test_wrong_usage_is_2_and_says_why(arguments):
    result = ddctl(*arguments)
    assert result.returncode == 2, result.stdout
    assert result.stderr.startswith("ddctl: ") and not result.stdout


def test_a_wrong_value_names_code_and_option():
    assert "field.range: --max-days" in ddctl("upstream", "set", "sim", "--max-days", "0").stderr
    said = json.loads(ddctl("upstream", "set", "sim", "--max-days", "0", "--json").stderr)
    assert said["code"] == "field.range" and said["field"] == "--max-days"


def test_nobody_there_is_1(tmp_path):
    result = ddctl("job", "show", "0193a5c2-7b1e-7c3d-8f4a-1b2c3d4e5f60", DD_STATE=str(tmp_path),
                   DD_RUN=str(tmp_path))
    assert result.returncode == 1 and "bus.no_service" in result.stderr


def test_new_keys_are_random_and_of_the_right_form():
    first, second = (ddctl("key", "new", "admin").stdout for _ in range(2))
    assert re.fullmatch(r"dd_[0-9a-f]{64}\n", first) and first != second
    assert re.fullmatch(r"[0-9a-f]{64}\n", ddctl("key", "new", "master").stdout)


@pytest.mark.parametrize("given, expected", [
    ("postgresql:///x?host=/tmp", "postgresql:///x?host=/tmp&options=-c%20role%3Ddd_reader"),
    ("postgresql://h/x", "postgresql://h/x?options=-c%20role%3Ddd_reader"),
    ("host=/tmp dbname=x", "host=/tmp dbname=x options='-c role=dd_reader'"),
])
def test_database_urls(given, expected):
    assert ddctl("db", "url", DATABASE_URL=given).stdout.strip() == given
    assert ddctl("db", "url", "--role", "reader", DATABASE_URL=given).stdout.strip() == expected


def test_the_readers_url_works(cluster, database):
    import psycopg2

    url = ddctl("db", "url", "--role=reader", DATABASE_URL=database).stdout.strip()
    connection = psycopg2.connect(url)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("dd_reader",)
    connection.close()


def test_a_link_needs_a_key(tmp_path):
    assert "DD_ADMIN_KEY_FILE" in ddctl("link", "admin", DD_STATE=str(tmp_path)).stderr


# ---- services ----


def test_services_are_listed_pinged_and_counted(system):
    system.start_redis()
    system.start("dealer-1", "scheduler-1")
    wait_for("both rows", lambda: len(system.query("SELECT 1 FROM ops.process")) == 2)
    found = by_name(system)
    for name in ("dealer-1", "scheduler-1"):
        assert found[name]["pid"] == system[name].pid
        assert found[name]["endpoint"] == system.endpoint(name)
        assert found[name]["state"] == "ready", found[name]
        assert len(found[name]["instance"]) == 36 and found[name]["version"] and found[name]["started"]
    assert found["analytics-1"]["state"] == "gone"
    table = system.ddctl("svc", "ls").stdout
    assert re.search(r"^dealer-1\s+dealer\s+ready", table, re.M)
    assert system.ddctl("svc", "ping", "dealer-1").stdout.split()[0] == "dealer-1"
    assert items(system.ddctl("svc", "ping", "dealer-1", "--json"))[0]["answered"] is True
    stats = items(system.ddctl("svc", "stats", "dealer-1", "--json"))[0]
    assert stats["service"] == "dealer" and stats["rss_bytes"] > 1_000_000
    assert {"sys.ping", "sys.info"} <= {row["name"] for row in stats["messages"]}
    assert "process_report" in {row["name"] for row in stats["statements"]}
    assert "messages answered" in system.ddctl("svc", "stats", "dealer-1").stdout
    missing = system.ddctl("svc", "stats", "nobody-1", check=False)
    assert missing.returncode == 1 and "record.not_found" in missing.stderr


def test_services_are_found_without_the_database(system, cluster):
    system.start("dealer-1", "fetcher-1")
    system.database_url = "postgresql:///none?host=/nowhere"
    result = system.ddctl("svc", "ls", "--json")
    found = {item["name"]: item for item in items(result)}
    assert found["dealer-1"]["pid"] == system["dealer-1"].pid
    assert found["fetcher-1"]["service"] == "fetcher"
    assert "database.away" in result.stderr


def test_a_process_that_hangs_costs_one_time_out(system):
    system.start("dealer-1", "scheduler-1")
    system["dealer-1"].freeze()
    system["scheduler-1"].freeze()
    begun = time.monotonic()
    result = system.ddctl("svc", "ping", check=False)
    assert result.returncode == 1 and time.monotonic() - begun < 8
    system["dealer-1"].thaw()
    system["scheduler-1"].thaw()


def test_drain_ends_a_process_that_leaves_its_row(system):
    system.start("dealer-1")
    wait_for("its row", lambda: system.query("SELECT 1 FROM ops.process"))
    assert "takes no more work, and ends" in system.ddctl("svc", "drain", "dealer-1", "--reason", "test").stdout
    assert system["dealer-1"].child.wait(10) == 0
    assert system.query("SELECT state FROM ops.process") == [{"state": "gone"}]
    first = system.query("SELECT instance FROM ops.process")
    system.start("dealer-1")
    rows = wait_for("the new row alone", lambda: [
        row for row in system.query("SELECT instance, state FROM ops.process")
        if {"instance": row["instance"]} not in first])
    assert rows[0]["state"] in ("ready", "degraded")
    wait_for("the old row to go", lambda: len(system.query("SELECT 1 FROM ops.process")) == 1)


# ---- dealers, upstreams ----


def test_upstreams_and_dealers(system, tmp_path):
    system.start_redis()
    system.start("dealer-1")
    system.add_upstream(max_days=3, quota=300)
    upstream = items(system.ddctl("upstream", "ls", "--json"))[0]
    assert (upstream["name"], upstream["max_days"], upstream["quota"]) == ("sim", 3, 300)
    assert upstream["allow_private"] is True and upstream["simulated"] is True
    changed = json.loads(system.ddctl("upstream", "set", "sim", "--total-timeout-ms=9000", "--simulated=false",
                                      "--json").stdout)
    assert changed["total_timeout_ms"] == 9000 and changed["simulated"] is False and changed["max_days"] == 3

    system.add_dealer(uuid="e3a18c82-c500-450f-b6e1-5c5fbe68bf41")
    shown = system.ddctl("dealer", "get", "12284").stdout
    assert re.search(r"^dealer_name\s+Sample Dealer$", shown, re.M) and re.search(r"^has_credential\s+yes$", shown, re.M)
    assert "dgi-key" not in shown
    again = system.ddctl("dealer", "add", "12284", "--name", "x", check=False)
    assert again.returncode == 1 and "record.exists" in again.stderr
    dealer = json.loads(system.ddctl("dealer", "set", "12284", "--inactive", "--name", "New Name", "--json").stdout)
    assert dealer["is_active"] is False and dealer["dealer_name"] == "New Name"
    assert items(system.ddctl("dealer", "ls", "--active", "--json")) == []
    assert "New Name" in system.ddctl("dealer", "ls", "--inactive").stdout
    assert system.ddctl("dealer", "get", "404", check=False).returncode == 1
    lost = system.ddctl("dealer", "set", "12284", "--key-file", tmp_path / "none", check=False)
    assert lost.returncode == 1 and "key-file" in lost.stderr


# ---- jobs ----


def test_jobs_from_submit_to_end(running):
    job = json.loads(running.ddctl("job", "run", "--dealers", "12284", "--from", DAY, "--to", DAY, "--wait",
                                   "--seconds", "60", "--json").stdout)
    stored = running.query("SELECT count(*) AS n FROM feed.prospect")[0]["n"]
    assert job["state"] == "succeeded" and job["rows_read"] == stored > 0 and job["requested_by"] == "ddctl"
    shown = running.ddctl("job", "show", job["id"]).stdout
    assert re.search(rf"^rows_read\s+{stored}$", shown, re.M)
    assert job["id"] in running.ddctl("job", "ls", "--dealer", "12284").stdout
    assert items(running.ddctl("job", "tasks", job["id"], "--json"))[0]["state"] == "succeeded"
    assert running.ddctl("job", "wait", job["id"]).returncode == 0
    unknown = running.ddctl("job", "run", "--dealers", "404", "--from", DAY, check=False)
    assert unknown.returncode == 1 and "job.unknown_dealer" in unknown.stderr
    missing = running.ddctl("job", "show", "0193a5c2-7b1e-7c3d-8f4a-1b2c3d4e5f60", check=False)
    assert missing.returncode == 1 and "record.not_found" in missing.stderr


def test_a_job_that_fails_is_told_by_the_exit_code(running):
    running.ddctl("upstream", "set", "sim", "--url", "http://127.0.0.1:9/none")
    result = running.ddctl("job", "run", "--dealers=12284", f"--from={DAY}", f"--to={DAY}", "--wait", "--seconds=1",
                           check=False)
    assert result.returncode == 1


def test_who_waits_for_a_job_is_told_why_it_waits(running):
    running.ddctl("pause", "dealer", "12284")
    result = running.ddctl("job", "run", "--dealers=12284", f"--from={DAY}", f"--to={DAY}", "--wait", "--seconds=2",
                           check=False)
    assert result.returncode == 1 and result.stderr.count("it waits: paused") == 1, result.stderr


# ---- links ----


def test_a_link_signs_in_once(system):
    system.start("account-1", "dealer-1", "gateway-admin")
    url = system.ddctl("link", "admin").stdout.strip()
    base, token = url.split("/#/start?token=")
    assert base == f"http://127.0.0.1:{system.port('admin')}"
    answer = requests.post(f"{base}/api/v1/session", json={"token": token}, headers={"Origin": base}, timeout=10)
    assert answer.status_code in (200, 201, 204) and answer.cookies, answer.text
    second = requests.post(f"{base}/api/v1/session", json={"token": token}, headers={"Origin": base}, timeout=10)
    assert second.status_code == 401
    assert system.ddctl("link", "admin", "--base-url", "https://dash.example/a/").stdout.startswith(
        "https://dash.example/a/#/start?token=")




# ---- accounts ----


def test_users_keys_and_the_trail_by_command(system, tmp_path):
    system.start("account-1", "dealer-1")
    password = tmp_path / "password"
    password.write_text("correct horse battery\n")
    made = json.loads(system.ddctl("user", "add", "ann", "--role", "operator", "--all", "--password-file", password,
                                   "--json").stdout)
    assert (made["login"], made["role"], made["all_dealers"], made["has_password"]) == ("ann", "operator", True, True)
    assert json.loads(system.ddctl("user", "set", "ann", "--role", "viewer", "--some", "--json").stdout)["role"] == "viewer"
    assert system.ddctl("user", "link", "ann").stdout.count("dl_") == 1
    refused = system.ddctl("user", "add", "bob", "--role", "king", check=False)
    assert refused.returncode != 0 and "role" in refused.stderr
    key = json.loads(system.ddctl("apikey", "add", "Export", "--role", "viewer", "--all", "--json").stdout)
    system.ddctl("apikey", "revoke", key["id"])
    assert items(system.ddctl("apikey", "ls", "--json"))[0]["revoked_at"]
    entries = items(system.ddctl("audit", "ls", "--kind", "user", "--json"))
    assert [entry["action"] for entry in entries] == ["user.update", "user.create"]
    assert "correct horse" not in str(entries) and entries[0]["principal"] == "ddctl"
    assert json.loads(system.ddctl("audit", "verify", "--json").stdout)["whole"] is True
