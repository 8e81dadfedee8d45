"""A socket in front of PostgreSQL that loses answers: it cuts a connection when it sees the COMMIT of a
transaction that was answered by the server, before the client is told; or the COMMIT on its way there.

The client's side is a folder with a socket, so that its URL differs by `host` alone. Both streams are
cut at message borders: a byte of type, four of length, as protocol 3 has it after the start-up.
"""

import select
import shutil
import socket
import tempfile
import threading
from pathlib import Path

COMMITTED = b"COMMIT\0"
FEW = 65536


class Stream:
    """Finds the messages of one direction; the first message of a client has no type."""

    def __init__(self, typed):
        self.typed, self.held = typed, b""

    def messages(self, data):
        """The whole messages that are there now, each with its type and body."""
        self.held += data
        found = []
        while len(self.held) >= (5 if self.typed else 4):
            start = 1 if self.typed else 0
            size = start + int.from_bytes(self.held[start:start + 4], "big")
            if len(self.held) < size:
                break
            found.append((self.held[:1] if self.typed else b"", self.held[start + 4:size]))
            self.held = self.held[size:]
            self.typed = True
        return found


class Proxy:
    """start(); url(database); arm("answer" | "question"); close()."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.folder = Path(tempfile.mkdtemp(prefix="dd-proxy-", dir="/tmp"))
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.folder / ".s.PGSQL.5432"))
        self.listener.listen(32)
        self.armed, self.lock = None, threading.Lock()
        self.cuts = {"answer": 0, "question": 0}
        self.ended = False
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, database_url):
        return database_url.replace(f"host={self.cluster.folder}", f"host={self.folder}")

    def arm(self, what):
        """The next COMMIT loses its answer, or never arrives."""
        self.armed = what

    def total(self):
        return sum(self.cuts.values())

    def close(self):
        self.ended = True
        self.listener.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _accept(self):
        while not self.ended:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._relay, args=(client,), daemon=True).start()

    def _take(self, what):
        with self.lock:
            if self.armed != what:
                return False
            self.armed = None
            self.cuts[what] += 1
            return True

    def _relay(self, client):
        server = socket.socket(socket.AF_UNIX)
        try:
            server.connect(str(self.cluster.folder / ".s.PGSQL.5432"))
            streams = {client: Stream(False), server: Stream(True)}
            while not self.ended:
                for side in select.select([client, server], [], [], 1)[0]:
                    data = side.recv(FEW)
                    if not data or self._cuts(side is client, streams[side].messages(data)):
                        return
                    (server if side is client else client).sendall(data)
        except OSError:
            pass  # one of them went away: so does the other
        finally:
            client.close()
            server.close()

    def _cuts(self, from_client, messages):
        if from_client:
            # Parse (P) and Query (Q) carry the statement's text.
            return any(kind in (b"P", b"Q") and COMMITTED in body for kind, body in messages) and self._take("question")
        return any(kind == b"C" and body == COMMITTED for kind, body in messages) and self._take("answer")
