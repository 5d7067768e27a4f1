"""Draws hundreds of images and says what Pillow and torchvision make of them.

    python images.py FOLDER [FILE…]

Writes to FOLDER each image, `NAME.rgb` (Pillow's pixels), `NAME.resized` (Pillow's resize of them), `NAME.tensor`
(torchvision's numbers) and `cases.json`; and damaged copies of them with `NAME.rgb` where Pillow decodes one all the
same, and `damaged.json`. FILEs are taken as further images. The same seed draws the same images.
"""

import io
import json
import pathlib
import random
import subprocess
import sys

import torch

# torchvision registers fakes for its compiled operators; without them its import fails, and nothing here calls them.
library = torch.library.Library("torchvision", "DEF")
for operator in ("nms", "qnms"):
    library.define(operator + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

import numpy
from PIL import Image
from torchvision import transforms

import png_writer

SIZES = [1, 2, 3, 5, 7, 8, 9, 13, 16, 17, 31, 32, 33, 61, 64, 97, 127, 131, 199, 257, 389]
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
rng = random.Random(20)
# Pillow raises for twice as many: a damaged header may ask for gigabytes.
Image.MAX_IMAGE_PIXELS = 1 << 20


def size():
    return rng.choice(SIZES), rng.choice(SIZES)


def drawing(width, height, mode):
    """A smooth image with noise and an edge."""
    noise = numpy.random.default_rng(rng.randrange(1 << 30))
    y, x = numpy.mgrid[0:height, 0:width]
    bands = len(mode)
    planes = [(x * rng.uniform(-3, 3) + y * rng.uniform(-3, 3) + 127 * ((x + y) % 37 > 18)) for _ in range(bands)]
    pixels = numpy.stack(planes, axis=-1) + noise.normal(0, 25, (height, width, bands))
    pixels = (numpy.abs(pixels) % 256).astype(numpy.uint8)
    return Image.fromarray(pixels[:, :, 0] if bands == 1 else pixels, mode)


def jpeg(image, **options):
    file = io.BytesIO()
    image.save(file, "JPEG", **options)
    return file.getvalue()


def tool(arguments, data):
    return subprocess.run(arguments, input=data, stdout=subprocess.PIPE, check=True).stdout


def without_segment(data, marker):
    """The file without its first segment of a marker."""
    start = data.index(bytes([0xFF, marker]))
    return data[:start] + data[start + 2 + int.from_bytes(data[start + 2:start + 4], "big"):]


def with_adobe_transform(data, transform):
    place = data.index(b"Adobe") + 11
    return data[:place] + bytes([transform]) + data[place + 1:]


def png_cases():
    for kind, depth in png_writer.KINDS:
        for interlaced in (False, True):
            for repeat in range(8):
                width, height = size() if repeat else (rng.randrange(1, 9), rng.randrange(1, 9))
                options = {}
                if kind == png_writer.PALETTE:
                    # A short palette leaves indexes without a colour.
                    colours = 1 << depth if repeat % 2 else rng.randrange(1, (1 << depth) + 1)
                    options["palette"] = rng.randbytes(3 * colours)
                    if repeat > 2:
                        options["between"] = png_writer.chunk(b"tRNS", rng.randbytes(rng.randrange(1, colours + 1)))
                elif repeat > 2 and kind in (png_writer.GREY, png_writer.COLOUR):
                    samples = png_writer.SAMPLES[kind]
                    options["between"] = png_writer.chunk(b"tRNS", b"\0\1" * samples)
                if repeat == 4:
                    options["before"] = png_writer.chunk(b"gAMA", (30000).to_bytes(4, "big"))
                    options["after"] = png_writer.chunk(b"tEXt", b"Comment\0behind the data")
                name = f"png-type{kind}-{depth}bit{'-adam7' if interlaced else ''}-{repeat}"
                yield name, png_writer.write(width, height, depth, kind, rng, interlaced, **options)
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"):
        image = drawing(*size(), "RGB")
        image = image.convert("L").convert("I;16") if mode == "I;16" else image.convert(mode)
        file = io.BytesIO()
        image.save(file, "PNG")
        yield f"png-pillow-{mode.replace(';', '')}", file.getvalue()


def jpeg_cases():
    for mode in ("L", "RGB", "CMYK"):
        for subsampling in ("4:4:4", "4:2:2", "4:2:0"):
            for progressive in (False, True):
                for repeat in range(4):
                    quality = rng.choice([5, 30, 75, 92, 100])
                    data = jpeg(drawing(*size(), mode), quality=quality, subsampling=subsampling,
                                progressive=progressive, restart_marker_blocks=rng.choice([0, 0, 1, 5]))
                    name = f"{mode}-{subsampling.replace(':', '')}{'-progressive' if progressive else ''}-{repeat}"
                    yield "jpeg-" + name, data
                    if mode == "CMYK":
                        yield f"jpeg-ycck-{name}", with_adobe_transform(data, 2)
                        yield f"jpeg-plain-{name}", without_segment(data, 0xEE)
    for repeat in range(4):
        data = jpeg(drawing(*size(), "RGB"), keep_rgb=True, quality=80)
        yield f"jpeg-rgb-{repeat}", data
        yield f"jpeg-rgb-by-names-{repeat}", without_segment(data, 0xEE)
        yield f"jpeg-extreme-{repeat}", jpeg(drawing(*[(1, 700), (700, 2), (3, 697), (691, 1)][repeat], "RGB"))
    # What libjpeg warns of although every pixel is there.
    data = jpeg(drawing(67, 45, "RGB"))
    yield "jpeg-bytes-before-end", data[:-2] + bytes(7) + data[-2:]
    yield "jpeg-bytes-behind-end", data + b"a trailer"
    yield "jpeg-future-jfif", data.replace(b"JFIF\0\1", b"JFIF\0\7", 1)
    yield "jpeg-no-jfif", without_segment(data, 0xE0)
    yield "jpeg-unknown-transform", with_adobe_transform(jpeg(drawing(40, 30, "RGB"), keep_rgb=True), 9)


def turbo_cases():
    """What Pillow cannot write, from libjpeg-turbo's own tools."""
    for sample in ("1x2", "2x2", "2x1", "4x1", "1x4", "4x2", "2x4", "3x1", "1x3", "3x2", "1x1,1x2,2x1", "2x2,2x1,1x2"):
        for options in ([], ["-progressive"], ["-arithmetic"], ["-restart", "1"]):
            image = io.BytesIO()
            drawing(*size(), "RGB").save(image, "PPM")
            data = tool(["cjpeg", "-quality", "85", "-sample", sample, *options], image.getvalue())
            yield f"jpeg-sample-{sample.replace(',', '-')}{''.join(options).replace(' ', '')}", data
    for mode, subsampling in (("RGB", "4:2:2"), ("RGB", "4:2:0"), ("L", "4:4:4"), ("CMYK", "4:2:0")):
        for options in (["-rotate", "90"], ["-arithmetic"], ["-arithmetic", "-progressive"], ["-restart", "2B"]):
            data = jpeg(drawing(*size(), mode), subsampling=subsampling)
            name = f"jpeg-tran-{mode}-{subsampling.replace(':', '')}{''.join(options)}"
            yield name, tool(["jpegtran", "-copy", "all", *options], data)


def target():
    """Sizes up and down, one side kept now and then."""
    return rng.choice(SIZES + [500]), rng.choice(SIZES + [500])


def describe(folder, name, data):
    image = Image.open(io.BytesIO(data)).convert("RGB")
    (folder / f"{name}.rgb").write_bytes(image.tobytes())
    width, height = target()
    if rng.random() < 0.1:
        width = image.width
    if rng.random() < 0.1:
        height = image.height
    (folder / f"{name}.resized").write_bytes(image.resize((width, height), Image.Resampling.BILINEAR).tobytes())
    short, crop_width, crop_height = rng.choice([(256, 224, 224)] + 3 * [(64, 57, 49), (33, 48, 21), (97, 97, 130)])
    if max(image.size) > 40 * min(image.size):
        short = 9  # the longer side stays in bounds
    tensor = transforms.Compose([
        transforms.Resize(short, transforms.InterpolationMode.BILINEAR, antialias=True),
        transforms.CenterCrop((crop_height, crop_width)), transforms.ToTensor(),
        transforms.Normalize(MEAN, DEVIATION),
    ])(image)
    (folder / f"{name}.tensor").write_bytes(tensor.contiguous().numpy().astype("<f4").tobytes())
    return {
        "name": name, "width": image.width, "height": image.height, "resizedWidth": width, "resizedHeight": height,
        "preprocessing": {
            "colorMode": "RGB", "resize": {"shortSide": short, "interpolation": "bilinear", "antialias": True},
            "crop": {"width": crop_width, "height": crop_height, "anchor": "center"},
            "mean": MEAN, "standardDeviation": DEVIATION,
        },
    }


def damaged(data):
    """A copy with a few bytes changed, mostly in its headers, and a PNG's checksums made right again."""
    data = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 4])):
        place = rng.randrange(min(len(data), 700))
        change = rng.randrange(4)
        if change == 0:
            data[place] ^= 1 << rng.randrange(8)
        elif change == 1:
            data[place] = rng.randrange(256)
        elif change == 2:
            del data[place:place + rng.randrange(1, 4)]
        else:
            data[place:place] = rng.randbytes(rng.randrange(1, 4))
    return png_writer.repaired(data)


def describe_damaged(folder, name, data):
    (folder / name).write_bytes(data)
    try:
        image = Image.open(io.BytesIO(data)).convert("RGB")
    except Exception:  # Pillow raises whatever its parsers come upon
        return {"name": name}
    (folder / f"{name}.rgb").write_bytes(image.tobytes())
    return {"name": name, "width": image.width, "height": image.height}


def main():
    folder = pathlib.Path(sys.argv[1])
    torch.set_num_threads(1)
    cases = []
    for source in (png_cases(), jpeg_cases(), turbo_cases(),
                   ((pathlib.Path(path).name, pathlib.Path(path).read_bytes()) for path in sys.argv[2:])):
        for name, data in source:
            (folder / name).write_bytes(data)
            cases.append(describe(folder, name, data))
    (folder / "cases.json").write_text(json.dumps(cases))
    small = [data for data in ((folder / case["name"]).read_bytes() for case in cases) if len(data) < 4000]
    copies = [describe_damaged(folder, f"damaged-{i}", damaged(rng.choice(small))) for i in range(1500)]
    (folder / "damaged.json").write_text(json.dumps(copies))


if __name__ == "__main__":
    main()
