"""Holds the server at a steady rate, and watches its answers and its memory; see Scripts/soak.sh."""

import argparse
import asyncio
import os
import statistics
import time
from pathlib import Path

import load
import markdown
import own
import serving

SHARE = 0.8
#: A machine that others use too may lose a third of its speed for minutes. While it is busier than this, the rate goes down,
#: or the soak would measure its neighbours.
BUSIEST = 0.95
CHECKED_EVERY = 5
ALLOWED_GROWTH = 8e6
#: So many requests may be under way: where the host stops for a tenth of a second, more come meanwhile than the server's own
#: bounds let in, and a soak has no use for refusals, right as they are.
UNDER_WAY = 512
#: What the allocator and the engines take in at first does not count as growth: so many seconds of the load go before.
WARM_UP = 30
PIECES = 8


def sample(server):
    folder = Path(f"/proc/{server.process.pid}")
    return {"time": time.monotonic(), "resident": own.resident(server.process)["resident"],
            "threads": len(list((folder / "task").iterdir())), "files": len(list((folder / "fd").iterdir()))}


def busy_ticks():
    """The ticks of all cores, busy and all; time that the host took away counts as busy."""
    ticks = [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)


async def hold(server, request, rate, seconds):
    """Sends at the rate, or below it where the machine is too slow for it, and notes what the server holds every second."""
    samples, current = [], rate

    async def watch():
        while True:
            samples.append(sample(server))
            await asyncio.sleep(1)

    async def steer():
        nonlocal current
        before = busy_ticks()
        while True:
            await asyncio.sleep(CHECKED_EVERY)
            now = busy_ticks()
            share = (now[0] - before[0]) / max(now[1] - before[1], 1)
            current, before = max(current * 0.9, rate / 4) if share > BUSIEST else min(current * 1.05, rate), now

    helpers = [asyncio.create_task(watch()), asyncio.create_task(steer())]
    try:
        return await load.steady(server.port, request, lambda: current, seconds), samples
    finally:
        for helper in helpers:
            helper.cancel()


def report(samples):
    """One row an eighth of the time."""
    rows = []
    for index in range(PIECES):
        piece = samples[len(samples) * index // PIECES:len(samples) * (index + 1) // PIECES]
        if piece:
            rows.append([f"{(piece[-1]['time'] - samples[0]['time']) / 60:.1f}",
                         f"{statistics.median(one['resident'] for one in piece) / 1e6:.1f}",
                         f"{max(one['resident'] for one in piece) / 1e6:.1f}",
                         max(one["threads"] for one in piece), max(one["files"] for one in piece)])
    markdown.table(["until minute", "memory, MB (median)", "memory, MB (most)", "threads", "open files"], rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    length = parser.add_mutually_exclusive_group(required=True)
    length.add_argument("--seconds", type=float)
    length.add_argument("--requests", type=int, help="as long as so many take")
    parser.add_argument("--rate", type=float, help="requests a second; 80 %% of the rate that it reaches first unless said")
    parser.add_argument("--pack", type=Path, required=True)
    parser.add_argument("--image", type=Path, required=True)
    options = parser.parse_args()
    (serving.ROOT / ".cache").mkdir(exist_ok=True)
    bounds = ["--maximum-requests", str(UNDER_WAY), "--maximum-waiting", str(UNDER_WAY)]
    server = serving.ours(options.pack.resolve(), ["onnx"], os.cpu_count(), bounds)
    begun = os.getloadavg()[0]
    try:
        request = load.form_request(server.port, options.image.read_bytes())
        asyncio.run(load.closed(server.port, request, 16, 5))
        peak = asyncio.run(load.closed(server.port, request, 16, 5))
        reached = peak.count(200) / peak.seconds
        rate = options.rate or SHARE * reached
        seconds = options.seconds or options.requests / rate
        print(f"soak: {rate:.0f} requests/s, {rate / reached:.0%} of the {reached:.0f} that it reached, for "
              f"{seconds / 60:.1f} minutes; the machine's load was {begun:.1f}\n", flush=True)
        asyncio.run(hold(server, request, rate, WARM_UP))
        results, samples = asyncio.run(hold(server, request, rate, seconds))
    finally:
        server.stop()
    report(samples)
    quarter = max(len(samples) // 4, 1)
    first, last = (statistics.median(one["resident"] for one in part) for part in (samples[:quarter], samples[-quarter:]))
    total = sum(map(len, results.latencies.values())) + sum(results.failures.values())
    failed = total - results.count(200)
    statuses = {status: len(values) for status, values in sorted(results.latencies.items())}
    markdown.table(
        ["requests", "a second", "answers by status", "no answer", "p50, ms", "p99, ms", "growth, MB", "exit status", "load at the end"],
        [[total, f"{total / results.seconds:.0f}", statuses, dict(results.failures) or "none", f"{results.percentile(0.5, 200) or 0:.1f}",
          f"{results.percentile(0.99, 200) or 0:.1f}", f"{(last - first) / 1e6:+.1f}", server.process.returncode,
          f"{os.getloadavg()[0]:.1f}"]])
    if failed or last - first > ALLOWED_GROWTH or server.process.returncode != 0:
        raise SystemExit("soak: FAILED")
    print("soak: no error and no growth")


if __name__ == "__main__":
    main()
