"""Many requests over a bounded number of connections that stay open."""

import http.client
import threading
from collections import namedtuple

Answer = namedtuple("Answer", "status media body headers")
SECONDS = 30


class Connections:
    """One connection for each thread and role."""

    def __init__(self, ports):
        self.ports, self.mine = ports, threading.local()

    def ask(self, role, method, target, body=b"", headers=()):
        """An answer; of a stream of events only its head. Connections that the gateway ended are opened anew."""
        known = self.mine.__dict__.setdefault("connections", {})
        for again in (False, True):
            connection = known.get(role) or http.client.HTTPConnection("127.0.0.1", self.ports[role], timeout=SECONDS)
            known[role] = connection
            try:
                connection.putrequest(method, target, skip_accept_encoding=True)
                for name, value in dict(headers).items():
                    connection.putheader(name, value)
                if "Content-Length" in headers:
                    body = b""
                elif body or method not in ("GET", "DELETE"):
                    connection.putheader("Content-Length", str(len(body)))
                connection.endheaders(body or None)
                return self._answer(role, connection.getresponse())
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                # An idle connection may end just then; a second time it is an answer that did not come.
                self._forget(role)
                if again:
                    raise
            except BaseException:
                self._forget(role)
                raise

    def _answer(self, role, response):
        media = response.headers.get_content_type() if response.headers.get("Content-Type") else None
        stream = media == "text/event-stream"
        body = b"" if stream else response.read()
        if stream or response.will_close:
            self._forget(role)
        return Answer(response.status, media, body, response.headers)

    def _forget(self, role):
        connection = self.mine.connections.pop(role, None)
        if connection:
            connection.close()


def share(work, threads, do):
    """Calls `do` with every item from a few threads; the first exception ends it and is raised."""
    items, faults, lock = iter(work), [], threading.Lock()

    def run():
        while not faults:
            with lock:
                item = next(items, None)
            if item is None:
                return
            try:
                do(item)
            except BaseException as e:  # raised below, by the thread that waits
                faults.append(e)

    started = [threading.Thread(target=run, daemon=True) for _ in range(threads)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()
    if faults:
        raise faults[0]
