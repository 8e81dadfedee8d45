"""Nothing that is secret, and nothing of a person, shows where it should not: one walk through everything, searched.

Each system of any test is searched in its logs when it ends (System.shown). Here the rest is looked at too.
"""

import json
import os
import re
import signal
import socket
import stat
import subprocess
from pathlib import Path

import pytest
import requests
from echoing import PERSON, Echoing
from fetching import days_back, yesterday
from guarded import Keys
from listening import Listening
from planted import noted
from postgres import REPOSITORY
from process import Process
from system import PROGRAMS, SAMPLE, SERVERS, wait_for
from test_gateway import Stream
from wire import BusError

GATEWAYS = ("api", "admin", "analytics")
SERVED = [f"{service}-1" for service in SERVERS]
PASSWORD, WRONG = "planted pass phrase 1", "planted wrong guess 2"
REDIS_PASSWORD = "planted-redis-password"
KEYS = {"api_key": "dgi-key-sim:group-a", "secret_key": "dgi-secret-sim:group-a"}


def listen(system):
    """Everything between the processes, the gateways and the upstream."""
    ports = [system.port(role) for role in GATEWAYS] + [system.port("upstream")]
    for name in SERVED:
        ports += [system.port(f"bus {name}"), system.port(f"bus {name}") + 1]
    try:
        return Listening(ports)
    except PermissionError:
        pytest.skip("to listen on the loopback interface takes the right to raw packets (root)")


class Walk:
    """A whole system: all traffic of the bus by tcp, the upstream by TLS, Redis by tcp and password."""

    def __init__(self, system):
        self.system = system
        self.answers = []  # (what was asked, the answer)
        noted.add("password of Redis", REDIS_PASSWORD)
        keys = Keys(system, *SERVED, "fetcher-1", "fetcher-2", *[f"gateway-{role}" for role in GATEWAYS], "ddctl-1")
        self.listening = listen(system)
        files = self.secret_files(DATABASE_URL=system.database_url,
                                  REDIS_URL=f"redis://:{REDIS_PASSWORD}@127.0.0.1:{system.port('redis')}/0")
        system.settings.update(DATABASE_URL="", REDIS_URL="", DD_RETRY_MAX=1, DD_RETRY_BASE_MS=50, **files)
        self.start_redis()
        for name in SERVED:
            service = name.split("-")[0].upper()
            system.settings[f"DD_BUS_{service}"] = f"tcp://127.0.0.1:{system.port(f'bus {name}')}#{name}"
        system.start("dgi_sim")
        system.sim("POST", "/_sim/clock", json={"freeze": True}).raise_for_status()
        for name in SERVED:
            system.start(name, **keys.bind(name, system.port(f"bus {name}")))
        self.upstream = Echoing(system)
        for name in ("fetcher-1", "fetcher-2"):
            self.start_fetcher(name)
        system.start(*[f"gateway-{role}" for role in GATEWAYS])
        for role in GATEWAYS:
            wait_for("the gateways", lambda r=role: system.api("GET", "/readyz", role=r).ok)
        self.streams = [Stream(system, role=role) for role in GATEWAYS]
        self.issued = {"key of a program": 0, "session": 0, "link": 0}

    def secret_files(self, **values):
        """Each value in a file that its owner alone may read."""
        settings = {}
        for name, value in values.items():
            file = self.system.folder / "keys" / name
            file.touch(mode=0o600)
            file.write_text(value)
            settings[f"{name}_FILE"] = file
        return settings

    def start_redis(self):
        system = self.system
        conf = system.folder / "keys" / "redis.conf"
        conf.touch(mode=0o600)
        conf.write_text(f'port {system.port("redis")}\nbind 127.0.0.1\ndir {system.folder}\nsave ""\nappendonly no\n'
                        f"loglevel debug\nrequirepass {REDIS_PASSWORD}\n")
        system.processes["redis"] = Process("redis", ["redis-server", conf], system.environment(),
                                            system.folder / "redis.log").start()
        wait_for("redis", lambda: system["redis"].wait_log("Ready to accept"))

    def start_fetcher(self, name, **settings):
        """One that trusts the certificate of our upstream: in its own view of the files."""
        system = self.system
        trusted = "/etc/ssl/certs/ca-certificates.crt"
        command = ["unshare", "--mount", "sh", "-c",
                   f"mount --bind {self.upstream.certificate} {trusted} && exec {PROGRAMS / 'fetcher'}"]
        process = Process(name, command, system.environment(name, **settings), system.folder / f"{name}.log")
        system.processes[name] = process.start()
        wait_for(f"{name} to answer", lambda: system._answers(process))
        return process

    # ---- asking ----

    def ask(self, method, path, **options):
        answer = self.system.api(method, path, **options)
        self.answers.append((f"{method} {path}", answer))
        return answer

    def job(self, day=None, state=None, **more):
        job = self.ask("POST", "/api/v1/jobs", json={"dealer_ids": [SAMPLE], "from": str(day or yesterday()),
                                                     "to": str(day or yesterday()), **more}).json()
        done = self.system.wait_job(job)
        assert state in (None, done["state"]), done
        return done

    def unflag(self):
        """A credential that was refused is used again."""
        self.system.query("DELETE FROM jobs.credential_state")

    # ---- the walk ----

    def sign_in(self, password=PASSWORD, **body):
        browser = requests.Session()
        base = f"http://127.0.0.1:{self.system.port('admin')}"
        browser.headers["Origin"] = browser.base = base
        answer = browser.post(f"{base}/api/v1/session", json=body or {"login": "ann", "password": password}, timeout=15)
        self.answers.append(("sign in", answer))
        self.issued["session"] += answer.status_code == 201
        browser.ok = answer.ok
        return browser

    def people_and_programs(self):
        assert self.ask("POST", "/api/v1/users", json={"login": "ann", "role": "operator", "password": PASSWORD,
                                                       "all_dealers": True}).status_code == 201
        browser = self.sign_in()
        assert browser.ok and not self.sign_in(WRONG).ok and not self.sign_in(login="nobody", password=WRONG).ok
        for body in ({"current": WRONG, "password": PASSWORD}, {"current": PASSWORD, "password": PASSWORD + "!"}):
            self.answers.append(("password", browser.post(browser.base + "/api/v1/session/password", json=body, timeout=15)))
        link = self.ask("POST", "/api/v1/users/ann/link").json()["token"]
        self.issued["link"] += 1
        assert self.sign_in(token=link).ok and not self.sign_in(token=link).ok
        made = self.ask("POST", "/api/v1/keys", json={"name": "Export", "role": "viewer", "all_dealers": True}).json()
        fresh = self.ask("POST", f"/api/v1/keys/{made['id']}/rotate", json={}).json()
        self.issued["key of a program"] += 2
        assert self.ask("GET", "/api/v1/dealers", key=fresh["key"]).ok
        assert self.ask("DELETE", f"/api/v1/keys/{fresh['id']}").ok
        wait_for("the end of the key", lambda: self.ask("GET", "/api/v1/dealers", key=fresh["key"]).status_code == 401)
        browser.delete(browser.base + "/api/v1/session", timeout=15)
        assert browser.get(browser.base + "/api/v1/session", timeout=15).status_code == 401
        self.key = made["key"]

    def dealers(self):
        url = f"https://127.0.0.1:{self.upstream.port}/dgi-api/v1.3"
        self.system.ddctl("upstream", "set", "sim", "--url", url, "--formula", "concat", "--zone", "Asia/Jakarta",
                          "--history-days", 400, "--allow-private", "--simulated", "--breaker-failures", 100)
        body = {"dealer_id": SAMPLE, "dealer_name": "Sample Dealer", "upstream": "sim", **KEYS}
        assert self.ask("POST", "/api/v1/dealers", json=body).status_code == 201
        assert self.ask("POST", "/api/v1/dealers", json=body).status_code == 409
        assert self.ask("PATCH", f"/api/v1/dealers/{SAMPLE}", json=KEYS).ok
        assert self.ask("POST", f"/api/v1/dealers/{SAMPLE}/test", json={}).json()["ok"]

    def bad_requests(self):
        person, key = json.dumps(PERSON), self.key
        for method, path, options in (
                ("POST", "/api/v1/dealers", {"data": f'{{"dealer_id": "x", "api_key": "{KEYS["api_key"]}", {person} bad'}),
                ("POST", "/api/v1/dealers", {"json": {"dealer_id": PERSON, "api_key": {"a": KEYS}, "secret_key": KEYS["secret_key"]}}),
                ("POST", "/api/v1/dealers", {"json": {"dealer_id": 7, "dealer_name": "x", PERSON["noKtp"]: KEYS["api_key"]}}),
                ("PATCH", f"/api/v1/dealers/{SAMPLE}", {"json": {"api_key": KEYS["api_key"] * 30}}),
                ("GET", "/api/v1/dealers", {"params": {"api_key": KEYS["api_key"], "key": key, "limit": PERSON["noKtp"]}}),
                ("GET", f"/api/v1/jobs/{key}", {}),
                ("GET", f"/api/v1/nothing/{key}", {}),
                ("GET", "/api/v1/dealers", {"key": key[:-1] + "?"}),
                ("GET", "/api/v1/dealers", {"key": "", "headers": {"Cookie": f"dd_admin_1={key}", "Authorization": f"Basic {key}"}}),
                ("GET", "/api/v1/dealers", {"headers": {"If-None-Match": key, "Last-Event-ID": key, "Accept": key}}),
                ("POST", "/api/v1/jobs", {"json": {"dealer_ids": [PERSON["namaLengkap"]], "from": PERSON["noKtp"]}}),
                ("POST", "/api/v1/session", {"json": {"login": PERSON["noKtp"], "password": WRONG}}),
                ("POST", "/api/v1/session", {"data": f'{{"login": "ann", "password": "{WRONG}"'})):
            answer = self.ask(method, path, **options)
            assert answer.status_code >= 400 or options.get("headers"), (method, path, answer.text)
        for name in SERVED:
            with self.system.wire(name) as wire:
                for body in ({"api_key": KEYS["api_key"], "dealer_id": {"a": PERSON}}, {"hash": key, "kind": WRONG * 20}):
                    for message in ("dealer.create", "account.check", "session.open", "job.submit"):
                        try:
                            wire.call(message, body)
                        except BusError as refused:
                            self.answers.append((message, str(refused)))

    def fetches(self):
        sim = self.system.sim
        assert self.job(state="succeeded")["rows_new"] > 0
        for fault in ({"kind": "long_value"}, {"kind": "no_key", "record": 1}, {"kind": "wrong_type", "field": "noKtp"},
                      {"kind": "add_field"}, {"kind": "number_field"}, {"kind": "drop_field"},
                      {"kind": "bad_date"}, {"kind": "html"}, {"kind": "truncate"}, {"kind": "malformed"},
                      {"kind": "wrong_type"}, {"kind": "status", "value": 500}):
            sim("POST", "/_sim/fault", json=fault).raise_for_status()
            self.job()
            sim("DELETE", "/_sim/fault").raise_for_status()
        for status in (200, 400, 401, 429, 500, 302):
            for where in ("message", "inner", "body", "text", "headers"):
                self.upstream.mode = (status, where)
                self.job(state="failed")
                self.answers.append(("test", self.ask("POST", f"/api/v1/dealers/{SAMPLE}/test", json=KEYS)))
                self.upstream.mode = None
                self.unflag()
        for path in ("/api/v1/quarantine", "/api/v1/quarantine/summary", "/api/v1/drift", "/api/v1/tasks?state=failed"):
            assert self.ask("GET", path).ok
        for task in self.ask("GET", "/api/v1/tasks?state=failed&limit=200").json()["items"]:
            assert self.ask("GET", f"/api/v1/tasks/{task['id']}/attempts").ok
        self.ask("POST", "/api/v1/quarantine/replay", json={"reason": "row.too_long"})

    def breaks(self):
        """A constraint that rows break, a process that dies within a COPY, one that would leave its core."""
        query = self.system.query
        query("ALTER TABLE feed.prospect ADD CONSTRAINT nobody CHECK (no_ktp IS NULL) NOT VALID")
        assert self.job(days_back(3), "failed")["error_code"] == "record.check"
        assert '"nobody"' in self.system.server_log.read_text(errors="replace"), "the server tells of it in its log"
        query("ALTER TABLE feed.prospect DROP CONSTRAINT nobody")
        # Of a table with rights to rows the server tells none by itself; of this one it would.
        query("ALTER TABLE account.users ADD CONSTRAINT not_bob CHECK (login <> 'bob')")
        body = {"login": "bob", "role": "viewer", "password": PASSWORD}
        assert self.ask("POST", "/api/v1/users", json=body).json()["code"] == "record.check"
        query("ALTER TABLE account.users DROP CONSTRAINT not_bob")
        self.system["fetcher-2"].stop()
        self.system["fetcher-1"].stop()
        dying = self.start_fetcher("fetcher-1", DD_FAULTPOINTS="on", DD_FETCHER_STOP_AT="in_copy",
                                   DD_FETCHER_COPY_ROWS=1)
        job = self.ask("POST", "/api/v1/jobs", json={"dealer_ids": [SAMPLE], "from": str(days_back(6)), "to": str(days_back(4))})
        wait_for("its death", lambda: not dying.alive())
        dying.expect = None
        self.start_fetcher("fetcher-1")
        assert self.system.wait_job(job.json())["state"] == "succeeded"
        self.left = self.end_by_abort(self.start_fetcher("fetcher-2"))

    def end_by_abort(self, process):
        """How a process ended by a signal that makes a core where one may be made."""
        process.signal(signal.SIGABRT)  # SIGQUIT is ignored in what a shell put into the background
        how = wait_for("its end", lambda: os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG))
        process.child.wait()
        process.expect = None
        return how.si_code

    # ---- what is to be seen ----

    def told(self):
        """Figures, events and answers by name."""
        for role in GATEWAYS:
            yield f"/metrics of {role}", self.ask("GET", "/metrics", role=role).text
        for name in [*SERVED, "fetcher-1"]:
            with self.system.wire(name) as wire:
                yield f"sys.stats of {name}", str(wire.call("sys.stats"))
                yield f"sys.info of {name}", str(wire.call("sys.info"))
        for role, stream in zip(GATEWAYS, self.streams):
            yield f"events of {role}", "\n".join(map(str, stream.events))
        for what, answer in self.answers:
            if isinstance(answer, str):
                yield f"error of {what}", answer
            elif not answer.ok or not ISSUES.search(what):
                yield f"answer {answer.status_code} to {what.split('?')[0][:40]}", f"{answer.headers}\n{answer.text}"

    def cached(self):
        """Every key of Redis with its value."""
        with socket.create_connection(("127.0.0.1", self.system.port("redis")), 5) as connection:
            speak = connection.makefile("rwb")

            def command(*words):
                speak.write(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words))
                speak.flush()
                return reply()

            def reply():
                line = speak.readline().rstrip()
                kind, rest = line[:1], line[1:]
                if kind == b"$":
                    return None if rest == b"-1" else speak.read(int(rest) + 2)[:-2]
                return [reply() for _ in range(int(rest))] if kind == b"*" else rest

            assert command(b"AUTH", REDIS_PASSWORD.encode()) == b"OK"
            read = {b"string": (b"GET",), b"hash": (b"HGETALL",), b"set": (b"SMEMBERS",), b"list": (b"LRANGE", b"0", b"-1"),
                    b"zset": (b"ZRANGE", b"0", b"-1")}
            for key in command(b"KEYS", b"*"):
                how, *rest = read[command(b"TYPE", key)]
                value = command(how, key, *rest)
                yield key.decode(errors="replace"), key + b"\n" + (value if isinstance(value, bytes) else str(value).encode())

    def rows(self):
        """Every table as text."""
        for table in self.system.query("""SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
                                          WHERE schemaname NOT LIKE 'pg#_%' ESCAPE '#' AND schemaname <> 'information_schema'"""):
            for row in self.system.query(f"SELECT t::text AS row FROM {table['name']} t"):
                yield table["name"], row["row"]

    def close(self):
        self.upstream.stop()
        return self.listening.stop()


ISSUES = re.compile(r"sign in|/link$|/keys")  # an answer that gives a secret, once
AT_HOME = {  # where a sealed or hashed secret is kept
    "dealer.credential": {"sealed text"}, "dealer.dealers": {"sealed text"}, "account.users": {"hash of a password"},
}


def search_rows(walk):
    for table, row in walk.rows():
        for hit in noted.search(table, row, people=not table.startswith("feed.")):
            if hit.split(": ", 1)[1] not in AT_HOME.get(table, ()):
                yield hit


def search_processes(system):
    """What ps shows. The environment of these processes holds names of files, no secret: DATABASE_URL_FILE."""
    for process in system.processes.values():
        if process.alive():
            for part in ("cmdline", "environ"):
                with open(f"/proc/{process.pid}/{part}", "rb") as file:
                    yield from noted.search(f"{part} of {process.name}", file.read())


def search_traffic(walk, streams):
    """The bus and the upstream in the clear: nothing. Of a gateway's answers: what is issued, once each."""
    system = walk.system
    roles = {system.port(role): role for role in GATEWAYS}
    shown = []
    for (source, target), data in streams.items():
        if source in roles:
            shown += noted.search(f"from gateway-{roles[source]}", data)
        elif target not in roles:
            yield from noted.search(f"from port {source} to {target}", data)
    kinds = [hit.split(": ", 1)[1] for hit in shown]
    for kind, times in walk.issued.items():
        if kinds.count(kind) != times:
            yield f"answers of gateways: {kind}, {kinds.count(kind)} times, not {times}"
    yield from (hit for hit in shown if hit.split(": ", 1)[1] not in walk.issued)


def test_nothing_secret_or_personal_shows_in_a_walk_through_everything(system):
    walk = Walk(system)
    walk.people_and_programs()
    walk.dealers()
    walk.bad_requests()
    walk.fetches()
    walk.breaks()
    hits = [hit for place, text in walk.told() for hit in noted.search(place, text)]
    hits += [hit for place, text in walk.cached() for hit in noted.search(f"Redis {place}", text)]
    hits += [*search_rows(walk), *search_processes(system)]
    streams, lost = walk.close()
    hits += search_traffic(walk, streams)
    assert not hits and not system.shown(), "\n".join([*dict.fromkeys(hits), *system.shown()])
    assert lost == 0, f"{lost} packets were not looked at"
    talked = {port for ends in streams for port in ends}
    assert {system.port(f"bus {name}") for name in SERVED} | {system.port("upstream")} <= talked
    assert walk.left == os.CLD_KILLED and not [*system.folder.rglob("core*"), *Path.cwd().glob("core*")]
    assert walk.upstream.calls > 60 and len(list(walk.rows())) > 500


def test_what_is_searched_for_is_found(system):
    """The search itself, on what does hold secrets and people."""
    walk = {table: {hit.split(": ", 1)[1] for hit in noted.search(table, text)} for table, text in {
        "person": json.dumps(PERSON), "keys": str(KEYS), "admin": f"x{system.admin_key}x",
        "url": system.database_url, "session": "ds_" + "a" * 43}.items()}
    assert walk["person"] == {"name", "KTP number", "phone number", "address"}
    assert walk["keys"] == {"credential"} and walk["admin"] == {"admin key"} and walk["session"] == {"session"}
    assert walk["url"] == {"password of the database"}
    assert not noted.search("nothing", "3200 081 Budi 1760000000000000 Jl. dk_0123456789")


@pytest.mark.parametrize("name", ["dealer", "account", "scheduler", "fetcher", "gateway"])
def test_no_debugger_of_the_same_user_reads_a_process(system, name):
    """It cannot be dumped: its files in /proc are root's, though it runs as somebody else."""
    # A sanitizer's leak checker has to trace its own process.
    plain = REPOSITORY / "build" / "dev" / "bin" if "asan" in PROGRAMS.parts else PROGRAMS
    somebody = 65534 if os.geteuid() == 0 else os.geteuid()
    program = system.folder / name
    subprocess.run(["cp", plain / name, program], check=True)
    subprocess.run(["chown", "-R", str(somebody), system.folder], check=True)
    system.folder.chmod(0o755)
    drop = ["setpriv", f"--reuid={somebody}", "--clear-groups"] if os.geteuid() == 0 else []
    process = Process(f"{name}-1", [*drop, program], system.environment(
        "gateway-api" if name == "gateway" else f"{name}-1"), system.folder / f"{name}-1.log")
    system.processes[process.name] = process.start()
    process.wait_log('"msg":"started"')
    assert os.stat(f"/proc/{process.pid}/environ").st_uid == 0 or somebody == 0


def test_files_of_secrets_are_their_owner_s_alone(system):
    Keys(system, "dealer-1")
    files = [file for file in (system.folder / "keys").rglob("*.key")]
    assert len(files) >= 3
    for file in files:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
