"""The simulator of the upstream as a process, and a plain DGI client written anew in Python."""

import hashlib
import json
import os
import random
import socket
import subprocess
import time
from pathlib import Path

import requests

REPOSITORY = Path(__file__).resolve().parents[2]
PROGRAMS = Path(os.environ.get("DD_BIN", REPOSITORY / "build" / "dev" / "bin"))
BASES = {
    "spec13": "/dgi-api/v1.3",
    "legacy": "/legacy/dgi-api/v1",
    "colon": "/colon/dgi-api/v1.3",
    "gateway": "/gateway/dgi-api/v1.3",
}


def free_port():
    """A port below the range of outgoing connections that nobody listens on."""
    while True:
        port = random.randrange(20100, 32700)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def token(key, secret, seconds, colon=False):
    text = (":" if colon else "").join([key, secret, str(seconds)])
    return hashlib.sha256(text.encode()).hexdigest()


class Simulator:
    """Starts build's dgi_sim; `get`, `post`, `delete` speak to /_sim/, `read` is a DGI call."""

    def __init__(self, **settings):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = subprocess.Popen(
            [PROGRAMS / "dgi_sim"], stdout=subprocess.PIPE, text=True,
            env={**os.environ, "DD_SIM_PORT": str(self.port), **settings})
        self.first_line = json.loads(self.process.stdout.readline())
        assert self.first_line["msg"] == "listening", self.first_line
        self.session = requests.Session()

    def stop(self):
        """SIGTERM; the log and the exit code."""
        self.session.close()
        self.process.terminate()
        log, _ = self.process.communicate(timeout=20)
        return self.process.returncode, [json.loads(line) for line in log.splitlines()]

    def control(self, method, path, body=None, **query):
        answer = self.session.request(method, f"{self.url}/_sim/{path}", json=body, params=query, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def get(self, path, **query):
        return self.control("GET", path, **query)

    def post(self, path, **body):
        return self.control("POST", path, body=body)

    def delete(self, path, **query):
        return self.control("DELETE", path, **query)

    def fault(self, kind, **more):
        return self.post("fault", kind=kind, **more)["id"]

    def truth(self, dealer, begin, end, profile="spec13"):
        answer = self.get("truth", dealer=dealer, **{"from": begin, "to": end}, profile=profile)
        assert answer["count"] == len(answer["records"])
        return answer["records"]

    def read(self, profile, begin, end, dealer="12284", group="a", offset=0, timeout=10, body=None, **headers):
        """One call of prsp/read with a fresh token, `offset` seconds beside the right time."""
        now = int(time.time()) + offset
        key, secret = f"dgi-key-sim:group-{group}", f"dgi-secret-sim:group-{group}"
        sent = {"X-Request-Time": str(now), "DGI-API-Key": key,
                "DGI-API-Token": token(key, secret, now, profile == "colon"), **headers}
        window = {"fromTime": begin, "toTime": end, "dealerId": dealer}
        window = {name: value for name, value in window.items() if value is not None}
        answer = requests.post(f"{self.url}{BASES[profile]}/prsp/read", headers=sent, timeout=timeout,
                               json=window if body is None else body)
        # This version of requests takes a body that ends early.
        if len(answer.content) != int(answer.headers["Content-Length"]):
            raise requests.ConnectionError("the body ended early")
        return answer
