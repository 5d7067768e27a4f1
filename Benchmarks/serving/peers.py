"""Measures our server against other model servers of Python's registry, in one run on this machine.

    Benchmarks/serving/peers.py --pack PACK --image IMAGE [--clients 1 4 16 64] [--seconds 4] [--json FILE]

Every server gets the same photograph, decodes it and answers with the top five of ONNX Runtime, which may use every
core. Each is up alone while it is measured, for some keep the processor busy while idle; ours is measured before the
first and after the last, so that a change of the machine's mood shows. A peer that cannot be installed or does not
answer is named with its error, and left out. Takes five minutes behind --install.
"""

import argparse
import base64
import contextlib
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import markdown
import serving

HERE = Path(__file__).resolve().parent
PEERS = HERE / "peers"
CACHE = serving.ROOT / ".cache/peers"
WORKERS = 1


def form(image):
    boundary = "adyton-benchmark-boundary-7f3a"
    body = (f"--{boundary}\r\nContent-Disposition: form-data; name=\"image\"; filename=\"image.jpg\"\r\n"
            "Content-Type: image/jpeg\r\n\r\n").encode() + image + f"\r\n--{boundary}--\r\n".encode()
    return {"Content-Type": f"multipart/form-data; boundary={boundary}"}, body


def raw(image):
    return {"Content-Type": "image/jpeg"}, image


def tensor(image, shape, kind, data):
    head = json.dumps({"inputs": [{"name": "image", "shape": shape, "datatype": kind,
                                   "parameters": {"binary_data_size": len(data)}}]}).encode()
    return {"Content-Type": "application/octet-stream", "Inference-Header-Content-Length": str(len(head))}, head + data


def binary_bytes(image):
    return tensor(image, [1, 1], "BYTES", len(image).to_bytes(4, "little") + image)


def binary_octets(image):
    return tensor(image, [len(image)], "UINT8", image)


def base64_json(image):
    return {"Content-Type": "application/json"}, json.dumps({"inputs": [{
        "name": "image", "shape": [1, 1], "datatype": "BYTES", "parameters": {"content_type": "base64"},
        "data": [base64.b64encode(image).decode()]}]}).encode()


# name: (program of its environment, its arguments, path, how the request looks)
SERVERS = {
    "ours": (None, [], "/evaluate", form),
    "flask": (None, [], "/evaluate", form),
    "litserve": ("python", ["litserve_peer.py", "{port}", str(WORKERS)], "/predict", form),
    "bentoml": ("bentoml", ["serve", "bentoml_peer:Classifier", "--host", "127.0.0.1", "--port", "{port}"],
                "/predict", form),
    "ray": ("python", ["ray_peer.py", "{port}", str(WORKERS)], "/", raw),
    "kserve": ("python", ["kserve_peer.py", "{port}", str(WORKERS)], "/v2/models/alexnet/infer", binary_octets),
    "mlserver": ("mlserver", ["start", "{folder}"], "/v2/models/alexnet/infer", base64_json),
    "triton": ("python", ["triton_peer.py", "{port}"], "/v2/models/alexnet/infer", binary_bytes),
}


def requirements(name):
    for line in (PEERS / "requirements.txt").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return line.partition(":")[2].split()
    raise KeyError(name)


def install(name):
    """Makes the peer's environment, once."""
    folder = CACHE / name
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([serving.PYTHON, "-m", "venv", folder], check=True)
        subprocess.run([folder / "bin/pip", "install", "--quiet", "--disable-pip-version-check", *requirements(name)],
                       check=True, timeout=300)
        shared = subprocess.run([serving.PYTHON, "-c", "import site; print(site.getsitepackages()[0])"],
                                capture_output=True, text=True, check=True).stdout.strip()
        own = next((folder / "lib").glob("python3*")) / "site-packages"
        # After the environment's own packages in the search path.
        (own / "zz-shared.pth").write_text(shared + "\n")
        (folder / "complete").touch()
    return folder


class Peer:
    """A running server, and how it is asked."""

    def __init__(self, name, options):
        program, arguments, self.path, request = SERVERS[name]
        self.name = name
        self.headers, body = request(options.image.read_bytes())
        CACHE.mkdir(parents=True, exist_ok=True)
        self.body = CACHE / f"{name}.body"
        self.body.write_bytes(body)
        self.answer = ""
        if program is None:
            threads = os.cpu_count()
            self.server = (serving.ours(options.pack, ["onnx"], threads) if name == "ours"
                           else serving.peer(options.pack, ["onnx"], "flask", 1, threads))
            self.port, self.process = self.server.port, self.server.process
        else:
            self.server = None
            self.start(install(name), program, arguments, options)
        self.wait()

    def start(self, environment, program, arguments, options):
        self.port = serving.free_port()
        folder = CACHE / f"{self.name}-run"
        folder.mkdir(exist_ok=True)
        if self.name == "mlserver":
            (folder / "settings.json").write_text(json.dumps({
                "host": "127.0.0.1", "http_port": self.port, "grpc_port": serving.free_port(),
                "metrics_port": serving.free_port(), "parallel_workers": 0}))
            (folder / "model-settings.json").write_text(json.dumps({
                "name": "alexnet", "implementation": "mlserver_peer.Classifier", "max_batch_size": 16,
                "max_batch_time": 0.01}))
        command = [str(environment / "bin" / program)] + [
            part.format(port=self.port, folder=folder) for part in arguments]
        threads = str(os.cpu_count())
        variables = {**os.environ, "ADYTON_PACK": str(options.pack), "ADYTON_THREADS": threads,
                     "OMP_NUM_THREADS": threads, "PYTHONPATH": str(PEERS), "RAY_USAGE_STATS_ENABLED": "0",
                     "BENTOML_DO_NOT_TRACK": "1"}
        self.log = CACHE / f"{self.name}.log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(command, cwd=PEERS, env=variables, stdout=log, stderr=log,
                                            start_new_session=True)

    def wait(self, seconds=60):
        """Until an answer comes that a model could have given."""
        deadline, error = time.monotonic() + seconds, "no answer"
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                error = f"ended with {self.process.returncode}"
                break
            try:
                request = urllib.request.Request(f"http://127.0.0.1:{self.port}{self.path}", self.body.read_bytes(),
                                                 self.headers, method="POST")
                with urllib.request.urlopen(request, timeout=20) as answer:
                    self.answer = answer.read().decode()
                    return
            except urllib.error.HTTPError as failure:
                error = f"HTTP {failure.code}: {failure.read(200)!r}"
            except OSError as failure:
                error = str(failure)
            time.sleep(0.5)
        self.stop()
        lines = self.log.read_text(errors="replace").split("\n") if hasattr(self, "log") else []
        telling = [line.strip() for line in lines if "error" in line.lower()] or [line.strip() for line in lines] or [""]
        raise RuntimeError(f"{error}; its log: {telling[-1]}")

    def load(self, clients, seconds):
        arguments = [part for header in self.headers.items() for part in header]
        requests, duration, failures, *percentiles = serving.counted(
            f"http://127.0.0.1:{self.port}", PEERS / "post.lua", clients, seconds, self.path, self.body, *arguments)
        return {"rate": (requests - failures) / (duration / 1e6), "failures": failures,
                "p50": percentiles[0] / 1e3, "p99": percentiles[2] / 1e3}

    def stop(self):
        if self.server:
            self.server.stop()
            return
        for number, patience in ((signal.SIGTERM, 20), (signal.SIGKILL, 5)):
            try:
                # The session is its own: nobody else's process is in it.
                os.killpg(self.process.pid, number)
                self.process.wait(patience)
            except ProcessLookupError:
                return
            except subprocess.TimeoutExpired:
                continue


def measure(name, options):
    if time.monotonic() > options.end:
        return {"server": name, "error": "left out: the time was over"}
    try:
        peer = Peer(name, options)
    except (RuntimeError, OSError, subprocess.SubprocessError, SystemExit) as failure:
        return {"server": name, "error": " ".join(str(failure).split())[:300]}
    try:
        peer.load(4, 2)
        results = {clients: peer.load(clients, options.seconds) for clients in options.clients}
    finally:
        peer.stop()
    return {"server": name, "results": results, "answer": peer.answer[:200]}


def report(rows, mine, clients):
    markdown.title("ONNX Runtime, against other model servers")
    rates = {count: statistics.mean(results[count]["rate"] for results in mine) for count in clients}
    lines = []
    for row in rows:
        for count, result in row.get("results", {}).items():
            ratio = None
            if row["server"] != "ours" and result["rate"]:
                ratio = rates[count] / result["rate"]
                ratio = markdown.judged(ratio, 1) if count == 16 else f"{ratio:.2f}"
            lines.append([row["server"], count, f"{result['rate']:.1f}", f"{result['p50']:.1f}", f"{result['p99']:.1f}",
                          result["failures"], ratio])
    markdown.table(["server", "clients", "requests/s", "p50, ms", "p99, ms", "failed", "ours is so many times as fast"],
                   lines)
    for row in rows:
        if "error" in row:
            print(f"- {row['server']} could not be measured: {row['error']}")
    print(flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pack", type=Path, required=True)
    parser.add_argument("--image", type=Path, required=True)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 4, 16, 64])
    parser.add_argument("--servers", choices=[name for name in SERVERS if name != "ours"], nargs="+",
                        default=[name for name in SERVERS if name != "ours"])
    parser.add_argument("--install", action="store_true", help="make the peers' environments, and measure nothing")
    parser.add_argument("--budget", type=float, default=300, help="seconds after which no other server is begun")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    options.pack, options.image = options.pack.resolve(), options.image.resolve()
    options.end = time.monotonic() + options.budget
    if options.install:
        # One that fails says so when its turn comes.
        for name in options.servers:
            if SERVERS[name][0]:
                with contextlib.suppress(subprocess.SubprocessError, OSError):
                    install(name)
        return
    rows = [measure(name, options) for name in ["ours", *options.servers]]
    options.end += 60
    rows.append(measure("ours", options))
    mine = [row["results"] for row in rows if row["server"] == "ours" and "results" in row]
    if not mine:
        raise SystemExit(f"our own server could not be measured: {rows[0].get('error')}")
    report(rows, mine, options.clients)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())
