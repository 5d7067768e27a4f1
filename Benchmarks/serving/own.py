"""Measures our server against its own limits: share of what the engines allow, tails, overload, cost and memory.

    Benchmarks/serving/own.py --pack PACK --image IMAGE [--seconds 8] [--part NAME...] [--json FILE]

Parts: share (closed loops of 1 to 64 clients against the engine alone with decoding counted), overload (ten times the
load that can be served), cost (what the server adds to engine and decoding), memory (idle, beside the weights).
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from pathlib import Path

import load
import serving

PARTS = ["memory", "cost", "share", "overload"]
SMALL_PACK = serving.ROOT / "Models/signal-flags"


def tiny_image():
    """The smallest image that a server takes."""
    program = ("import io, sys\nfrom PIL import Image\nout = io.BytesIO()\n"
               "Image.new('RGB', (8, 8), 'red').save(out, 'PNG')\nsys.stdout.buffer.write(out.getvalue())")
    return serving.subprocess.run([str(serving.PYTHON), "-c", program], capture_output=True, check=True).stdout


def processor_seconds(process):
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(process):
    """Bytes of private and of all memory, as the kernel counts them."""
    fields = {}
    for line in Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, value = line.split(":")
        fields[name] = int(value.split()[0]) * 1024
    return {"resident": fields["Rss"], "private": fields["Private_Dirty"] + fields["Private_Clean"],
            "shared": fields["Shared_Clean"] + fields["Shared_Dirty"]}


def bench(pack, engine, image, threads, precision="float32", batches=(1, 4, 8, 16)):
    command = [str(serving.ROOT / ".build/release/adyton"), "bench", str(pack), "--json", "--engine", engine,
               "--precision", precision, "--threads", str(threads), "--image", str(image), "--seconds", "2"]
    for batch in batches:
        command += ["--batch", str(batch)]
    return json.loads(serving.subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def limit_of(reports):
    """Images a second that the engines one after the other reach with decoding on the same cores."""
    seconds = sum(1 / max(item["imagesPerSecond"] for item in report["settings"]) for report in reports)
    return 1 / (seconds + reports[0]["preparationMilliseconds"] / 1e3 / os.cpu_count()), 1 / seconds


def measure_share(options, engines, precision):
    reports = [bench(options.pack, engine, options.image, os.cpu_count(), precision) for engine in engines]
    limit, engine_limit = limit_of(reports)
    server = serving.ours(options.pack, engines, os.cpu_count(), ["--precision", precision] if precision != "float32" else [])
    rows = []
    try:
        serving.load(server, options.image, 4, 2)
        for clients in options.clients:
            samples = [serving.load(server, options.image, clients, options.seconds) for _ in range(options.rounds)]
            rows.append({"clients": clients, **serving.medians(samples)})
    finally:
        server.stop()
    for row in rows:
        row["share"] = row["rate"] / limit
        row["tail"] = row["p99"] / row["p50"]
        print(f"  {'+'.join(engines)} {precision}, {row['clients']:2} clients: {row['rate']:6.1f} requests/s, "
              f"{row['share']:.2f} of the limit {limit:.1f}, p50 {row['p50']:.1f} ms, p99/p50 {row['tail']:.2f}")
    return {"engines": engines, "precision": precision, "limit": limit, "engineLimit": engine_limit, "rows": rows,
            "agreement": [entry for report in reports for entry in report["selfTest"]]}


def measure_overload(options):
    server = serving.ours(options.pack, ["onnx"], os.cpu_count())
    try:
        request = load.form_request(server.port, options.image.read_bytes())
        asyncio.run(load.closed(server.port, request, 4, 2))
        peak = asyncio.run(load.closed(server.port, request, 32, options.seconds))
        best = peak.count(200) / peak.seconds
        over = asyncio.run(load.steady(server.port, request, 10 * best, options.seconds))
        after = asyncio.run(load.closed(server.port, request, 32, options.seconds / 2))
    finally:
        server.stop()
    report = {
        "peak": best, "offered": 10 * best, "served": over.count(200) / over.seconds,
        "refused": over.count(429, 503) / over.seconds, "failed": dict(over.failures),
        "other": sorted(set(over.latencies) - {200, 429, 503}),
        "refusalP50": over.percentile(0.5, 429, 503), "refusalP99": over.percentile(0.99, 429, 503),
        "servedP50": over.percentile(0.5, 200), "servedP99": over.percentile(0.99, 200),
        "afterwards": after.count(200) / after.seconds,
    }
    print(f"  overload: peak {best:.1f} requests/s; offered {10 * best:.0f}, served {report['served']:.1f} "
          f"({report['served'] / best:.2f} of the peak), refused {report['refused']:.0f}; refusals after "
          f"p50 {report['refusalP50'] or 0:.1f} ms, p99 {report['refusalP99'] or 0:.1f} ms; served p50 "
          f"{report['servedP50'] or 0:.0f} ms, p99 {report['servedP99'] or 0:.0f} ms; failures {report['failed']}; "
          f"afterwards {report['afterwards']:.1f}")
    return report


def measure_cost(options):
    """A tiny image to the small model, one client: what lies between the client's clock and engine and decoder."""
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder) / "tiny.png"
        image.write_bytes(tiny_image())
        alone = bench(SMALL_PACK, "onnx", image, 1, batches=(1,))
        server = serving.ours(SMALL_PACK, ["onnx"], 1)
        try:
            request = load.form_request(server.port, image.read_bytes())
            serving.load(server, image, 1, 2)
            before, begin = processor_seconds(server.process), time.monotonic()
            sample = serving.load(server, image, 1, options.seconds)
            used = processor_seconds(server.process) - before
            requests = sample["rate"] * (time.monotonic() - begin)
        finally:
            server.stop()
    engine = alone["settings"][0]["medianMilliseconds"] + alone["preparationMilliseconds"]
    report = {"latencyMicroseconds": sample["p50"] * 1e3, "engineAndDecoderMicroseconds": engine * 1e3,
              "ownMicroseconds": (sample["p50"] - engine) * 1e3, "processorMicroseconds": used / requests * 1e6,
              "ownProcessorMicroseconds": used / requests * 1e6 - engine * 1e3}
    print(f"  cost: {report['latencyMicroseconds']:.0f} µs a request, {engine * 1e3:.0f} µs of it engine and decoder: "
          f"{report['ownMicroseconds']:.0f} µs are the server's (processor time: "
          f"{report['ownProcessorMicroseconds']:.0f} µs)")
    return report


def measure_memory(options):
    server = serving.ours(options.pack, ["onnx"], os.cpu_count())
    try:
        time.sleep(2)
        fresh = resident(server.process)
        serving.load(server, options.image, 16, 4)
        time.sleep(2)
        used = resident(server.process)
    finally:
        server.stop()
    weights = (options.pack / "model.onnx").stat().st_size
    report = {"weights": weights, "fresh": fresh, "afterLoad": used}
    print(f"  memory beside {weights / 1e6:.0f} MB of weights: {(fresh['resident'] - weights) / 1e6:.1f} MB when ready, "
          f"{(used['resident'] - weights) / 1e6:.1f} MB idle after a load of 16 clients")
    return report


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pack", type=Path, required=True)
    parser.add_argument("--image", type=Path, required=True)
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 4, 16, 64])
    parser.add_argument("--part", choices=PARTS, nargs="+", default=PARTS)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    options.pack, options.image = options.pack.resolve(), options.image.resolve()
    (serving.ROOT / ".cache").mkdir(exist_ok=True)
    report = {}
    if "memory" in options.part:
        report["memory"] = measure_memory(options)
    if "cost" in options.part:
        report["cost"] = measure_cost(options)
    if "share" in options.part:
        report["share"] = [measure_share(options, ["onnx"], "float32")]
        card = json.loads((options.pack / "model-card.json").read_text())
        options.clients = [16]
        report["share"].append(measure_share(options, ["onnx", "torch"], "float32"))
        if "bfloat16" in card.get("reducedPrecision", {}):
            report["share"].append(measure_share(options, ["torch"], "bfloat16"))
    if "overload" in options.part:
        report["overload"] = measure_overload(options)
    sys.stdout.flush()
    if options.json:
        options.json.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
