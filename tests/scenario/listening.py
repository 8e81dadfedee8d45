"""What goes over the loopback interface while a test runs: the bytes of each direction of each connection.

Needs the right to raw packets (root). It says how many packets the kernel dropped, so that silence is no proof.
"""

import select
import socket
import struct
import threading

ETH_P_ALL, PACKET_OUTGOING = 3, 4
SOL_PACKET, PACKET_STATISTICS = 263, 6
SO_RCVBUFFORCE = 33


class Listening(threading.Thread):
    """Keeps what is sent from or to the given ports: {(from, to): bytes in the order of sequence numbers}."""

    def __init__(self, ports):
        super().__init__(daemon=True)
        self.ports = frozenset(ports)
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
        self.socket.bind(("lo", 0))
        self.pieces = {}  # (from, to) -> {sequence number: payload}
        self.over = False
        self.start()

    def run(self):
        while not self.over:
            if not select.select([self.socket], [], [], 0.1)[0]:
                continue
            frame, address = self.socket.recvfrom(1 << 17)
            if address[2] != PACKET_OUTGOING:  # each packet passes here twice
                self.take(frame)

    def take(self, frame):
        if len(frame) < 54 or frame[12:14] != b"\x08\x00" or frame[23] != socket.IPPROTO_TCP:
            return
        begin = 14 + 4 * (frame[14] & 15)
        end = 14 + struct.unpack_from("!H", frame, 16)[0]
        source, target, sequence = struct.unpack_from("!HHI", frame, begin)
        if source in self.ports or target in self.ports:
            payload = frame[begin + 4 * (frame[begin + 12] >> 4):max(end, 0) or len(frame)]
            if payload:
                self.pieces.setdefault((source, target), {})[sequence] = payload

    def stop(self):
        """Ends it: the streams, and how many packets were lost."""
        self.over = True
        self.join()
        _, lost = struct.unpack("II", self.socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))
        self.socket.close()
        streams = {}
        for ends, pieces in self.pieces.items():
            first = next(iter(pieces))  # numbers wrap around
            order = sorted(pieces, key=lambda n, f=first: (n - f + (1 << 31)) & 0xFFFFFFFF)
            streams[ends] = b"".join(pieces[n] for n in order)
        return streams, lost
