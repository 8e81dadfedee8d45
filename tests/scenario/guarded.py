"""The bus by tcp: keys as the files hold them, a client that shows one, and a second host on this machine."""

import json
import os
import random
import subprocess
from pathlib import Path

import zmq
from process import Process
from wire import Wire


def z85(hex_key):
    """A key as the library wants it."""
    import zmq.utils.z85

    return zmq.utils.z85.encode(bytes.fromhex(hex_key))


class GuardedWire(Wire):
    """A Wire that shows a key. `server` and `secret` are hex digits."""

    def __init__(self, endpoint, server, secret):
        self.given = (z85(server), zmq.curve_public(z85(secret)), z85(secret))
        super().__init__(endpoint)

    def prepare(self):
        self.socket.curve_serverkey, self.socket.curve_publickey, self.socket.curve_secretkey = self.given


class Keys:
    """The keys of a system, made by ddctl."""

    def __init__(self, system, *names):
        self.system = system
        self.folder = system.folder / "keys" / "bus"
        for name in names:
            system.ddctl("keys", "new", name)

    def rows(self, name=None):
        rows = json.loads(self.system.ddctl("keys", "ls", "--json").stdout)["items"]
        return [row for row in rows if name in (None, row["name"])]

    def public(self, name):
        return self.rows(name)[-1]["key"]

    def secret(self, name):
        return (self.folder / f"{name}.key").read_text().split()[0]

    def list(self):
        return (self.folder / "allowed").read_text()

    def allow(self, text):
        """Writes the list as ddctl does: beside its place, then renamed."""
        fresh = self.folder / "allowed.test"
        fresh.touch(mode=0o600)
        fresh.write_text(text)
        fresh.rename(self.folder / "allowed")

    def bind(self, name, port, host="127.0.0.1"):
        """A setting by which a process answers locally and by tcp."""
        return {"DD_BIND": f"{self.system.endpoint(name)},tcp://{host}:{port}"}

    def wire(self, endpoint, server, own):
        return GuardedWire(endpoint, self.public(server), self.secret(own))


class SecondHost:
    """A network namespace with an address of its own, reached by a pair of virtual cables alone."""

    def __init__(self):
        number = random.randrange(0, 1 << 14)
        self.name = f"dd-{os.getpid()}-{number}"  # a namespace and its cables go a moment after their end
        self.network = f"10.{200 + (number >> 12)}.{number >> 4 & 255}.{(number & 15) << 4}/28"
        base = self.network.rsplit(".", 1)[0]
        low = (number & 15) << 4
        self.here, self.there = f"{base}.{low + 1}", f"{base}.{low + 2}"
        inside, self.cable = f"ddi{os.getpid()}", f"dd{os.getpid()}x{number}"[:15]
        self._ip("netns", "add", self.name)
        try:
            self._ip("link", "add", self.cable, "type", "veth", "peer", "name", inside, "netns", self.name)
            self._ip("address", "add", f"{self.here}/28", "dev", self.cable)
            self._ip("link", "set", self.cable, "up")
            self._ip("-n", self.name, "address", "add", f"{self.there}/28", "dev", inside)
            self._ip("-n", self.name, "link", "set", inside, "up")
            self._ip("-n", self.name, "link", "set", "lo", "up")
        except subprocess.CalledProcessError:
            self.remove()
            raise

    @staticmethod
    def _ip(*words):
        subprocess.run(["ip", *words], check=True, capture_output=True, text=True)

    def remove(self):
        subprocess.run(["ip", "link", "del", self.cable], check=False, capture_output=True)
        self._ip("netns", "del", self.name)

    def process(self, system, name, program, folder, hidden, **settings):
        """A process there that sees none of the `hidden` folders; it is ended and judged with the system."""
        hide = " && ".join(f"mount -t tmpfs none {path}" for path in hidden)
        command = ["ip", "netns", "exec", self.name, "unshare", "--mount", "sh", "-c", f"{hide} && exec {program}"]
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8",
                       **{key: os.environ[key] for key in ("ASAN_OPTIONS", "UBSAN_OPTIONS") if key in os.environ},
                       **{key: str(value) for key, value in settings.items()}}
        process = Process(name, command, environment, Path(folder) / f"{name}.log")
        system.processes[name] = process
        return process.start()
