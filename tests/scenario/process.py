"""One real process of a system under test: started, watched, killed; its log and its end judged."""

import os
import re
import signal
import subprocess
import time

SANITIZER = re.compile(
    r"ERROR: (Address|Leak)Sanitizer|runtime error:|UndefinedBehaviorSanitizer|Assertion .* failed|dangling '"
)


class Process:
    """`expect` is the exit code that the end must have; None once the test killed it."""

    def __init__(self, name, command, environment, log, expect=0):
        self.name, self.command, self.environment, self.log = name, command, environment, log
        self.expect = expect
        self.child = None
        self.ending = False

    def start(self):
        self.ending = False
        with open(self.log, "ab") as log:
            # It dies with the test process, however that one ends.
            self.child = subprocess.Popen(["setpriv", "--pdeathsig=KILL", *self.command], env=self.environment,
                                          stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        return self

    @property
    def pid(self):
        return self.child.pid

    def alive(self):
        return self.child is not None and self.child.poll() is None

    def signal(self, number):
        os.kill(self.pid, number)

    def kill(self):
        """kill -9: nothing of it is left to run."""
        self.signal(signal.SIGKILL)
        self.child.wait(10)
        self.expect = None

    def freeze(self):
        self.signal(signal.SIGSTOP)

    def thaw(self):
        self.signal(signal.SIGCONT)

    def terminate(self):
        """SIGTERM, once, without waiting."""
        if self.alive() and not self.ending:
            self.ending = True
            self.thaw()
            self.signal(signal.SIGTERM)

    def stop(self, seconds=15):
        """SIGTERM and its drain; the exit code, -9 when it had to be killed."""
        if self.alive():
            self.terminate()
            try:
                self.child.wait(seconds)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        return self.child.returncode

    def text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def lines(self):
        """Its log as dictionaries, without what is no JSON."""
        import json

        return [json.loads(line) for line in self.text().splitlines() if line.startswith("{") and line.endswith("}")]

    def wait_log(self, pattern, seconds=10):
        """Until a line of its log matches; the match."""
        end = time.monotonic() + seconds
        while True:
            found = re.search(pattern, self.text(), re.M)
            if found:
                return found
            assert time.monotonic() < end, f"{self.name} never logged {pattern}:\n{self.text()[-2000:]}"
            time.sleep(0.02)

    def faults(self):
        """What is wrong with how it ran and ended, as texts."""
        found = []
        if self.child is not None and self.expect is not None and self.child.returncode != self.expect:
            found.append(f"{self.name} ended with {self.child.returncode}, not {self.expect}")
        match = SANITIZER.search(self.text())
        if match:
            found.append(f"{self.name}: {self.text()[match.start():match.start() + 4000]}")
        return found
