"""A client of the bus in sixty lines, to prove that the wire is plain.

It shares nothing with the C side: a DEALER socket, one frame a message, MessagePack inside.
Request [0, id, "owner.verb", context, body]; reply [1, id, error or nil, result].
"""

import itertools
import time

import msgpack
import zmq
from planted import noted


class BusError(Exception):
    """The error of a reply: [code, text, [[field, code, text], ...], retry_after_ms]."""

    def __init__(self, error):
        self.code, self.text = error[0], error[1]
        self.fields = error[2] if len(error) > 2 and error[2] else []
        super().__init__(f"{self.code}: {self.text} {self.fields}")


class Wire:
    """One connection to one endpoint; use it from one thread, close it after use."""

    def __init__(self, endpoint):
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.IMMEDIATE, 1)
        self.prepare()
        self.socket.connect(endpoint)
        self.ids = itertools.count(1)

    def prepare(self):
        """For those who need more before they connect."""

    def call(self, method, body=None, timeout=5.0, principal="admin", request_id=None, role="service", **context):
        """The result of a call; BusError when the service refuses, TimeoutError when it is silent."""
        number = next(self.ids)
        context = {"deadline_ms": int(timeout * 1000), "request_id": request_id or f"test-{number}",
                   "principal": principal, "role": role, **context}
        end = time.monotonic() + timeout
        noted.add_fields(body)
        self.send_raw(msgpack.packb([0, number, method, context, body or {}]), timeout)
        while True:
            kind, reply_to, error, result = msgpack.unpackb(self.receive_raw(end - time.monotonic()))
            if kind == 1 and reply_to == number:
                break
        if error is not None:
            raise BusError(error)
        return result

    def send_raw(self, frame, timeout=5.0):
        """Sends any bytes, also wrong ones."""
        if not self.socket.poll(max(1, int(timeout * 1000)), zmq.POLLOUT):
            raise TimeoutError("no peer")
        self.socket.send(frame)

    def receive_raw(self, timeout=5.0):
        if not self.socket.poll(max(1, int(timeout * 1000)), zmq.POLLIN):
            raise TimeoutError("no reply")
        return self.socket.recv()

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
