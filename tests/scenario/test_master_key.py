"""The master key is changed while everything runs: by hand, interrupted at any instant, under load."""

import base64
import ctypes
import random
import re
import secrets
import subprocess
import threading
import time

import pytest
from fetching import Pipeline, days_back, yesterday
from system import PROGRAMS, wait_for

SODIUM = ctypes.CDLL("libsodium.so.23")
KILLS = 25


def derived(master, number, size=32):
    out = ctypes.create_string_buffer(size)
    assert SODIUM.crypto_kdf_derive_from_key(out, ctypes.c_size_t(size), ctypes.c_uint64(number), b"dd-seal_",
                                             bytes.fromhex(master)) == 0
    return out.raw


def opened(masters, sealed):
    """The plain text, by an implementation of its own; None when no key opens it."""
    name, text = sealed.split(":")
    master = {derived(key, 3, 16)[:4].hex(): key for key in masters}.get(name)
    if master is None:
        return None
    box = base64.b64decode(text)
    out = ctypes.create_string_buffer(len(box))
    good = SODIUM.crypto_secretbox_open_easy(out, box[24:], ctypes.c_ulonglong(len(box) - 24), box[:24],
                                             derived(master, 1))
    return out.raw[:len(box) - 40].decode() if good == 0 else None


class Vault:
    """What is sealed in a system, and the file of its keys."""

    def __init__(self, system):
        self.system = system
        self.file = system.folder / "keys" / "master.key"

    def masters(self):
        return self.file.read_text().split()

    def texts(self):
        return self.system.query("""
            SELECT 'c' || id AS row, api_key, secret_key, NULL AS api_token FROM dealer.credential
            UNION ALL SELECT 'd' || dealer_id, api_key, secret_key, api_token FROM dealer.dealers ORDER BY 1""")

    def plain(self, masters=None):
        """Everything in the clear; a text that no key of the file opens ends the test."""
        masters = masters or self.masters()
        found = {}
        for row in self.texts():
            for column in ("api_key", "secret_key", "api_token"):
                if row[column] is not None:
                    found[row["row"], column] = opened(masters, row[column])
                    assert found[row["row"], column] is not None, (row["row"], column)
        return found

    def key_ids(self):
        return {value.split(":")[0] for row in self.texts() for name, value in row.items() if name != "row" and value}

    def fill(self, n):
        with self.system.wire("dealer-1") as wire:
            wire.call("upstream.set", {"name": "sim", "base_url": "http://127.0.0.1:1/x", "allow_private": True})
            for i in range(n):
                wire.call("dealer.create", {"dealer_id": f"d{i:03}", "dealer_name": "x", "api_key": f"key-{i:06}",
                                            "secret_key": f"secret-{i}", **({"api_token": f"t{i}"} if i % 3 else {})})


@pytest.fixture
def vault(system):
    system.start("dealer-1")
    return Vault(system)


def test_everything_is_sealed_anew_and_nobody_notices(vault):
    system = vault.system
    vault.fill(50)
    system.query("UPDATE dealer.credential SET updated_at = '2026-01-01'")
    times = "SELECT dealer_id, updated_at FROM dealer.dealers ORDER BY 1"
    before, old, told = vault.plain(), vault.masters(), system.query(times)
    answer = system.ddctl("key", "rotate-master").stdout
    assert re.match(r"key [0-9a-f]{8}, sealed anew: credentials 50, dealers 50; unreadable 0$", answer)
    assert len(vault.masters()) == 1 and vault.masters() != old
    assert vault.plain() == before and len(vault.key_ids()) == 1
    assert vault.file.stat().st_mode & 0o777 == 0o600 and list(vault.file.parent.glob("*.new")) == []
    assert system.query(times) == told
    assert [row["n"] for row in system.query(
        "SELECT count(*) AS n FROM dealer.credential WHERE updated_at <> '2026-01-01'")] == [0]
    # Equal keys still meet in one credential; a running process has heard of the new key.
    with system.wire("dealer-1") as wire:
        wire.call("dealer.create", {"dealer_id": "twin", "dealer_name": "x", "api_key": "key-000007",
                                    "secret_key": "secret-7"})
    assert system.query("SELECT count(*) AS n FROM dealer.credential")[0]["n"] == 50
    assert len(vault.key_ids()) == 1
    trail = system.query("SELECT principal, action, kind, after ->> 'id' AS id FROM account.audit WHERE kind <> 'dealer'"
                         " AND kind <> 'upstream' AND kind <> 'credential'")
    assert [(row["principal"], row["action"], row["kind"]) for row in trail] == [("ddctl", "key.reseal", "master_key")]
    assert system.ddctl("key", "rotate-master", "--resume").stdout.endswith("credentials 0, dealers 0; unreadable 0\n")
    status = system.ddctl("key", "status").stdout.splitlines()
    assert len(status) == 2 and status[1].endswith("seals") and vault.key_ids() == {status[1].split()[0]}
    for master in [*old, *vault.masters()]:
        assert master not in system["dealer-1"].text() + answer


def test_a_change_that_is_killed_at_any_instant_goes_on(vault):
    vault.fill(120)
    before = vault.plain()
    begun = time.monotonic()
    vault.system.ddctl("key", "rotate-master")
    whole = time.monotonic() - begun
    dice = random.Random(4711)
    half_done = 0
    for _ in range(KILLS):
        process = subprocess.Popen([PROGRAMS / "ddctl", "key", "rotate-master"], env=vault.system.environment(),
                                   stdout=subprocess.DEVNULL)
        try:
            process.wait(dice.uniform(0, whole))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert 1 <= len(vault.masters()) <= 2
        assert vault.plain() == before
        half_done += len(vault.masters()) == 2 and len(vault.key_ids()) == 2
    assert half_done > 0, "no kill came between two batches"
    vault.system.ddctl("key", "rotate-master")
    assert len(vault.masters()) == 1 and len(vault.key_ids()) == 1 and vault.plain() == before


def test_dealers_are_changed_and_fetched_meanwhile(system):
    pipeline = Pipeline(system, fetchers=2)
    vault = Vault(system)
    ended, wrong = threading.Event(), []

    def change(worker):
        n = 0
        with system.wire("dealer-1") as wire:
            while not ended.is_set():
                n += 1
                # Every other dealer of a worker has a key that the other worker uses too.
                body = {"dealer_id": f"w{worker}n{n}", "dealer_name": "x", "api_key": f"shared-key-{n}",
                        "secret_key": f"secret-{n}", "upstream": "sim"}
                try:
                    wire.call("dealer.create", body)
                    wire.call("dealer.update", {"dealer_id": body["dealer_id"], "secret_key": f"secret-{n}"})
                except Exception as problem:  # pylint: disable=broad-except
                    wrong.append(repr(problem))

    workers = [threading.Thread(target=change, args=(worker,)) for worker in range(2)]
    for worker in workers:
        worker.start()
    for day in range(5):
        job = pipeline.submit(days_back(2 * day + 1), days_back(2 * day))
        system.ddctl("key", "rotate-master")
        assert pipeline.wait(job)["state"] == "succeeded"
    ended.set()
    for worker in workers:
        worker.join()
    assert wrong == []
    assert len(vault.masters()) == 1 and len(vault.key_ids()) == 1
    plain = vault.plain()
    in_use = system.query("SELECT id, upstream_id FROM dealer.credential c"
                          " WHERE EXISTS (SELECT FROM dealer.dealers d WHERE d.credential_id = c.id)")
    keys = [plain[f"c{row['id']}", "api_key"] for row in in_use]
    assert len(keys) == len(set(keys)), "a key is stored twice"
    assert system.query("SELECT count(*) AS n FROM jobs.credential_state WHERE flagged_at IS NOT NULL")[0]["n"] == 0
    # Processes that begin with the new file alone go on.
    system["fetcher-1"].stop()
    system["fetcher-2"].stop()
    system.start("fetcher-3")
    assert pipeline.run(days_back(12), days_back(12))["state"] == "succeeded"


def test_a_key_that_was_given_up_seals_nothing_any_more(make_system):
    """Another machine whose file has not been changed: its process is refused, and writes nothing unreadable."""
    system = make_system(instances={"dealer": 2})
    vault = Vault(system)
    stale = system.folder / "stale.key"
    stale.write_text(vault.file.read_text())
    stale.chmod(0o600)
    system.start("dealer-1")
    vault.fill(3)
    system.start("dealer-2", DD_MASTER_KEY_FILE=stale)
    system.ddctl("key", "rotate-master")
    with system.wire("dealer-2") as wire, pytest.raises(Exception, match="dealer.master_key"):
        wire.call("dealer.create", {"dealer_id": "x", "dealer_name": "x", "api_key": "key-xxxxxx", "secret_key": "s"})
    with system.wire("dealer-2") as wire:
        wire.call("dealer.update", {"dealer_id": "d001", "dealer_name": "no secret in it"})
    assert len(vault.plain()) == 14
    # Its file comes later: the keys are given in front of the old one.
    fresh = system.folder / "fresh.key"
    fresh.write_text(vault.file.read_text())
    fresh.chmod(0o600)
    fresh.rename(stale)
    with system.wire("dealer-2") as wire:
        wire.call("dealer.create", {"dealer_id": "x", "dealer_name": "x", "api_key": "key-xxxxxx", "secret_key": "s"})
    assert len(vault.key_ids()) == 1


def test_keys_from_the_environment_are_changed_in_three_steps(system):
    old, new = secrets.token_hex(32), secrets.token_hex(32)
    vault = Vault(system)
    system.settings["DD_MASTER_KEY"] = old
    system.start("dealer-1")
    vault.fill(5)
    before = vault.plain([old])
    refused = system.ddctl("key", "rotate-master", check=False)
    assert refused.returncode == 1 and "key reseal" in refused.stderr
    system["dealer-1"].stop()
    system.settings["DD_MASTER_KEY"] = f"{new},{old}"
    system.start("dealer-1")
    assert "credentials 5" in system.ddctl("key", "reseal").stdout
    assert vault.plain([new]) == before
    system.settings["DD_MASTER_KEY"] = old
    refused = system.ddctl("key", "reseal", check=False)
    assert refused.returncode == 1 and "given up" in refused.stderr
    assert vault.plain([new]) == before


def test_what_no_key_opens_is_told_and_holds_nothing_up(vault):
    vault.fill(30)
    vault.system.query("UPDATE dealer.credential SET api_key = 'ffffffff:' || split_part(api_key, ':', 2) WHERE id = 7")
    result = vault.system.ddctl("key", "rotate-master", check=False)
    assert result.returncode == 1 and "credential: 7: no master key opens it" in result.stderr
    # The old key stays in the file, as it may be needed yet; everything else has the new one.
    assert len(vault.masters()) == 2
    assert [row["row"] for row in vault.texts() if opened(vault.masters(), row["api_key"]) is None] == ["c7"]
    vault.system.query("DELETE FROM dealer.dealers WHERE credential_id = 7")
    vault.system.query("DELETE FROM dealer.credential WHERE id = 7")
    vault.system.ddctl("key", "rotate-master")
    assert len(vault.masters()) == 1 and len(vault.key_ids()) == 1


def test_a_change_waits_for_whoever_stores_a_credential(vault):
    """A transaction that has sealed with the old key and is slow to end: what it writes is sealed anew too."""
    import psycopg2

    vault.fill(2)
    slow = psycopg2.connect(vault.system.database_url)
    with slow.cursor() as cursor:
        cursor.execute("INSERT INTO dealer.dealers (dealer_id, dealer_name, api_key)"
                       " SELECT 'slow', 'x', api_key FROM dealer.dealers WHERE dealer_id = 'd001'")
    process = subprocess.Popen([PROGRAMS / "ddctl", "key", "rotate-master"], env=vault.system.environment(),
                               stdout=subprocess.DEVNULL)
    wait_for("the new key", lambda: len(vault.masters()) == 2)
    time.sleep(1.5)
    assert process.poll() is None and len(vault.masters()) == 2
    slow.commit()
    slow.close()
    assert process.wait(20) == 0
    assert vault.plain()["dslow", "api_key"] == "key-000001" and len(vault.key_ids()) == 1


def test_a_second_change_at_the_same_time_is_refused(vault):
    vault.fill(100)
    processes = [subprocess.Popen([PROGRAMS / "ddctl", "key", "rotate-master"], env=vault.system.environment(),
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    results = [(process.communicate()[1], process.returncode) for process in processes]
    assert [code for _, code in results].count(0) >= 1
    assert all(code == 0 or "another change" in said for said, code in results)
    assert len(vault.masters()) == 1 and len(vault.key_ids()) == 1 and len(vault.plain()) == 466


def test_a_day_is_fetched_with_a_key_that_is_new(system):
    pipeline = Pipeline(system)
    system.ddctl("key", "rotate-master")
    assert pipeline.run(yesterday(), yesterday())["state"] == "succeeded"


def test_a_fetcher_without_the_new_key_fails_its_calls_and_spoils_nothing(system):
    """Another machine's fetcher, whose key comes with its settings: the call is tried again, the key is not flagged."""
    system.settings.update(DD_RETRY_BASE_MS=100)
    vault = Vault(system)
    pipeline = Pipeline(system, fetchers=0)
    system.start("fetcher-9", DD_MASTER_KEY=vault.masters()[0])
    assert pipeline.run(days_back(2), days_back(2))["state"] == "succeeded"
    system.ddctl("key", "rotate-master")
    job = pipeline.submit(yesterday(), yesterday())
    wait_for("a try that failed", lambda: any(
        attempt.get("error_code") == "dealer.master_key" for attempt in pipeline.attempts(pipeline.tasks(job)[0])))
    system["fetcher-9"].stop()
    system.start("fetcher-1")
    assert pipeline.wait(job)["state"] == "succeeded"
    assert system.query("SELECT count(*) AS n FROM jobs.credential_state WHERE flagged_at IS NOT NULL")[0]["n"] == 0
