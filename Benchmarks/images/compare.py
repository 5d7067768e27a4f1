"""Compares both sides' times: lines of "ours JSON" and "pillow JSON" on standard input, compare.py LIMIT.

Prints the medians over all lines, and fails where decoding and resizing takes more than LIMIT of Pillow's time.
"""

import collections
import json
import statistics
import sys


def main():
    limit = float(sys.argv[1])
    times = collections.defaultdict(lambda: collections.defaultdict(list))
    for line in sys.stdin:
        side, numbers = line.split(" ", 1)
        for name, value in json.loads(numbers).items():
            times[name][side].append(value)
    ratios = {}
    for name, sides in sorted(times.items()):
        medians = {side: statistics.median(values) for side, values in sides.items()}
        text = "".join(f"{side} {value:6.2f} ms   " for side, value in medians.items())
        if len(medians) == 2:
            ratios[name] = medians["ours"] / medians["pillow"]
            text += f"ratio {ratios[name]:.2f}"
        print(f"{name:17}{text}")
    if ratios["decodeAndResize"] > limit:
        sys.exit(f"decodeAndResize takes more than {limit} of Pillow's time")


if __name__ == "__main__":
    main()
