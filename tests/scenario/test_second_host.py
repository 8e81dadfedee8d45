"""A fetcher on a second host: another network namespace, no file of ours in sight, one enrolment file."""

import json
import os
import secrets
import time

import psycopg2
import pytest
from fetching import BASES, Pipeline, days_back, yesterday
from guarded import Keys, SecondHost
from ledger import check_attempts
from postgres import Cluster
from system import PROGRAMS, System, migrate, wait_for

BUS_PORT = 7100
FETCHER = "fetcher-9"


@pytest.fixture
def host():
    host = SecondHost()
    yield host
    host.remove()


@pytest.fixture
def reached(host):
    """A PostgreSQL that the second host reaches, by password."""
    cluster = Cluster(listen_addresses=host.here, hba=f"host all all {host.network} scram-sha-256")
    try:
        yield cluster.start()
    finally:
        cluster.remove()


@pytest.fixture
def system(host, reached):
    system = System(PROGRAMS, reached.url(reached.migrated(migrate)))
    yield system
    faults = system.close()
    print(system.logs())
    system.remove()
    assert not faults, "\n".join(faults)


class Sites:
    """The main site with everything, and the second one with a fetcher."""

    def __init__(self, system, host, cluster, folder):
        self.system, self.host, self.cluster, self.folder = system, host, cluster, folder
        # The master key is being changed: both go into the enrolment.
        (system.folder / "keys" / "master.key").open("a").write(secrets.token_hex(32) + "\n")
        self.keys = Keys(system, "dealer-1", "scheduler-1", "gateway-api", "ddctl-1")
        self.scheduler = f"tcp://{host.here}:{BUS_PORT + 2}#scheduler-1"
        system.start_redis()
        system.start("dgi_sim", DD_LISTEN="0.0.0.0")
        system.start("dealer-1", **self.keys.bind("dealer-1", BUS_PORT, host.here))
        system.start("scheduler-1", **self.keys.bind("scheduler-1", BUS_PORT + 2, host.here))
        url = f"http://{host.here}:{system.port('sim')}{BASES['spec13']}"
        self.pipeline = Pipeline(system, fetchers=1, latency_ms=60, upstream={"base_url": url, "concurrency": 64})

    def enrol(self, file, *more):
        database = self.system.query("SELECT current_database() AS name")[0]["name"]
        self.system.ddctl("fetcher", "enrol", FETCHER, "--out", file, "--scheduler", self.scheduler, "--bind",
                          f"tcp://{self.host.there}:7201", "--database",
                          f"postgresql://{self.host.here}:5432/{database}", *more)
        return file

    def fetch_there(self, file):
        hidden = (self.system.folder, self.cluster.folder)
        state = self.folder / "state"
        state.mkdir(exist_ok=True)
        return self.host.process(self.system, FETCHER, PROGRAMS / "fetcher", self.folder, hidden,
                                 DD_ENROLMENT=file, DD_STATE=state, DD_LOG_LEVEL="debug")

    def stored(self):
        told = json.loads(self.system.ddctl("svc", "stats", FETCHER, "--json").stdout)["items"]
        there = {row["name"]: row["value"] for row in told[0]["counters"]}["tasks_stored"] if told else 0
        return self.pipeline.counters()["tasks_stored"], there

    def listed(self):
        rows = json.loads(self.system.ddctl("svc", "ls", "--json").stdout)["items"]
        return {row["name"]: row for row in rows}


@pytest.fixture
def sites(system, host, reached, tmp_path):
    return Sites(system, host, reached, tmp_path)


def test_a_fetcher_elsewhere_takes_its_share(sites):
    file = sites.enrol(sites.folder / "enrolment")
    assert os.stat(file).st_mode & 0o777 == 0o600
    fetcher = sites.fetch_there(file)
    fetcher.wait_log("strangers are refused", 20)
    wait_for("it in the list", lambda: sites.listed().get(FETCHER, {}).get("state") == "ready", 20)
    ended = sites.pipeline.run(days_back(59), yesterday())
    assert (ended["state"], ended["tasks_succeeded"]) == ("succeeded", 60)
    here, there = sites.stored()
    print(f"stored here {here}, there {there}")
    assert here + there == 60 and min(here, there) >= 10
    check_attempts(sites.system, ended)
    sites.pipeline.assert_exact(days_back(59), yesterday())
    sites.system.ddctl("svc", "drain", FETCHER)
    fetcher.child.wait(15)


def test_its_login_is_a_fetcher_and_no_more(sites):
    file = sites.enrol(sites.folder / "enrolment")
    settings = dict(line.split("=", 1) for line in file.read_text().splitlines() if not line.startswith("#"))
    connection = psycopg2.connect(settings["DATABASE_URL"])
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, pg_has_role(session_user, 'dealer_user', 'member')")
        assert cursor.fetchone() == ("dd_fetcher", False)
        for forbidden in ("RESET ROLE; SELECT 1 FROM dealer.dealer LIMIT 1; UPDATE dealer.dealer SET name = ''",
                          "SET ROLE dealer_user", "CREATE TABLE public.mine (a int)"):
            with pytest.raises(psycopg2.Error):
                cursor.execute(forbidden)
    connection.close()
    sites.system.ddctl("keys", "rm", FETCHER)
    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(settings["DATABASE_URL"])


def test_enrolled_again_the_old_one_works_until_its_end(sites):
    old = sites.fetch_there(sites.enrol(sites.folder / "first"))
    old.wait_log("strangers are refused", 20)
    sites.enrol(sites.folder / "second", "--overlap", "8")
    end = time.monotonic() + 8
    job = sites.pipeline.run(days_back(9), yesterday())
    assert job["state"] == "succeeded" and "refuses our key" not in old.text()
    assert old.stop() == 0
    fresh = sites.fetch_there(sites.folder / "second")
    time.sleep(max(0, end - time.monotonic()) + 1)
    wait_for("it in the list", lambda: sites.listed().get(FETCHER, {}).get("state") == "ready", 20)
    assert fresh.stop() == 0
    stale = sites.fetch_there(sites.folder / "first")
    stale.wait_log("a server refuses our key", 20)


@pytest.mark.parametrize("spoil, says", [
    (lambda file: file.chmod(0o644), "open to others"),
    (lambda file: file.write_text("LD_PRELOAD=x\n"), "line 1"),
    (lambda file: file.unlink(), "No such file"),
])
def test_an_enrolment_that_cannot_be_used_ends_the_start(tmp_path, spoil, says):
    import subprocess

    file = tmp_path / "enrolment"
    file.touch(mode=0o600)
    file.write_text("DD_NAME=fetcher-9\n")
    spoil(file)
    result = subprocess.run([PROGRAMS / "fetcher"], env={"DD_ENROLMENT": str(file), "DD_STATE": str(tmp_path)},
                            capture_output=True, text=True, timeout=15, check=False)
    assert result.returncode == 2 and "DD_ENROLMENT" in result.stderr and says in result.stderr
