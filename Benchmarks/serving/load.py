"""A load that does not wait: requests begin at a fixed rate, whatever became of those before.

A closed loop of clients cannot overload a server for long, for each waits for its answer. Here a request that comes due
takes an idle connection, or opens one. Latency counts from when the request was due, so a generator that falls behind
shows as latency and not as less load.
"""

import asyncio
import socket
import time
from collections import Counter

#: After so many seconds an idle connection is not used again; the server closes one after a minute.
RESTED = 30


def form_request(port, image, path="/evaluate"):
    """The bytes of one request that posts an image as the form field "image"."""
    boundary = "adyton-benchmark-boundary-7f3a"
    body = (f"--{boundary}\r\nContent-Disposition: form-data; name=\"image\"; filename=\"image.jpg\"\r\n"
            "Content-Type: image/jpeg\r\n\r\n").encode() + image + f"\r\n--{boundary}--\r\n".encode()
    return (f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: application/json\r\n"
            f"Content-Type: multipart/form-data; boundary={boundary}\r\nContent-Length: {len(body)}\r\n\r\n"
            ).encode() + body


class Results:
    """What came of all requests."""

    def __init__(self):
        self.latencies = {}
        self.failures = Counter()

    def note(self, status, seconds):
        self.latencies.setdefault(status, []).append(seconds)

    def count(self, *statuses):
        return sum(len(self.latencies.get(status, [])) for status in statuses)

    def percentile(self, share, *statuses):
        """In milliseconds; None where nothing has such a status."""
        values = sorted(value for status in statuses for value in self.latencies.get(status, []))
        return values[min(int(len(values) * share), len(values) - 1)] * 1e3 if values else None


class Connection:
    def __init__(self, port, request):
        self.port, self.request = port, request
        self.reader = self.writer = None

    async def open(self):
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 20)
        self.writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close(self):
        if self.writer:
            self.writer.close()
        self.reader = self.writer = None

    async def ask(self):
        """One request's status; the connection is closed where the server says so."""
        if not self.writer:
            await self.open()
        self.writer.write(self.request)
        # Not drained first: a refusal may come while the body is still on its way.
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        status = int(head.split(" ", 2)[1])
        length = next((int(line.split(":")[1]) for line in head.split("\r\n") if line.startswith("content-length:")), 0)
        await self.reader.readexactly(length)
        if "\r\nconnection: close" in head:
            self.close()
        return status


async def steady(port, request, rate, seconds, limit=60, connections=2048):
    """Begins so many requests a second as `rate` says each time."""
    results, idle, tasks = Results(), [], set()

    async def one(due):
        # The last one used first; one that rested for long may just be closed by the server, as HTTP lets it.
        while idle and idle[0][1] < time.perf_counter() - RESTED:
            idle.pop(0)[0].close()
        connection = idle.pop()[0] if idle else Connection(port, request)
        try:
            status = await asyncio.wait_for(connection.ask(), limit)
            results.note(status, time.perf_counter() - due)
            idle.append((connection, time.perf_counter()))
        except (OSError, EOFError, asyncio.TimeoutError, asyncio.IncompleteReadError) as error:
            connection.close()
            results.failures[type(error).__name__] += 1

    begin = due = time.perf_counter()
    while due < begin + seconds:
        delay = due - time.perf_counter()
        if delay > 0:
            await asyncio.sleep(delay)
        if len(tasks) < connections:
            task = asyncio.create_task(one(due))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        else:
            results.failures["no connection left"] += 1
        due += 1 / rate()
    results.seconds = time.perf_counter() - begin
    # Those that began in time count, answered later or not.
    if tasks:
        await asyncio.wait(tasks)
    for connection, _ in idle:
        connection.close()
    return results


async def closed(port, request, clients, seconds, limit=60):
    """So many clients, each with the next request as soon as it has its answer."""
    results = Results()
    begin = time.perf_counter()

    async def client():
        connection = Connection(port, request)
        while (start := time.perf_counter()) < begin + seconds:
            try:
                status = await asyncio.wait_for(connection.ask(), limit)
                results.note(status, time.perf_counter() - start)
            except (OSError, EOFError, asyncio.TimeoutError, asyncio.IncompleteReadError) as error:
                connection.close()
                results.failures[type(error).__name__] += 1
        connection.close()

    await asyncio.gather(*(client() for _ in range(clients)))
    results.seconds = time.perf_counter() - begin
    return results
