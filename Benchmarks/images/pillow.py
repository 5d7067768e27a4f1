"""Times Pillow on one file: pillow.py FILE [REPETITIONS], median processor times in milliseconds as JSON."""

import io
import json
import statistics
import sys
import time

from PIL import Image


def median(repetitions, work):
    times = []
    for _ in range(repetitions):
        start = time.thread_time()
        work()
        times.append((time.thread_time() - start) * 1000)
    return statistics.median(times)


def main():
    data = open(sys.argv[1], "rb").read()
    repetitions = int(sys.argv[2]) if len(sys.argv) > 2 else 50

    def decode():
        return Image.open(io.BytesIO(data)).convert("RGB")

    image = decode()
    # torchvision's Resize(256): the shorter side, the other one truncated.
    short, long = min(image.size), max(image.size)
    target = (256, int(256 * long / short)) if image.width <= image.height else (int(256 * long / short), 256)

    def resize(source):
        return source.resize(target, Image.Resampling.BILINEAR)

    print(json.dumps({
        "decode": median(repetitions, decode),
        "resize": median(repetitions, lambda: resize(image)),
        "decodeAndResize": median(repetitions, lambda: resize(decode())),
    }))


if __name__ == "__main__":
    main()
