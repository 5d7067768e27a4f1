"""Floods a server with unfinished requests from one address, to show what the server keeps of them.

    request_flood.py grpc|http HOST PORT SOURCE CONNECTIONS REQUESTS BYTES

Opens CONNECTIONS connections from the address SOURCE. With grpc each makes REQUESTS calls in turn, 16 at a time; with http
each makes one request. Every request has a body of BYTES, of which the last byte never comes. Prints "settled REFUSED HELD"
when every request is refused or has but its last byte left, or when nothing has moved for a minute, and holds on until
its standard input ends or it is killed.
"""

import selectors
import socket
import struct
import sys
import time

KIND, HOST, PORT, SOURCE = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
CONNECTIONS, REQUESTS, SIZE = (int(text) for text in sys.argv[5:8])
STREAMS = 16
FRAME = 16384


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def field(name, value):
    return b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value


HEAD = b"".join(
    field(name, value)
    for name, value in [
        (b":method", b"POST"),
        (b":scheme", b"http"),
        (b":path", b"/inference.GRPCInferenceService/ModelInfer"),
        (b":authority", b"a"),
        (b"content-type", b"application/grpc"),
        (b"te", b"trailers"),
    ]
)


class Connection:
    def __init__(self):
        self.socket = socket.create_connection((HOST, PORT), source_address=(SOURCE, 0))
        self.socket.setblocking(False)
        self.received = b""
        self.refused = 0
        self.isOpen = True

    def read(self):
        try:
            data = self.socket.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.isOpen = False
        self.received += data

    def write(self, data):
        try:
            return self.socket.send(data)
        except BlockingIOError:
            return 0
        except OSError:
            self.isOpen = False
            return 0


class Calls(Connection):
    def __init__(self):
        super().__init__()
        self.pending = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0)
        self.window, self.initial = 65535, 65535
        self.streams, self.next, self.started = {}, 1, 0

    def step(self):
        self.read()
        while len(self.received) >= 9:
            length = int.from_bytes(self.received[:3], "big")
            if len(self.received) < 9 + length:
                break
            kind, flags = self.received[3], self.received[4]
            stream = int.from_bytes(self.received[5:9], "big") & 0x7FFFFFFF
            self.take(kind, flags, stream, self.received[9 : 9 + length])
            self.received = self.received[9 + length :]
        self.fill()
        if self.pending:
            self.pending = self.pending[self.write(self.pending[: 1 << 18]) :]

    def take(self, kind, flags, stream, payload):
        if kind == 8:
            count = int.from_bytes(payload, "big")
            if stream == 0:
                self.window += count
            elif stream in self.streams:
                self.streams[stream][1] += count
        elif kind == 4 and not flags & 1:
            for offset in range(0, len(payload), 6):
                name, value = struct.unpack(">HI", payload[offset : offset + 6])
                if name == 4:
                    for place in self.streams.values():
                        place[1] += value - self.initial
                    self.initial = value
            self.pending += frame(4, 1, 0)
        elif kind == 6 and not flags & 1:
            self.pending += frame(6, 1, 0, payload)
        elif kind == 3 or kind == 1 and flags & 1:
            if self.streams.pop(stream, None):
                self.refused += 1
        elif kind == 7:
            self.isOpen = False

    def fill(self):
        while len(self.streams) < STREAMS and self.started < REQUESTS:
            prefix = b"\0" + struct.pack(">I", SIZE)
            self.pending += frame(1, 4, self.next, HEAD) + frame(0, 0, self.next, prefix)
            self.window -= 5
            self.streams[self.next] = [SIZE - 1, self.initial - 5]
            self.next += 2
            self.started += 1
        for stream, place in self.streams.items():
            count = min(place[0], place[1], self.window, FRAME)
            if count > 0 and len(self.pending) < 1 << 17:
                self.pending += frame(0, 0, stream, bytes(count))
                self.window -= count
                place[0] -= count
                place[1] -= count

    def moves(self):
        return self.isOpen and (self.started < REQUESTS or any(place[0] for place in self.streams.values()))

    def held(self):
        return len(self.streams)


class Request(Connection):
    def __init__(self):
        super().__init__()
        head = "POST /evaluate HTTP/1.1\r\nhost: a\r\ncontent-type: multipart/form-data; boundary=X\r\n"
        self.head = (head + "transfer-encoding: chunked\r\n\r\n" + f"{SIZE:x}\r\n").encode()
        self.left = SIZE - 1

    def step(self):
        self.read()
        if self.received or not self.isOpen:
            self.refused, self.isOpen = 1, False
            return
        if self.head:
            self.head = self.head[self.write(self.head) :]
        elif self.left:
            self.left -= self.write(bytes(min(self.left, 1 << 16)))

    def moves(self):
        return self.isOpen and self.left > 0

    def held(self):
        return int(self.isOpen)


connections = [Calls() if KIND == "grpc" else Request() for _ in range(CONNECTIONS)]
last, moved = None, time.monotonic()
while any(connection.moves() for connection in connections):
    for connection in connections:
        if connection.isOpen:
            connection.step()
    state = [(c.refused, c.isOpen, getattr(c, "window", 0), getattr(c, "left", 0)) for c in connections]
    if state != last:
        last, moved = state, time.monotonic()
    if time.monotonic() - moved > 60:
        break
print("settled", sum(c.refused for c in connections), sum(c.held() for c in connections), flush=True)
# Until it is killed.
selector = selectors.DefaultSelector()
for connection in connections:
    if connection.isOpen:
        selector.register(connection.socket, selectors.EVENT_READ, connection)
while True:
    for key, _ in selector.select():
        key.data.step()
        if not key.data.isOpen:
            selector.unregister(key.fileobj)
    if not selector.get_map():
        time.sleep(3600)
