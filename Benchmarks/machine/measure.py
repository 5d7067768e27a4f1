"""Measures sealed machines against the same server as a bare process. Called by Benchmarks/machine.sh."""

import argparse
import json
import pathlib
import re
import signal
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent
IMAGE = ROOT / "Examples/images/harbour-1.jpg"
STAGES = [
    ("firmware and kernel, to process 1", "started"),
    ("process 1, to the application's start", "application"),
    ("the server, to ready", "ready"),
]
OWN_CODE = ["adyton-init", "GuestInit", "GuestInterface", "CGuest", "CConfinement"]
SERVER_CODE = ["adyton-server", "ServerTool", "InferenceServer", "InferenceProtocol", "ModelRuntime", "ModelPack", "Inference",
               "OnnxEngine", "COnnxRuntime", "CImageCodecs", "Diagnostics", "CLinux", "AttestationArguments", "AttestedTransport",
               "Attestation"]
TORCH_CODE = ["TorchEngine", "CTorch", "CTorchInterface"]


def table(title, head, rows):
    print(f"\n{title}\n| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")


def server_options(engines):
    return ["--engine", "onnx"] if engines == "onnx" else []


def package(adyton, folder, engines):
    """Packs the root of these engines; returns the package and how long it took."""
    key, config, out = folder / "signer.pem", folder / f"{engines}.json", folder / f"{engines}.adyton"
    if not key.exists():
        subprocess.run([adyton, "keygen", "-o", key], check=True, stdout=subprocess.DEVNULL)
    config.write_text(json.dumps({
        "ApplicationPath": "/adyton/bin/adyton-server",
        "ApplicationParameters": ["/adyton/model", "--host", "0.0.0.0", "--port", "8443", "--attest", "machine",
                                  "--health-port", "8080", *server_options(engines)],
        "MemorySize": "1g", "Ports": [8443], "Attestation": "required", "Readiness": {"Port": 8080, "Path": "/v2/health/ready"},
        "ModelPacks": ["/adyton/model"], "User": "1000:1000",
    }))
    start = time.monotonic()
    subprocess.run([adyton, "package", "--force", "--owner", "0:0", "-o", out, folder / engines, key, config],
                   check=True, stdout=subprocess.DEVNULL)
    return out, time.monotonic() - start


def wait_for(process, log, pattern, limit=240):
    """The first match in what a process writes."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if found := re.search(pattern, log.read_text()):
            return found
        if process.poll() is not None:
            break
        time.sleep(0.01)
    raise SystemExit(f"no {pattern!r} from {process.args[0]}:\n{log.read_text()}")


def answer(adyton, address, trust):
    """One answer; in a machine that takes its proof first."""
    subprocess.run([adyton, "infer", address, "--timeout", "120", *trust, IMAGE], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


def trust_in(adyton, package, folder):
    """The options of a client that demands this package, on this developer's machines."""
    root, policy = folder / "root.pem", folder / "policy.json"
    for path, command in [(root, ["developer-root", "--pem"]),
                          (policy, ["policy", "from", "--trust-insecure-developer-root", root, package])]:
        path.write_bytes(subprocess.run([adyton, *command], check=True, capture_output=True).stdout)
    return ["--policy", policy, "--trust-insecure-developer-root", root]


def load(address, clients, seconds):
    """Requests a second of so many clients."""
    output = subprocess.run(
        ["wrk", "--threads", "1", "--connections", str(clients), "--duration", f"{seconds}s", "--timeout", "60s", "--script",
         HERE.parent / "serving/post.lua", address, "--", IMAGE],
        capture_output=True, text=True, check=True).stdout
    requests, duration, failures = map(int, re.search(r"RESULT (\d+) (\d+) (\d+)", output).groups())
    if failures or not requests:
        raise SystemExit(f"{failures} of {requests} requests failed; the figures would say nothing")
    return requests / (duration / 1e6)


def in_machine(adyton, package, seconds):
    """Times of a start, by stage, and the rate of four clients."""
    with tempfile.TemporaryDirectory() as scratch:
        log = pathlib.Path(scratch) / "log"
        trust = trust_in(adyton, package, pathlib.Path(scratch))
        start = time.monotonic()
        with log.open("w") as out:
            run = subprocess.Popen([adyton, "run", "--timing", "--accelerator", "tcg", package], stdin=subprocess.DEVNULL,
                                   stdout=out, stderr=subprocess.STDOUT)
        try:
            address = "https://" + wait_for(run, log, r"of the guest is (127\.0\.0\.1:\d+)\n")[1]
            wait_for(run, log, r"is ready")
            answer(adyton, address, trust)
            first = time.monotonic() - start
            times = {name: float(at) for at, name in re.findall(r"([\d.]+) s +(\w+)", log.read_text())}
            return times, first, load(address, 4, seconds)
        finally:
            run.send_signal(signal.SIGTERM)
            run.wait()


def bare(adyton, root, engines, seconds):
    """The same binaries without a machine: seconds to the first answer, and the rate of four clients."""
    with tempfile.TemporaryDirectory() as scratch:
        log = pathlib.Path(scratch) / "log"
        start = time.monotonic()
        with log.open("w") as out:
            server = subprocess.Popen([root / "adyton/bin/adyton-server", root / "adyton/model", "--port", "0",
                                       *server_options(engines)], stdout=out, stderr=subprocess.STDOUT)
        try:
            address = wait_for(server, log, r"listening on (http://127\.0\.0\.1:\d+)")[1]
            wait_for(server, log, r"model ready")
            answer(adyton, address, ["--insecure-plaintext"])
            return time.monotonic() - start, load(address, 4, seconds)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait()


def trusted_base(folder, package, engines):
    """Every binary of a package, and the lines of our own code in the guest."""
    rows = []
    for part in subprocess.run(["tar", "tvf", package], capture_output=True, text=True, check=True).stdout.splitlines():
        fields = part.split(maxsplit=5)
        rows.append((f"package: {fields[5]}", f"{int(fields[2]):,}"))
    for path in sorted((folder / engines).rglob("*")):
        if path.is_file() and not path.is_symlink() and path.read_bytes()[:4] == b"\x7fELF":
            rows.append((f"root: {path.relative_to(folder / engines)}", f"{path.stat().st_size:,}"))
    server = SERVER_CODE + (TORCH_CODE if engines == "both" else [])
    for name, modules in [("our own lines, process 1", OWN_CODE), ("our own lines, server", server)]:
        files = [path for module in modules for path in (ROOT / "Sources" / module).rglob("*")
                 if path.suffix in {".swift", ".c", ".cpp", ".h"}]
        rows.append((name, f"{sum(len(path.read_text().splitlines()) for path in files):,}"))
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--folder", type=pathlib.Path, required=True)
    parser.add_argument("--seconds", type=int, default=8)
    options = parser.parse_args()
    adyton = (options.build / "adyton").resolve()
    starts, serving = [], []
    for engines in ["onnx", "both"]:
        packed, seconds = package(adyton, options.folder, engines)
        times, first, inside = in_machine(adyton, packed, options.seconds)
        alone, outside = bare(adyton, options.folder / engines, engines, options.seconds)
        before, cells = 0.0, []
        for _, stage in STAGES:
            cells.append(f"{times[stage] - before:.1f} s")
            before = times[stage]
        starts.append([engines, *cells, f"{first - before:.1f} s", f"**{first:.1f} s**", f"{alone:.2f} s", f"{seconds:.1f} s"])
        serving.append([engines, f"{inside:.2f}", f"{outside:.1f}", f"{inside / outside:.3f}"])
        table(f"Trusted base, {engines}", ["what", "bytes or lines"], trusted_base(options.folder, packed, engines))
    table("From `adyton run` to the first answer, software emulation",
          ["package", *(name for name, _ in STAGES), "first answer after that", "all", "bare process", "packing"], starts)
    table("Requests a second, four clients", ["package", "in the machine", "bare process", "ratio"], serving)


if __name__ == "__main__":
    main()
