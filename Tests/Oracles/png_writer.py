"""Writes PNG files of every kind that the format knows, which Pillow cannot: any depth, Adam7, any filter, any chunk."""

import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, COLOUR, PALETTE, GREY_ALPHA, COLOUR_ALPHA = 0, 2, 3, 4, 6
SAMPLES = {GREY: 1, COLOUR: 3, PALETTE: 1, GREY_ALPHA: 2, COLOUR_ALPHA: 4}
# W3C PNG, 4.1: each colour type with the depths it may have.
KINDS = [
    (GREY, 1), (GREY, 2), (GREY, 4), (GREY, 8), (GREY, 16), (COLOUR, 8), (COLOUR, 16),
    (PALETTE, 1), (PALETTE, 2), (PALETTE, 4), (PALETTE, 8),
    (GREY_ALPHA, 8), (GREY_ALPHA, 16), (COLOUR_ALPHA, 8), (COLOUR_ALPHA, 16),
]
# W3C PNG, 8.2: first column, first row, step right, step down of each pass.
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def header(width, height, depth, kind, interlaced=0):
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, interlaced))


def packed(row, depth):
    """One row of samples as bytes, the leftmost sample in the highest bits."""
    if depth == 16:
        return b"".join(struct.pack(">H", sample) for sample in row)
    if depth == 8:
        return bytes(row)
    per_byte = 8 // depth
    row = list(row) + [0] * (-len(row) % per_byte)
    result = bytearray()
    for start in range(0, len(row), per_byte):
        value = 0
        for sample in row[start:start + per_byte]:
            value = value << depth | sample
        result.append(value)
    return bytes(result)


def paeth(a, b, c):
    pa, pb, pc = abs(b - c), abs(a - c), abs(a + b - 2 * c)
    return a if pa <= pb and pa <= pc else b if pb <= pc else c


def filtered(row, previous, distance, kind):
    result = bytearray([kind])
    for i, value in enumerate(row):
        a = row[i - distance] if i >= distance else 0
        b = previous[i]
        c = previous[i - distance] if i >= distance else 0
        result.append((value - [0, a, b, (a + b) // 2, paeth(a, b, c)][kind]) & 255)
    return bytes(result)


def lines(rows, depth, samples, rng):
    """The rows of a pass, each with a filter chosen at random."""
    distance = max(depth * samples // 8, 1)
    result, previous = b"", None
    for row in rows:
        line = packed(row, depth)
        result += filtered(line, previous or bytes(len(line)), distance, rng.randrange(5))
        previous = line
    return result


def write(width, height, depth, kind, rng, interlaced=False, before=b"", palette=None, between=b"", after=b""):
    """A whole file of random samples, smooth enough that resizing shows differences.

    The chunks of `before` come before the palette, those of `between` before the data, those of `after` behind it.
    """
    samples, top = SAMPLES[kind], (1 << depth) - 1
    slope = [rng.uniform(-0.02, 0.02) for _ in range(2 * samples)]
    rows = []
    for y in range(height):
        row = []
        for x in range(width):
            for s in range(samples):
                wave = (0.5 + slope[2 * s] * x + slope[2 * s + 1] * y) % 1
                row.append(min(int((wave * 0.7 + rng.random() * 0.3) * (top + 1)), top))
        rows.append(row)
    if kind == GREY and depth == 16:
        # Most 16-bit greys exceed 255 and are white for Pillow; keep half of them below.
        rows = [[v >> 8 if rng.random() < 0.5 else v for v in row] for row in rows]
    if interlaced:
        data = b""
        for left, first, right, down in ADAM7:
            part = [[v for x in range(left, width, right) for v in row[x * samples:(x + 1) * samples]]
                    for row in rows[first::down]]
            if part and part[0]:
                data += lines(part, depth, samples, rng)
    else:
        data = lines(rows, depth, samples, rng)
    file = SIGNATURE + header(width, height, depth, kind, int(interlaced)) + before
    if palette is not None:
        file += chunk(b"PLTE", palette)
    file += between
    compressed = zlib.compress(data, rng.choice([0, 1, 6, 9]))
    cut = rng.randrange(len(compressed) + 1)
    for part in (compressed[:cut], compressed[cut:]):
        file += chunk(b"IDAT", part)  # two of them, the first perhaps empty
    return file + after + chunk(b"IEND", b"")


def repaired(file):
    """The file with the right checksum behind each chunk; what is no PNG stays as it is."""
    file = bytearray(file)
    start = len(SIGNATURE) if file.startswith(SIGNATURE) else len(file)
    while start + 12 <= len(file):
        end = start + 8 + int.from_bytes(file[start:start + 4], "big")
        if end + 4 > len(file):
            break
        file[end:end + 4] = struct.pack(">I", zlib.crc32(file[start + 4:end]))
        start = end + 4
    return bytes(file)
