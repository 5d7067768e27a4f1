"""Prints both sides' medians: lines of "ours JSON" and "peer JSON" on standard input."""

import collections
import json
import statistics
import sys


def main():
    times = collections.defaultdict(lambda: collections.defaultdict(list))
    for line in sys.stdin:
        side, numbers = line.split(" ", 1)
        for name, value in json.loads(numbers).items():
            times[name][side].append(value)
    for name, sides in sorted(times.items()):
        ours, peer = (statistics.median(sides[side]) for side in ("ours", "peer"))
        print(f"{name:5} ours {ours:7.3f} ms   peer {peer:7.3f} ms   ratio {ours / peer:.2f}")


if __name__ == "__main__":
    main()
