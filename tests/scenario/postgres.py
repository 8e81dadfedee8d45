"""A private PostgreSQL for tests: one cluster per pytest process, one database per test.

The cluster has no TCP port and no fsync; it lives in memory where there is room (a copy of a
database takes 20 ms there, 400 ms on a slow disk), else in /tmp, and is removed at the end.
PostgreSQL refuses to run as root, so root hands it to the user postgres. It dies with the test
process.
"""

import os
import pwd
import re
import secrets
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg2
from planted import noted

REPOSITORY = Path(__file__).resolve().parents[2]
PROGRAMS = Path("/usr/lib/postgresql/15/bin")
OWNER = "dealer_user"
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "200",
    "jit": "off",
    "timezone": "UTC",
    "log_min_messages": "warning",
    # What deploy/up gives its own: rows and statements stay out of the log.
    **dict(line.split("=") for line in (REPOSITORY / "deploy" / "postgres_log.conf").read_text().split("\n")
           if re.match(r"\w", line)),
}


def log_of(url):
    """Where the server of such a URL writes its log; None for one that is not of this file."""
    folder = re.search(r"host=([^&]+)", url)
    return Path(folder[1]).with_name(Path(folder[1]).name + ".log") if folder else None


def roomy_folder():
    """Memory with 2 GiB to spare, or /tmp."""
    memory = "/dev/shm"
    if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2 << 30:
        return memory
    return "/tmp"


class Cluster:
    """initdb, start, databases, stop. `owner` may make roles, yet is no superuser, as in production. `hba` adds a
    rule about who comes from where."""

    def __init__(self, folder=None, hba="", **settings):
        self.hba = hba
        self.password = f"planted-{secrets.token_hex(12)}"
        noted.add("password of the database", self.password)
        self.settings = {**SETTINGS, **settings}
        self.folder = Path(tempfile.mkdtemp(prefix="dd-pg-", dir=folder or roomy_folder()))
        self.prefix = ["setpriv", "--pdeathsig=QUIT"]
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self.prefix += ["--reuid=postgres", "--regid=postgres", "--clear-groups"]
        self.server = None
        self.templates = {}
        self.count = 0

    def start(self):
        """Makes the cluster at the first call; later calls start it again after stop()."""
        data = self.folder / "data"
        fresh = not data.exists()
        if fresh:
            self._run("initdb", "--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8",
                      "--locale=C.UTF-8", "-D", data)
            with open(data / "pg_hba.conf", "a") as rules:
                rules.write(self.hba + "\n")
        options = [f"--{name}={value}" for name, value in self.settings.items()]
        with open(self.log_file(), "ab") as log:
            self.server = subprocess.Popen(
                [*self.prefix, PROGRAMS / "postgres", "-D", data, f"--unix_socket_directories={self.folder}",
                 *options], stdout=log, stderr=log, cwd="/")
        self._wait()
        if fresh:
            self._admin(f"CREATE ROLE {OWNER} LOGIN CREATEROLE PASSWORD '{self.password}'")
        return self

    def stop(self, how="INT"):
        """INT = fast shut-down, QUIT = as after a crash."""
        if self.server and self.server.poll() is None:
            self.server.send_signal({"INT": 2, "QUIT": 3, "TERM": 15}[how])
            try:
                self.server.wait(20)
            except subprocess.TimeoutExpired:
                self.server.kill()
                self.server.wait()
        self.server = None

    def remove(self):
        self.stop("QUIT")
        shutil.rmtree(self.folder, ignore_errors=True)
        self.log_file().unlink(missing_ok=True)

    def log_file(self):
        return self.folder.parent / f"{self.folder.name}.log"

    def url(self, database, user=OWNER):
        """A libpq URL; services add their role by themselves. It has a password, which a local server doesn't ask
        for, so that tests see whether it shows anywhere."""
        return f"postgresql:///{database}?host={self.folder}&user={user}&password={self.password}"

    def connect(self, database, user=OWNER, **options):
        connection = psycopg2.connect(self.url(database, user), **options)
        connection.autocommit = True
        return connection

    def create(self, template=None):
        """A fresh database, empty or a copy of the migrated template; its name."""
        self.count += 1
        name = f"dd_{self.count}"
        source = f"TEMPLATE {template} STRATEGY file_copy" if template else ""
        self._admin(f"CREATE DATABASE {name} OWNER {OWNER} {source}")
        return name

    def drop(self, name):
        self._admin(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def migrated(self, migrate):
        """A fresh database with all migrations; `migrate(url)` runs once per cluster."""
        if "template" not in self.templates:
            name = self.create()
            migrate(self.url(name))
            self.templates["template"] = name
        return self.create(self.templates["template"])

    def _admin(self, statement):
        connection = self.connect("postgres", "postgres")
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
        finally:
            connection.close()

    def _run(self, program, *arguments):
        result = subprocess.run([*self.prefix, PROGRAMS / program, *arguments], cwd="/", text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        assert result.returncode == 0, result.stdout

    def _wait(self):
        end = time.monotonic() + 30
        while True:
            try:
                self.connect("postgres", "postgres").close()
                return
            except psycopg2.OperationalError:
                if self.server.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(self.log_file().read_text()) from None
                time.sleep(0.02)
