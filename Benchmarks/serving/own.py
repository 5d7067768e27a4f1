"""Measures our server against its own limits: share of what the engines allow, tails, overload, cost and memory.

    Benchmarks/serving/own.py --pack PACK --image IMAGE [--seconds 6] [--part NAME...] [--json FILE]

Parts: share (closed loops of 1 to 64 clients against the engine alone with decoding counted), overload (ten times the
load that can be served), cost (what the server adds to engine and decoding), memory (idle, beside the weights), attested
(through the attested connection against plain HTTP). All of them take four minutes.
"""

import argparse
import json
import os
import shutil
import tempfile
import time
import urllib.request
from pathlib import Path

import markdown
import serving

PARTS = ["memory", "cost", "share", "overload", "attested"]
POST = serving.HERE / "peers/post.lua"
#: After so many seconds without a request the server has given its memory back.
IDLE = 8
SMALL_PACK = serving.ROOT / "Models/signal-flags"


def tiny_image():
    """The smallest image that a server takes."""
    program = ("import io, sys\nfrom PIL import Image\nout = io.BytesIO()\n"
               "Image.new('RGB', (8, 8), 'red').save(out, 'JPEG')\nsys.stdout.buffer.write(out.getvalue())")
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
    return {"engines": engines, "precision": precision, "limit": limit, "engineLimit": engine_limit, "rows": rows,
            "agreement": [entry for report in reports for entry in report["selfTest"]]}


def report_shares(reports):
    markdown.title("Share of the limit: engines alone at their best batch, decoding on the same cores counted")
    markdown.table(
        ["engines", "precision", "clients", "requests/s", "limit", "share", "p50, ms", "p99, ms", "p99 / p50"],
        [["+".join(report["engines"]), report["precision"], row["clients"], f"{row['rate']:.1f}", f"{report['limit']:.1f}",
          markdown.judged(row["share"], 0.9) if row["clients"] == 16 else f"{row['share']:.2f}",
          f"{row['p50']:.1f}", f"{row['p99']:.1f}",
          markdown.judged(row["tail"], 1.5, least=False) if row["clients"] == 16 else f"{row['tail']:.2f}"]
         for report in reports for row in report["rows"]])


def offered(server, image, rate, seconds):
    """What becomes of so many requests a second, from more connections than may be under way at once."""
    connections = 512
    begin = processor_seconds(server.process)
    duration, served, refused, other, advised, failed, *latencies = serving.counted(
        server.address, serving.HERE / "overload.lua", connections, seconds, image, round(connections / rate * 1000))
    names = ["refusalP50", "refusalP99", "servedP50", "servedP99"]
    duration /= 1e6
    return {"served": served / duration, "refused": refused / duration, "other": other, "advised": advised / max(refused, 1),
            "failed": failed, "processors": (processor_seconds(server.process) - begin) / duration,
            **{name: value / 1e3 for name, value in zip(names, latencies)}}


def measure_overload(options):
    server = serving.ours(options.pack, ["onnx"], os.cpu_count())
    try:
        serving.load(server, options.image, 4, 2)
        best = serving.load(server, options.image, 64, options.seconds)["rate"]
        over = offered(server, options.image, 10 * best, options.seconds)
        after = serving.load(server, options.image, 64, options.seconds)["rate"]
    finally:
        server.stop()
    report = {"peak": best, "offered": 10 * best, **over, "afterwards": after}
    markdown.title("Ten times the load that can be served")
    markdown.table(
        ["peak, requests/s", "offered", "served", "share of the peak", "refused", "with Retry-After", "refusal p50, ms",
         "p99, ms", "served p50, ms", "p99, ms", "other or failed", "cores that the server had", "afterwards, requests/s"],
        [[f"{best:.1f}", f"{10 * best:.0f}", f"{over['served']:.1f}", markdown.judged(over["served"] / best, 0.9),
          f"{over['refused']:.0f}", f"{over['advised']:.0%}", f"{over['refusalP50']:.1f}",
          markdown.judged(over["refusalP99"], 50, 1, least=False), f"{over['servedP50']:.0f}",
          f"{over['servedP99']:.0f}", over["other"] + over["failed"], f"{over['processors']:.2f}", f"{after:.1f}"]])
    return report


def inferred(server, model):
    """How many rows the server's engines have computed, and in how many seconds."""
    with urllib.request.urlopen(f"{server.address}/v2/models/{model}/stats", timeout=10) as answer:
        statistics = json.load(answer)["model_stats"][0]
    return (statistics["inference_count"], sum(batch["compute_infer"]["ns"] for batch in statistics["batch_stats"]) / 1e9)


def measure_cost(options):
    """The small model, one client and many: what the server adds to engine and decoder."""
    report = {}
    with tempfile.TemporaryDirectory() as folder:
        image, numbers = Path(folder) / "tiny.jpg", Path(folder) / "numbers"
        image.write_bytes(tiny_image())
        numbers.write_bytes(bytes(4 * 3 * 96 * 96))
        decoder = bench(SMALL_PACK, "onnx", image, 1, batches=(1,))["preparationMilliseconds"] / 1e3
        infer = [f"/v2/models/{SMALL_PACK.name}/infer", numbers, "Inference-Header-Content-Length", "0"]
        kinds = {"tiny image": (decoder, lambda *load: serving.load(server, image, *load)),
                 "tensor": (0, lambda *load: serving.wrk(server, POST, *load, *infer))}
        server = serving.ours(SMALL_PACK, ["onnx"], 1)
        try:
            for kind, (decoder, ask) in kinds.items():
                for clients in 1, 16:
                    ask(clients, 2)
                    (rows, seconds), used = inferred(server, SMALL_PACK.name), processor_seconds(server.process)
                    sample = ask(clients, options.seconds)
                    used = processor_seconds(server.process) - used
                    rows, seconds = (now - then for now, then in zip(inferred(server, SMALL_PACK.name), (rows, seconds)))
                    floor = seconds / rows + decoder
                    report[f"{kind}, {clients}"] = {
                        "kind": kind, "clients": clients, "latency": sample["p50"] * 1e3, "floor": floor * 1e6,
                        "own": sample["p50"] * 1e3 - floor * 1e6 if clients == 1 else None,
                        "ownProcessor": (used / rows - floor) * 1e6}
        finally:
            server.stop()
    markdown.title("The server's own cost of a request, one thread")
    markdown.table(
        ["request", "clients", "p50, µs", "engine and decoder, µs", "the server's own time, µs", "processor time, µs"],
        [[row["kind"], row["clients"], f"{row['latency']:.0f}", f"{row['floor']:.0f}",
          None if row["own"] is None else markdown.judged(row["own"], 150, 0, least=False),
          markdown.judged(row["ownProcessor"], 150, 0, least=False)] for row in report.values()])
    return report


def measure_memory(options):
    server = serving.ours(options.pack, ["onnx"], os.cpu_count())
    try:
        time.sleep(IDLE)
        fresh = resident(server.process)
        serving.load(server, options.image, 16, 4)
        time.sleep(IDLE)
        used = resident(server.process)
    finally:
        server.stop()
    weights = (options.pack / "model.onnx").stat().st_size
    report = {"weights": weights, "fresh": fresh, "afterLoad": used}
    markdown.title("Memory beside the weights, ONNX Runtime alone, at rest")
    markdown.table(
        ["weights, MB", "when ready, MB", "after 16 clients, MB"],
        [[f"{weights / 1e6:.0f}", markdown.judged((fresh["resident"] - weights) / 1e6, 60, 1, least=False),
          markdown.judged((used["resident"] - weights) / 1e6, 60, 1, least=False)]])
    return report


def measure_attested(options):
    """The same server with and without the attested connection, in turns."""
    if not shutil.which("openssl"):
        raise SystemExit("openssl is missing; run Scripts/setup.sh test")
    samples, report = {"plain": [], "attested": []}, {}
    with tempfile.TemporaryDirectory() as folder:
        key = Path(folder) / "developer.pem"
        serving.subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out",
                                str(key)], check=True, capture_output=True)
        servers = []
        try:
            servers.append(serving.ours(options.pack, ["onnx"], os.cpu_count(), name="plain"))
            proof = ["--attest", "process", "--insecure-developer-key", str(key)]
            servers.append(serving.ours(options.pack, ["onnx"], os.cpu_count(), proof, "attested", "https"))
            for server in servers:
                serving.load(server, options.image, 4, 2)
            for _ in range(3):
                for server in servers:
                    samples[server.name].append(serving.load(server, options.image, 16, max(options.seconds // 2, 1)))
        finally:
            for server in servers:
                server.stop()
    report = {name: serving.medians(values) for name, values in samples.items()}
    report["ratio"] = report["attested"]["rate"] / report["plain"]["rate"]
    markdown.title("Through the attested connection, ONNX Runtime, 16 clients")
    markdown.table(["connection", "requests/s", "p50, ms", "p99, ms", "of plain HTTP"],
                   [[name, f"{report[name]['rate']:.1f}", f"{report[name]['p50']:.1f}", f"{report[name]['p99']:.1f}",
                     markdown.judged(report["ratio"], 0.9) if name == "attested" else None] for name in samples])
    return report


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pack", type=Path, required=True)
    parser.add_argument("--image", type=Path, required=True)
    parser.add_argument("--seconds", type=int, default=6)
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
        options.clients = [16]
        report["share"].append(measure_share(options, ["onnx", "torch"], "float32"))
        if serving.has_bfloat16(options.pack):
            report["share"].append(measure_share(options, ["torch"], "bfloat16"))
        report_shares(report["share"])
    if "overload" in options.part:
        report["overload"] = measure_overload(options)
    if "attested" in options.part:
        report["attested"] = measure_attested(options)
    if options.json:
        options.json.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
