"""Measures what proof costs: a connection, evidence a second, a flood of challenges, requests on a proven connection.

Called by Benchmarks/transport.sh. Two servers prove themselves: a process, by a developer's key, and a sealed machine under
software emulation, by its software TPM. Comparisons run in turns; every figure is a median of the rounds.
"""

import argparse
import contextlib
import hashlib
import json
import os
import pathlib
import re
import secrets
import signal
import socket
import ssl
import statistics
import subprocess
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent
IMAGE = ROOT / "Examples/images/harbour-1.jpg"
PACK = ROOT / "Models/signal-flags"
CLIENTS = 4
# One way, for counting round trips: long against everything that is computed.
DELAY = 0.1


def table(title, head, rows):
    print(f"\n{title}\n\n| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print(flush=True)


def median(values):
    return statistics.median(values)


def run(*command):
    return subprocess.run([str(word) for word in command], check=True, capture_output=True).stdout


def wait_for(process, log, pattern, limit=300):
    """The first match in what a process writes."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if found := re.search(pattern, log.read_text()):
            return found
        if process.poll() is not None:
            break
        time.sleep(0.02)
    raise SystemExit(f"no {pattern!r} from {process.args[0]}:\n{log.read_text()[-3000:]}")


@contextlib.contextmanager
def started(command, address, ready):
    """A server as long as the block runs, from where it says that it listens."""
    with tempfile.TemporaryDirectory() as scratch:
        log = pathlib.Path(scratch) / "log"
        with log.open("w") as out:
            process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=out,
                                       stderr=subprocess.STDOUT)
        try:
            found = wait_for(process, log, address)[1]
            wait_for(process, log, ready)
            yield found
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


class Bench:
    def __init__(self, build, folder, root, seconds, rounds):
        self.adyton, self.meter = build / "adyton", build / "transport-bench"
        self.folder, self.root, self.seconds, self.rounds = folder, root, seconds, rounds
        self.key, self.key_root = folder / "developer.pem", folder / "developer.pub.pem"
        run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", self.key)
        run("openssl", "pkey", "-in", self.key, "-pubout", "-out", self.key_root)
        der = run("openssl", "pkey", "-pubin", "-in", self.key_root, "-outform", "DER")
        self.process_policy = folder / "process.policy.json"
        self.process_policy.write_text(json.dumps(
            {"version": 1, "platforms": {"process": {"roots": [hashlib.sha256(der).hexdigest()]}}}))

    def process(self, *options):
        """Our own server as a process of this host, with the engine that is the faster of the two."""
        return started([self.adyton, "serve", PACK, "--port", "0", "--engine", "onnx", "--log-level", "warning", *options],
                       r"listening on https?://(127\.0\.0\.1:\d+)", r"listening on")

    def proven(self, *options):
        return self.process("--attest", "process", "--insecure-developer-key", self.key, *options)

    def machine(self, *options):
        """The example's package, with further words for the server."""
        text = re.sub(r"(?m)^\s*//.*$", "", (ROOT / "Examples/server/config-onnx.json").read_text())
        config = json.loads(text)
        config["ApplicationParameters"] += list(options)
        path, package, signer = self.folder / "config.json", self.folder / "server.adyton", self.folder / "signer.pem"
        path.write_text(json.dumps(config))
        if not signer.exists():
            run(self.adyton, "keygen", "-o", signer)
        run(self.adyton, "package", "--force", "--owner", "0:0", "-o", package, self.root, signer, path)
        self.machine_root, self.machine_policy = self.folder / "root.pem", self.folder / "machine.policy.json"
        self.machine_root.write_bytes(run(self.adyton, "developer-root", "--pem"))
        self.machine_policy.write_bytes(
            run(self.adyton, "policy", "from", "--trust-insecure-developer-root", self.machine_root, package))
        return started([self.adyton, "run", "--accelerator", "tcg", package],
                       r"of the guest is (127\.0\.0\.1:\d+)\n", r"is ready")


def wrk(script, url, *arguments, seconds, clients=CLIENTS):
    """Requests and answers of 200 a second, and the median in milliseconds."""
    output = run("wrk", "--threads", "1", "--connections", clients, "--duration", f"{seconds}s", "--timeout", "60s", "--latency",
                 "--script", script, url, "--", *arguments).decode()
    requests, duration, refused, broken, middle = map(int, re.search(r"RESULT (\d+) (\d+) (\d+) (\d+) (\d+)", output).groups())
    if broken or not requests:
        raise SystemExit(f"{broken} of {requests} requests broke; the figures would say nothing\n{output}")
    return {"all": requests / (duration / 1e6), "good": (requests - refused) / (duration / 1e6), "median": middle / 1e3}


def wait_until_ready(address, scheme):
    end = time.monotonic() + 120
    command = ["curl", "--insecure", "--silent", "--fail", "--max-time", "10", f"{scheme}://{address}/v2/health/ready"]
    while subprocess.run(command, capture_output=True).returncode:
        if time.monotonic() > end:
            raise SystemExit(f"{address} is not ready")
        time.sleep(0.1)


def answer(stream):
    """One response with a content-length, to its end; only its size counts here."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += stream.recv(65536) or exit("the server left")
    head, body = data.split(b"\r\n\r\n", 1)
    if not head.startswith(b"HTTP/1.1 200"):
        raise SystemExit(head.decode())
    length = int(re.search(rb"(?i)content-length: (\d+)", head)[1])
    while len(body) < length:
        body += stream.recv(65536) or exit("the server left")
    return len(body)


def ask(stream, path):
    stream.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    return answer(stream)


def connect(address, challenge):
    """Seconds for TCP, TLS, evidence where it is asked for, and a first answer after that."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    host, port = address.split(":")
    times = [time.perf_counter()]
    plain = socket.create_connection((host, int(port)))
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    times.append(time.perf_counter())
    with context.wrap_socket(plain) as stream:
        times.append(time.perf_counter())
        if challenge:
            ask(stream, "/.well-known/adyton/evidence?nonce=" + secrets.token_hex(32))
        times.append(time.perf_counter())
        ask(stream, "/v2/health/live")
        times.append(time.perf_counter())
    return [after - before for before, after in zip(times, times[1:])]


@contextlib.contextmanager
def far_away(address):
    """The same server behind a line that holds everything back for DELAY in both directions; also for connecting."""
    host, port = address.split(":")
    listener = socket.create_server(("127.0.0.1", 0))

    def carry(source, target):
        queue, fresh = [], threading.Condition()

        def deliver():
            while True:
                with fresh:
                    while not queue:
                        fresh.wait()
                    due, data = queue.pop(0)
                time.sleep(max(0, due - time.perf_counter()))
                try:
                    target.sendall(data) if data else target.shutdown(socket.SHUT_WR)
                except OSError:
                    return
                if not data:
                    return

        threading.Thread(target=deliver, daemon=True).start()
        while True:
            try:
                data = source.recv(65536)
            except OSError:
                data = b""
            with fresh:
                queue.append((time.perf_counter() + DELAY, data))
                fresh.notify()
            if not data:
                return

    def serve():
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            server = socket.create_connection((host, int(port)))
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for pair in ((client, server), (server, client)):
                threading.Thread(target=carry, args=pair, daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield "127.0.0.1:%d" % listener.getsockname()[1]
    finally:
        listener.close()


def trips(address, challenge):
    """Round trips of TLS, evidence and a first request, as the delay tells them; TCP's own is one.

    The least of seven: whatever else takes time only adds to what the line takes.
    """
    with far_away(address) as distant:
        runs = [connect(distant, challenge)[1:] for _ in range(7)]
    return [min(column) / (2 * DELAY) for column in zip(*runs)]


def handshakes(bench, name, address, policy, root, repetitions):
    """A connection by its steps, in turns with one that asks for no proof."""
    plain, proven = [], []
    for _ in range(repetitions):
        plain.append(connect(address, challenge=False))
        proven.append(connect(address, challenge=True))
    own = json.loads(run(bench.meter, f"https://{address}", policy, root, repetitions))
    steps = lambda runs: [median(column) * 1e3 for column in zip(*runs)]
    (tcp, tls, _, first), (tcp_proven, tls_proven, evidence, first_proven) = steps(plain), steps(proven)
    before, after = tcp + tls, tcp_proven + tls_proven + evidence + own["verification"]
    table(f"A connection to {name}, from nothing to the first byte of a request, median of {repetitions}, ms",
          ["", "TCP", "TLS 1.3", "evidence", "verification", "all", "ratio", "a first request after that"],
          [["plain TLS", f"{tcp:.2f}", f"{tls:.2f}", "–", "–", f"{before:.2f}", "1", f"{first:.2f}"],
           ["attested", f"{tcp_proven:.2f}", f"{tls_proven:.2f}", f"{evidence:.2f}", f"{own['verification']:.2f}",
            f"{after:.2f}", f"**{after / before:.1f}**", f"{first_proven:.2f}"]])
    print(f"Our own client, all steps, closing included: {own['connection']:.2f} ms. "
          f"The answer to a challenge has {own['documentBytes']:,} bytes.")


def round_trips(address):
    plain, proven = trips(address, False), trips(address, True)
    table(f"Round trips, counted behind a line of {DELAY * 1e3:.0f} ms each way",
          ["", "TCP", "TLS 1.3", "evidence", "before the first byte of a request"],
          [["plain TLS", "1", f"{plain[0]:.1f}", "0", f"{1 + round(plain[0])}"],
           ["attested", "1", f"{proven[0]:.1f}", f"{proven[1]:.1f}", f"**{1 + round(proven[0]) + round(proven[1])}**"]])


def evidence_rate(bench, name, address):
    """At most eight are under way in a server, so more clients than that would only be refused."""
    rows = []
    for clients in (1, 8):
        found = [wrk(HERE / "challenge.lua", f"https://{address}", 0, seconds=bench.seconds, clients=clients)
                 for _ in range(bench.rounds)]
        rows.append([name, f"{clients}", f"{median([one['good'] for one in found]):.1f}",
                     f"{median([one['median'] for one in found]):.1f} ms"])
    return rows


def flood(bench, address, rounds, seconds):
    """Inference with nothing beside it, beside challenges, and beside as many plain requests, in turns."""
    url, rates, beside = f"https://{address}", {}, {}
    kinds = {"nothing": None, "challenges": [], "as many requests for /v2/health/live": ["/v2/health/live"]}
    for _ in range(rounds):
        for kind, path in kinds.items():
            flooding = None
            if path is not None:
                # Eight connections that wait 8 ms after each answer: near a thousand a second where answers are quick.
                flooding = subprocess.Popen(
                    ["wrk", "--threads", "1", "--connections", "8", "--duration", f"{seconds + 1}s", "--timeout", "60s", "--script",
                     HERE / "challenge.lua", url, "--", "8", *path], stdout=subprocess.PIPE, text=True)
            rates.setdefault(kind, []).append(wrk(HERE / "attested.lua", url, IMAGE, 0, seconds=seconds)["good"])
            if flooding:
                found = re.search(r"RESULT (\d+) (\d+) (\d+)", flooding.communicate()[0])
                requests, duration, refused = map(int, found.groups())
                beside.setdefault(kind, []).append((requests * 1e6 / duration, (requests - refused) * 1e6 / duration))
    base, rows = median(rates["nothing"]), []
    for kind in kinds:
        told = beside.get(kind, [(0, 0)])
        rows.append([kind, f"{median([one[0] for one in told]):.0f}", f"{median([one[1] for one in told]):.0f}",
                     f"{median(rates[kind]):.2f}", f"{median(rates[kind]) / base:.2f}"])
    return rows


def throughput(bench):
    """The same server and engine: plain HTTP, TLS, and TLS after a challenge on each connection, in turns."""
    rates = {}
    with bench.process() as plain, bench.proven() as proven:
        wait_until_ready(plain, "http")
        wait_until_ready(proven, "https")
        ways = {"plain HTTP": (f"http://{plain}", 0), "TLS 1.3, no challenge": (f"https://{proven}", 0),
                "attested": (f"https://{proven}", CLIENTS)}
        for _ in range(bench.rounds):
            for way, (url, challenges) in ways.items():
                # A server's bound on challenges refills meanwhile.
                rates.setdefault(way, []).append(
                    wrk(HERE / "attested.lua", url, IMAGE, challenges, seconds=bench.seconds))
    bare, rows = median([one["good"] for one in rates["plain HTTP"]]), []
    for way, found in rates.items():
        rate = median([one["good"] for one in found])
        rows.append([way, f"{rate:.1f}", f"{rate / bare:.3f}", f"{median([one['median'] for one in found]):.2f} ms"])
    table(f"Requests a second, {CLIENTS} clients, ONNX Runtime, bundled model",
          ["", "requests/s", "of plain HTTP", "median latency"], rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--folder", type=pathlib.Path, required=True)
    parser.add_argument("--root", type=pathlib.Path, required=True, help="the server's root, as server-root.sh onnx makes it")
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    bench = Bench(options.build.resolve(), options.folder.resolve(), options.root.resolve(), options.seconds, options.rounds)
    flooded = ["beside inference", "requests/s beside", "answered 200", "images/s", "ratio"]
    print(f"Load before: {os.getloadavg()[0]:.1f}")
    throughput(bench)
    rates = []
    with bench.proven("--evidence-rate", "10000") as address:
        wait_until_ready(address, "https")
        handshakes(bench, "a process", address, bench.process_policy, bench.key_root, 101)
        round_trips(address)
        rates += evidence_rate(bench, "a process, a developer's key", address)
    with bench.proven() as address:
        wait_until_ready(address, "https")
        table("A flood of challenges at a process that answers 20 a second", flooded,
              flood(bench, address, bench.rounds, bench.seconds))
    with bench.machine("--evidence-rate", "10000") as address:
        handshakes(bench, "a machine, software emulation", address, bench.machine_policy, bench.machine_root, 21)
        rates += evidence_rate(bench, "a machine's TPM, software emulation", address)
    table("Evidence a second", ["of", "clients", "answers/s", "median latency"], rates)
    with bench.machine() as address:
        table("A flood of challenges at a machine that answers 20 a second, software emulation", flooded,
              flood(bench, address, 1, max(30, bench.seconds * 3)))
    print(f"Load after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
