"""Measures our server against the peer in one run, turn by turn, and both against the engines alone.

    Benchmarks/serving/serving.py --pack PACK --image IMAGE [--seconds 8] [--rounds 3] [--json FILE]

Both servers are up at once and are asked in turn, so a slow minute of the machine hits both. Quoted are medians over
the rounds, and ratios of those.
"""

import argparse
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
PYTHON = ROOT / ".deps/python/bin/python"
MODES = [("ONNX Runtime", ["onnx"]), ("PyTorch", ["torch"]), ("both", ["onnx", "torch"])]


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(url, process, seconds=120):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"{url}: the server ended with {process.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            pass
        time.sleep(0.1)
    raise SystemExit(f"{url}: not ready after {seconds} s")


class Server:
    """A server process on a port of its own."""

    def __init__(self, name, command, ready, environment=None):
        self.name = name
        self.port = free_port()
        command = [part.format(port=self.port) for part in command]
        log = open(ROOT / ".cache" / f"bench-{name}.log", "wb")
        self.process = subprocess.Popen(
            command, stdout=log, stderr=log, env={**os.environ, **(environment or {})}, start_new_session=True)
        try:
            wait_for(f"http://127.0.0.1:{self.port}{ready}", self.process)
        except BaseException:
            self.stop()
            raise

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)


def ours(pack, engines, threads, options=()):
    command = [str(ROOT / ".build/release/adyton"), "serve", str(pack), "--port", "{port}", "--log-level", "warning",
               "--threads", str(threads)]
    for engine in engines:
        command += ["--engine", engine]
    command += options
    return Server("ours", command, "/v2/health/ready")


def peer(pack, engines, name, workers, threads):
    command = [str(PYTHON), "-m", "gunicorn", "--chdir", str(HERE), "--bind", "127.0.0.1:{port}", "--workers",
               str(workers), "--worker-class", "gthread", "--threads", "16", "--keep-alive", "60", "--timeout", "120",
               "peer:app"]
    environment = {"ADYTON_PACK": str(pack), "ADYTON_ENGINES": ",".join(engines), "ADYTON_THREADS": str(threads),
                   "OMP_NUM_THREADS": str(threads)}
    return Server(name, command, "/", environment)


def load(server, image, clients, seconds):
    """Requests a second and the latency's percentiles in milliseconds under a number of clients."""
    command = ["wrk", "--threads", "1", "--connections", str(clients), "--duration", f"{seconds}s", "--timeout", "60s",
               "--script", str(HERE / "post.lua"), f"http://127.0.0.1:{server.port}", "--", str(image)]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    fields = next(line for line in output.splitlines() if line.startswith("RESULT")).split()[1:]
    requests, duration, failures, *percentiles = map(int, fields)
    if failures or not requests:
        raise SystemExit(f"{server.name}: {failures} of {requests} requests failed; the figures would say nothing")
    return {"rate": requests / (duration / 1e6), "p50": percentiles[0] / 1e3, "p90": percentiles[1] / 1e3,
            "p99": percentiles[2] / 1e3}


def medians(samples):
    return {key: statistics.median(sample[key] for sample in samples) for key in samples[0]}


def engine_alone(pack, engine, threads, image):
    command = [str(ROOT / ".build/release/engine-bench"), str(pack), engine, str(threads), str(image)]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def measure_mode(title, engines, options):
    threads = os.cpu_count()
    servers = []
    try:
        servers.append(ours(options.pack, engines, threads))
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
    alone = {engine: engine_alone(options.pack, engine, threads, options.image) for engine in engines}
    return {"mode": title, "results": [
        {"server": name, "clients": clients, **medians(values)} for (name, clients), values in samples.items()
    ], "alone": alone}


def report(mode):
    print(f"\n{mode['mode']}")
    rows = {(row["server"], row["clients"]): row for row in mode["results"]}
    for (name, clients), row in rows.items():
        print(f"  {name:10} {clients:3} clients  {row['rate']:7.1f} requests/s   "
              f"p50 {row['p50']:7.1f} ms   p90 {row['p90']:7.1f} ms   p99 {row['p99']:7.1f} ms")
    for clients in sorted({clients for _, clients in rows}):
        peers = [row for (name, count), row in rows.items() if count == clients and name != "ours"]
        mine = rows["ours", clients]
        rate = mine["rate"] / max(row["rate"] for row in peers)
        latency = mine["p50"] / min(row["p50"] for row in peers)
        print(f"  against the better peer at {clients:2} clients: {rate:.2f} × its requests/s, "
              f"{latency:.2f} × its median latency")
    # The limit: every engine after the other, on ready tensors, at the batch that suits it best.
    seconds = sum(1 / max(entry["rates"].values()) for entry in mode["alone"].values())
    single = sum(1 / entry["rates"]["1"] for entry in mode["alone"].values())
    prepare = next(iter(mode["alone"].values()))["preparationSeconds"] / os.cpu_count()
    best = rows["ours", max(clients for _, clients in rows)]["rate"]
    print(f"  engines alone on ready tensors: {1 / single:.1f} images/s one by one, {1 / seconds:.1f} at their best batch; "
          f"ours reaches {best * seconds:.2f} of the latter, {best * (seconds + prepare):.2f} with decoding counted")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pack", type=Path, required=True)
    parser.add_argument("--image", type=Path, required=True)
    parser.add_argument("--seconds", type=int, default=8)
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
        sys.stdout.flush()
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
