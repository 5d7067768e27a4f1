"""Holds the server at 80 % of its peak, and watches its answers and its memory; see Scripts/soak.sh."""

import argparse
import asyncio
import os
import statistics
import sys
import time
from pathlib import Path

import load
import own
import serving

SHARE = 0.8
ALLOWED_GROWTH = 8e6


async def hold(server, request, rate, seconds):
    """Sends at the rate, and notes the memory every second."""
    memory = []

    async def watch():
        while True:
            memory.append((time.monotonic(), own.resident(server.process)["resident"]))
            await asyncio.sleep(1)

    watcher = asyncio.create_task(watch())
    try:
        return await load.steady(server.port, request, rate, seconds), memory
    finally:
        watcher.cancel()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--pack", type=Path, required=True)
    parser.add_argument("--image", type=Path, required=True)
    options = parser.parse_args()
    (serving.ROOT / ".cache").mkdir(exist_ok=True)
    server = serving.ours(options.pack.resolve(), ["onnx"], os.cpu_count())
    try:
        request = load.form_request(server.port, options.image.read_bytes())
        asyncio.run(load.closed(server.port, request, 16, 5))
        peak = asyncio.run(load.closed(server.port, request, 16, 5))
        rate = SHARE * peak.count(200) / peak.seconds
        print(f"soak: {rate:.0f} requests/s, {SHARE:.0%} of the peak, for {options.minutes:g} minutes", flush=True)
        results, memory = asyncio.run(hold(server, request, rate, options.minutes * 60))
    finally:
        server.stop()
    quarter = max(len(memory) // 4, 1)
    first, last = (statistics.median(value for _, value in part) for part in (memory[:quarter], memory[-quarter:]))
    total = sum(map(len, results.latencies.values()))
    failed = total - results.count(200) + sum(results.failures.values())
    print(f"soak: {total} answers, {failed} failures {dict(results.failures)}; latency p50 "
          f"{results.percentile(0.5, 200):.1f} ms, p99 {results.percentile(0.99, 200):.1f} ms; memory "
          f"{first / 1e6:.1f} MB in the first quarter, {last / 1e6:.1f} MB in the last, "
          f"{max(value for _, value in memory) / 1e6:.1f} MB at the most; ended with {server.process.returncode}")
    if failed or last - first > ALLOWED_GROWTH or server.process.returncode != 0:
        raise SystemExit("soak: FAILED")


if __name__ == "__main__":
    main()
