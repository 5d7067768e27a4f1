"""Measures our server against the peer in one run, turn by turn, and both against the engines alone.

    Benchmarks/serving/serving.py --pack PACK --image IMAGE [--seconds 5] [--rounds 3] [--json FILE]

All servers are up at once and are asked in turn, so a slow minute of the machine hits all. Quoted are medians over the
rounds, and ratios of those, as tables in Markdown. With three rounds of five seconds it takes seven minutes.
"""

import argparse
import json
import os
import signal
import socket
import ssl
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import markdown

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
PYTHON = ROOT / ".deps/python/bin/python"
MODES = [("ONNX Runtime", ["onnx"]), ("PyTorch", ["torch"]), ("both", ["onnx", "torch"])]
#: Requests a second at 16 clients, in so many times the better peer's, are asked of each of our servers.
ASKED = {("ONNX Runtime", "ours"): 1.7, ("both", "ours"): 1.6, ("PyTorch", "ours-bfloat16"): 2.5}


# What is told to end takes its servers along.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(url, process, seconds=120):
    # The server makes its certificate when it starts; nobody has vouched for it.
    context = ssl._create_unverified_context() if url.startswith("https") else None
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"{url}: the server ended with {process.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=2, context=context) as answer:
                if answer.status == 200:
                    return
        except OSError:
            pass
        time.sleep(0.1)
    raise SystemExit(f"{url}: not ready after {seconds} s")


class Server:
    """A server process on a port of its own."""

    def __init__(self, name, command, ready, environment=None, scheme="http"):
        self.name, self.scheme = name, scheme
        self.port = free_port()
        command = [part.format(port=self.port) for part in command]
        log = open(ROOT / ".cache" / f"bench-{name}.log", "wb")
        self.process = subprocess.Popen(
            command, stdout=log, stderr=log, env={**os.environ, **(environment or {})}, start_new_session=True)
        try:
            wait_for(f"{self.address}{ready}", self.process)
        except BaseException:
            self.stop()
            raise

    @property
    def address(self):
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)


def ours(pack, engines, threads, options=(), name="ours", scheme="http"):
    command = [str(ROOT / ".build/release/adyton-server"), str(pack), "--port", "{port}", "--log-level", "warning",
               "--threads", str(threads)]
    for engine in engines:
        command += ["--engine", engine]
    command += options
    return Server(name, command, "/v2/health/ready", scheme=scheme)


def peer(pack, engines, name, workers, threads):
    command = [str(PYTHON), "-m", "gunicorn", "--chdir", str(HERE), "--bind", "127.0.0.1:{port}", "--workers",
               str(workers), "--worker-class", "gthread", "--threads", "16", "--keep-alive", "60", "--timeout", "120",
               "peer:app"]
    environment = {"ADYTON_PACK": str(pack), "ADYTON_ENGINES": ",".join(engines), "ADYTON_THREADS": str(threads),
                   "OMP_NUM_THREADS": str(threads)}
    return Server(name, command, "/", environment)


def load(server, image, clients, seconds):
    """Requests a second and the latency's percentiles in milliseconds under a number of clients that post an image."""
    return wrk(server, HERE / "post.lua", clients, seconds, image)


def counted(address, script, clients, seconds, *arguments):
    """The numbers that a script of wrk's prints."""
    command = ["wrk", "--threads", "1", "--connections", str(clients), "--duration", f"{seconds}s", "--timeout", "60s",
               "--script", str(script), address, "--", *map(str, arguments)]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    line = next(line for line in output.splitlines() if line.startswith("RESULT"))
    return [int(field) for field in line.split()[1:]]


def wrk(server, script, clients, seconds, *arguments):
    """Requests a second and the latency's percentiles in milliseconds; fails where a request does."""
    requests, duration, failures, *percentiles = counted(server.address, script, clients, seconds, *arguments)
    if failures or not requests:
        raise SystemExit(f"{server.name}: {failures} of {requests} requests failed; the figures would say nothing")
    return {"rate": requests / (duration / 1e6), "p50": percentiles[0] / 1e3, "p90": percentiles[1] / 1e3,
            "p99": percentiles[2] / 1e3}


def medians(samples):
    return {key: statistics.median(sample[key] for sample in samples) for key in samples[0]}


def has_bfloat16(pack):
    return "bfloat16" in json.loads((pack / "model-card.json").read_text()).get("reducedPrecision", {})


def measure_mode(title, engines, options):
    threads = os.cpu_count()
    servers = []
    try:
        servers.append(ours(options.pack, engines, threads))
        if engines == ["torch"] and has_bfloat16(options.pack):
            servers.append(ours(options.pack, engines, threads, ["--precision", "bfloat16"], "ours-bfloat16"))
        # Two ways to spend the same threads; the better one counts.
        servers.append(peer(options.pack, engines, f"peer-1x{threads}", 1, threads))
        servers.append(peer(options.pack, engines, f"peer-{threads}x1", threads, 1))
        samples = {(server.name, clients): [] for server in servers for clients in options.clients}
        for server in servers:
            load(server, options.image, 4, 2)
        for _ in range(options.rounds):
            for clients in options.clients:
                for server in servers:
                    samples[server.name, clients].append(load(server, options.image, clients, options.seconds))
    finally:
        for server in servers:
            server.stop()
    return {"mode": title, "results": [
        {"server": name, "clients": clients, **medians(values)} for (name, clients), values in samples.items()]}


def report(mode):
    markdown.title(f"{mode['mode']}, against the Flask sample")
    rows = {(row["server"], row["clients"]): row for row in mode["results"]}
    lines = []
    for (name, clients), row in rows.items():
        ratio = latency = None
        if name.startswith("ours"):
            peers = [one for (other, count), one in rows.items() if count == clients and other.startswith("peer")]
            ratio = row["rate"] / max(one["rate"] for one in peers)
            asked = ASKED.get((mode["mode"], name)) if clients == 16 else None
            ratio = markdown.judged(ratio, asked) if asked else f"{ratio:.2f}"
            latency = f"{row['p50'] / min(one['p50'] for one in peers):.2f}"
        lines.append([name, clients, f"{row['rate']:.1f}", ratio, f"{row['p50']:.1f}", latency, f"{row['p90']:.1f}",
                      f"{row['p99']:.1f}"])
    markdown.table(["server", "clients", "requests/s", "× the better peer", "p50, ms", "× the better peer", "p90, ms",
                    "p99, ms"], lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pack", type=Path, required=True)
    parser.add_argument("--image", type=Path, required=True)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 16])
    parser.add_argument("--mode", choices=[title for title, _ in MODES], nargs="+")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    options.pack = options.pack.resolve()
    (ROOT / ".cache").mkdir(exist_ok=True)
    results = []
    for title, engines in MODES:
        if options.mode and title not in options.mode:
            continue
        results.append(measure_mode(title, engines, options))
        report(results[-1])
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
