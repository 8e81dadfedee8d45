"""A system under test: any set of the real processes on its own database, Redis, folder and ports."""

import fcntl
import os
import random
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg2
import requests
from planted import noted
from postgres import REPOSITORY, log_of
from process import Process
from psycopg2.extras import RealDictCursor
from wire import Wire

PROGRAMS = Path(os.environ.get("DD_BIN", REPOSITORY / "build" / "dev" / "bin")).resolve()
SERVERS = ("account", "dealer", "scheduler", "analytics")
SAMPLE = "12284"
SAMPLE_UUID = "e3a18c82-c500-450f-b6e1-5c5fbe68bf41"
DONE = ("succeeded", "partial", "failed", "cancelled")


def migrate(url):
    """Brings a database to the newest schema, as deploy/up does."""
    subprocess.run([PROGRAMS / "ddctl", "migrate", "up"], env={**os.environ, "DATABASE_URL": url}, check=True)


class Port:
    """A TCP port that no other test takes while this object lives; below the ephemeral ones."""

    def __init__(self):
        folder = Path("/tmp/dd-ports")
        folder.mkdir(exist_ok=True)
        while True:
            self.number = random.randrange(22000, 32000)
            self.lock = open(folder / str(self.number), "w")
            try:
                fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                with socket.socket() as probe:
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    probe.bind(("127.0.0.1", self.number))
                return
            except OSError:
                self.lock.close()


def wait_for(what, check, seconds=20, pause=0.03):
    """Calls `check` until it gives something true, which is returned."""
    end = time.monotonic() + seconds
    while True:
        found = check()
        if found:
            return found
        assert time.monotonic() < end, f"waited {seconds} s in vain for {what}"
        time.sleep(pause)


class System:
    """Nothing runs at first: start("dgi_sim", "dealer-1", "gateway-api") or start_all()."""

    def __init__(self, programs, database_url, instances=None):
        self.programs = Path(programs)
        self.folder = Path(tempfile.mkdtemp(prefix="dd-", dir="/tmp"))
        self.run = self.folder / "run"
        self.run.mkdir(mode=0o700)
        self.database_url = database_url
        self.instances = {**{service: 1 for service in SERVERS}, **(instances or {})}
        self.processes = {}
        self.ports = {}
        self.settings = {}
        keys = self.folder / "keys"
        keys.mkdir(mode=0o700)
        self.admin_key = f"dd_{secrets.token_hex(32)}"
        for name, text in (("admin", self.admin_key), ("master", secrets.token_hex(32))):
            (keys / f"{name}.key").write_text(text + "\n")
            (keys / f"{name}.key").chmod(0o600)
            noted.add(f"{name} key", text)
        self.server_log = log_of(database_url)
        self.server_log_begin = self.server_log.stat().st_size if self.server_log and self.server_log.exists() else 0

    # ---- processes ----

    def environment(self, name="", **more):
        """The settings of one process, as deploy/up gives them."""
        environment = {key: value for key, value in os.environ.items()
                       if not key.startswith(("DD_", "PG")) and key not in ("DATABASE_URL", "REDIS_URL")}
        environment.update(DD_STATE=self.folder, DD_RUN=self.run, DATABASE_URL=self.database_url,
                           REDIS_URL=f"unix://{self.run}/redis.sock", DD_LOG_LEVEL="debug", LC_ALL="C.UTF-8",
                           DD_SIM_PORT=self.port("sim"), DD_API_PORT=self.port("api"),
                           DD_ANALYTICS_PORT=self.port("analytics"), DD_ADMIN_PORT=self.port("admin"))
        for service in SERVERS:
            endpoints = [self.endpoint(f"{service}-{n + 1}") for n in range(self.instances[service])]
            environment[f"DD_BUS_{service.upper()}"] = ",".join(endpoints)
        if name:
            environment["DD_NAME"] = name
        if name.startswith("gateway-"):
            role = name.split("-")[1]
            environment.update(DD_GATEWAY_ROLE=role, DD_GATEWAY_PORT=self.port(name.removeprefix("gateway-")))
            pages = Path(__file__).resolve().parents[2] / "ui" / "dist"
            environment["DD_UI_DIR"] = pages
        environment.update(self.settings)
        environment.update(more)
        return {key: str(value) for key, value in environment.items()}

    def port(self, name):
        """The port of "api", "analytics", "admin", "sim", or of a second one such as "api-2"."""
        if name not in self.ports:
            self.ports[name] = Port()
        return self.ports[name].number

    def endpoint(self, name):
        return f"ipc://{self.run}/{name}.ipc"

    def start(self, *names, **settings):
        """Starts processes and waits until they answer. "fetcher-2" runs the program fetcher."""
        begun = [self.launch(name, **settings) for name in names]
        for process in begun:
            wait_for(f"{process.name} to answer", lambda p=process: self._answers(p))
        return begun[0] if len(begun) == 1 else begun

    def launch(self, name, **settings):
        """Starts a process without waiting for it; again under the same name after its end."""
        program = "gateway" if name.startswith("gateway-") else name.split("-")[0]
        process = Process(name, [self.programs / program], self.environment(name, **settings),
                          self.folder / f"{name}.log")
        self.processes[name] = process
        return process.start()

    def start_all(self, fetchers=1, gateways=("api",), **settings):
        """Redis, the simulator and every service."""
        self.start_redis()
        names = [f"{service}-{n + 1}" for service in SERVERS for n in range(self.instances[service])]
        names += [f"fetcher-{n + 1}" for n in range(fetchers)]
        self.start("dgi_sim", *names, *[f"gateway-{role}" for role in gateways], **settings)
        for role in gateways:
            wait_for(f"gateway-{role} to be ready", lambda r=role: self.api("GET", "/readyz", role=r).ok)
        return self

    def start_redis(self):
        process = Process("redis", ["redis-server", "--port", "0", "--unixsocket", self.run / "redis.sock", "--dir",
                                    self.folder, "--save", "", "--appendonly", "no"],
                          self.environment(), self.folder / "redis.log")
        self.processes["redis"] = process.start()
        wait_for("redis", (self.run / "redis.sock").exists)
        return process

    def _answers(self, process):
        assert process.alive(), f"{process.name} ended at once:\n{process.text()[-3000:]}"
        try:
            if process.name == "dgi_sim":
                return self.sim("GET", "/_sim/health").ok
            if process.name.startswith("gateway-"):
                return self.api("GET", "/livez", role=process.name.removeprefix("gateway-")).ok
            with self.wire(process.name) as wire:
                return wire.call("sys.ping", timeout=0.5) is not None
        except (requests.ConnectionError, TimeoutError):
            return False

    def __getitem__(self, name):
        return self.processes[name]

    # ---- ways to talk to it ----

    def wire(self, name):
        return Wire(self.endpoint(name))

    def api(self, method, path, role="api", key=None, **options):
        """A REST call with the admin key; `key=""` sends none."""
        key = self.admin_key if key is None else key
        headers = {**({"Authorization": f"Bearer {key}"} if key else {}), **options.pop("headers", {})}
        options.setdefault("timeout", 15)
        return requests.request(method, f"http://127.0.0.1:{self.port(role)}{path}", headers=headers, **options)

    def sim(self, method, path, **options):
        options.setdefault("timeout", 15)
        return requests.request(method, f"http://127.0.0.1:{self.port('sim')}{path}", **options)

    def ddctl(self, *arguments, check=True, **options):
        """Runs ddctl; its completed process with stdout and stderr as text."""
        result = subprocess.run([self.programs / "ddctl", *map(str, arguments)], env=self.environment(), text=True,
                                capture_output=True, timeout=30, check=False, **options)
        assert not check or result.returncode == 0, f"ddctl {arguments}: {result.stdout}{result.stderr}"
        return result

    def query(self, statement, parameters=None):
        """Rows of the database as dictionaries."""
        assert not statement.startswith("SELECT FROM"), "rows without a column are not told from none"
        connection = psycopg2.connect(self.database_url)
        try:
            with connection, connection.cursor(cursor_factory=RealDictCursor) as cursor:
                cursor.execute(statement, parameters)
                return [dict(row) for row in cursor.fetchall()] if cursor.description else []
        finally:
            connection.close()

    # ---- what most tests need ----

    def add_upstream(self, name="sim", formula="concat", history_days=400, **options):
        """An upstream that is our simulator; further options as ddctl names them (max_days=1)."""
        more = [word for key, value in options.items() for word in (f"--{key.replace('_', '-')}", str(value))]
        url = f"http://127.0.0.1:{self.port('sim')}/dgi-api/v1.3"
        self.ddctl("upstream", "set", name, "--url", url, "--formula", formula, "--zone", "Asia/Jakarta",
                   "--history-days", history_days, "--allow-private", "--simulated", *more)

    def add_dealer(self, code=SAMPLE, upstream="sim", group="group-a", uuid=None, name="Sample Dealer"):
        for kind in ("key", "secret"):
            (self.folder / f"sim.{kind}").write_text(f"dgi-{kind}-sim:{group}")
        self.ddctl("dealer", "add", code, *(["--id", uuid] if uuid else []), "--name", name, "--upstream", upstream,
                   "--key-file", self.folder / "sim.key", "--secret-file", self.folder / "sim.secret")

    def submit(self, first, last, dealers=(SAMPLE,), **options):
        """A job through the REST API; the job."""
        answer = self.api("POST", "/api/v1/jobs", json={"dealer_ids": list(dealers), "feeds": ["prsp"],
                                                        "from": str(first), "to": str(last), **options})
        assert answer.status_code == 202, answer.text
        return answer.json()

    def job(self, job):
        answer = self.api("GET", f"/api/v1/jobs/{job['id']}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def wait_job(self, job, seconds=60):
        """The job once it has ended."""
        def ended():
            now = self.job(job)
            return now if now["state"] in DONE else None

        return wait_for(f"the end of job {job['id']}", ended, seconds)

    # ---- the end ----

    def close(self):
        """Ends every process, services first, and says what was wrong with any."""
        for process in reversed(list(self.processes.values())):
            if process.name not in ("redis", "dgi_sim"):
                process.terminate()
        for process in reversed(list(self.processes.values())):
            process.stop()
        return [fault for process in self.processes.values() for fault in process.faults()] + self.shown()

    def shown(self):
        """Secrets and people in any log, each as a text that tells where and of what kind."""
        noted.add_keys(self.folder / "keys")
        found = [hit for process in self.processes.values() for hit in noted.search_file(process.log)]
        if self.server_log:
            found += noted.search_file(self.server_log, self.server_log_begin)
        return [f"shown in a log: {hit}" for hit in found]

    def logs(self, lines=25):
        parts = []
        for process in self.processes.values():
            if process.name != "redis":
                parts.append(f"---- {process.name}\n" + "\n".join(process.text().splitlines()[-lines:]))
        return "\n".join(parts)

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        for port in self.ports.values():
            port.lock.close()
