"""deploy/up, down and ddctl as a person calls them, for one state folder."""

import json
import os
import socket
import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PORTS = ("DD_API_PORT", "DD_ANALYTICS_PORT", "DD_ADMIN_PORT", "DD_SIM_PORT")


def free_ports():
    """Four ports below the ephemeral ones on which nothing listens, by name."""
    found, number = {}, 24000 + os.getpid() % 4000
    while len(found) < len(PORTS):
        number += 1
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", number))
            except OSError:
                continue
        found[PORTS[len(found)]] = str(number)
    return found


class Deployment:
    def __init__(self, state, **settings):
        self.state = Path(state)
        kept = {key: value for key, value in os.environ.items()
                if not key.startswith("DD_") and key not in ("DATABASE_URL", "REDIS_URL")}
        self.environment = {**kept, "DD_STATE": str(state), **settings}

    def run(self, command, *arguments, timeout=300):
        return subprocess.run([REPOSITORY / "deploy" / command, *arguments], env=self.environment, text=True,
                              capture_output=True, timeout=timeout, check=False, stdin=subprocess.DEVNULL)

    def ok(self, command, *arguments):
        result = self.run(command, *arguments)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def endpoints(self):
        return json.loads((self.state / "run" / "endpoints.json").read_text())

    def services(self):
        """name -> what `ddctl svc ls --json` says of it"""
        return {row["name"]: row for row in json.loads(self.ok("ddctl", "svc", "ls", "--json"))["items"]}
