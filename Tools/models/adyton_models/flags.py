"""The 26 letter flags of the International Code of Signals, as flat cloth.

Each design is a function from a point of the cloth to a colour. `u` runs from the hoist (the edge at the halyard)
to the fly (the free edge), `v` from the top to the bottom, both from 0 to 1. Real flag lockers differ in their
proportions, so a design takes a `variant` of -1, 0 or 1 that widens or narrows its parts a little.
"""

from functools import lru_cache

import numpy as np
from PIL import Image

#: The order of the network's outputs.
LABELS = (
    "Alfa", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot", "Golf", "Hotel", "India", "Juliett", "Kilo", "Lima",
    "Mike", "November", "Oscar", "Papa", "Quebec", "Romeo", "Sierra", "Tango", "Uniform", "Victor", "Whiskey",
    "X-ray", "Yankee", "Zulu",
)

WHITE, BLUE, RED, YELLOW, BLACK, NOTHING = range(6)

#: Signal-flag colours in sRGB, by the numbers above. Scenes vary them.
PALETTE = np.array(
    [[244, 244, 240], [18, 62, 148], [204, 22, 34], [250, 206, 16], [22, 22, 26]], dtype=np.float32) / 255


def _halves(first, second, axis):
    """Two halves: `first` is at the hoist, or on top."""
    return lambda u, v, variant: np.where((u if axis == "u" else v) < 0.5, first, second)


def _bands(colours, shares, axis):
    """Parallel bands. `shares` has the relative widths for each variant."""

    def design(u, v, variant):
        widths = np.array(shares(variant), dtype=np.float64)
        edges = np.cumsum(widths / widths.sum())[:-1]
        return np.array(colours)[np.digitize(u if axis == "u" else v, edges)]

    return design


def _even(count):
    return lambda variant: [1] * count


def _swallowtail(design):
    """Cuts a triangle out of the fly."""

    def cut(u, v, variant):
        depth = 0.28 + 0.05 * variant
        return np.where(u > 1 - depth * (1 - np.abs(2 * v - 1)), NOTHING, design(u, v, variant))

    return cut


def _quarters(a, b, c, d):
    """Four quarters: top hoist, top fly, bottom hoist, bottom fly."""
    return lambda u, v, variant: np.where(v < 0.5, np.where(u < 0.5, a, b), np.where(u < 0.5, c, d))


def _saltire(field, cross):
    def design(u, v, variant):
        width = 0.10 + 0.02 * variant
        return np.where((np.abs(u - v) < width * 1.3) | (np.abs(u + v - 1) < width * 1.3), cross, field)

    return design


def _upright_cross(field, cross):
    def design(u, v, variant):
        half = 0.10 + 0.02 * variant
        return np.where((np.abs(u - 0.5) < half) | (np.abs(v - 0.5) < half), cross, field)

    return design


def _inset(field, centre, margin):
    """A rectangle in the middle of a field."""

    def design(u, v, variant):
        edge = margin + 0.03 * variant
        return np.where(np.maximum(np.abs(u - 0.5), np.abs(v - 0.5)) < 0.5 - edge, centre, field)

    return design


def _foxtrot(u, v, variant):
    return np.where(np.abs(u - 0.5) + np.abs(v - 0.5) < 0.49 - 0.015 * (variant + 1), RED, WHITE)


def _india(u, v, variant):
    return np.where(np.hypot(u - 0.5, v - 0.5) < 0.24 + 0.03 * variant, BLACK, YELLOW)


def _november(u, v, variant):
    squares = np.minimum((u * 4).astype(int), 3) + np.minimum((v * 4).astype(int), 3)
    return np.where(squares % 2 == 0, BLUE, WHITE)


def _whiskey(u, v, variant):
    from_edge = 0.5 - np.maximum(np.abs(u - 0.5), np.abs(v - 0.5))
    blue = 0.18 + 0.015 * variant
    return np.where(from_edge < blue, BLUE, np.where(from_edge < 0.345, WHITE, RED))


def _yankee(u, v, variant):
    """Ten diagonal stripes that rise to the fly, yellow in the top corner of the hoist."""
    return np.where(np.minimum(((u + v) * 5).astype(int), 9) % 2 == 0, YELLOW, RED)


def _zulu(u, v, variant):
    hoist_side = u < np.minimum(v, 1 - v)
    fly_side = 1 - u < np.minimum(v, 1 - v)
    return np.where(hoist_side, BLACK, np.where(fly_side, BLUE, np.where(v < 0.5, YELLOW, RED)))


_DESIGNS = {
    "Alfa": _swallowtail(_halves(WHITE, BLUE, "u")),
    "Bravo": _swallowtail(lambda u, v, variant: np.full(u.shape, RED)),
    "Charlie": _bands([BLUE, WHITE, RED, WHITE, BLUE], _even(5), "v"),
    "Delta": _bands([YELLOW, BLUE, YELLOW], lambda variant: [1, 1.6 + 0.4 * variant, 1], "v"),
    "Echo": _halves(BLUE, RED, "v"),
    "Foxtrot": _foxtrot,
    "Golf": _bands([YELLOW, BLUE] * 3, _even(6), "u"),
    "Hotel": _halves(WHITE, RED, "u"),
    "India": _india,
    "Juliett": _bands([BLUE, WHITE, BLUE], _even(3), "v"),
    "Kilo": _halves(YELLOW, BLUE, "u"),
    "Lima": _quarters(YELLOW, BLACK, BLACK, YELLOW),
    "Mike": _saltire(BLUE, WHITE),
    "November": _november,
    "Oscar": lambda u, v, variant: np.where(u > v, RED, YELLOW),
    "Papa": _inset(BLUE, WHITE, 0.32),
    "Quebec": lambda u, v, variant: np.full(u.shape, YELLOW),
    "Romeo": _upright_cross(RED, YELLOW),
    "Sierra": _inset(WHITE, BLUE, 0.31),
    "Tango": _bands([RED, WHITE, BLUE], _even(3), "u"),
    "Uniform": _quarters(RED, WHITE, WHITE, RED),
    "Victor": _saltire(WHITE, RED),
    "Whiskey": _whiskey,
    "X-ray": _upright_cross(WHITE, BLUE),
    "Yankee": _yankee,
    "Zulu": _zulu,
}


@lru_cache(maxsize=512)
def coverage(label, side, variant=0):
    """How much of each colour every texel of a square cloth has: (side, side, 5) float32, 0 to 1.

    Drawn at four times the side and averaged, so edges are smooth. What is cut away has no colour at all.
    """
    fine = (np.arange(side * 4) + 0.5) / (side * 4)
    u, v = np.meshgrid(fine, fine)
    colours = _DESIGNS[label](u, v, variant)
    shares = np.empty((side, side, 5), dtype=np.float32)
    for colour in range(5):
        shares[:, :, colour] = (colours == colour).reshape(side, 4, side, 4).mean(axis=(1, 3))
    return shares


def texture(label, side, palette=PALETTE, variant=0):
    """The cloth as premultiplied RGBA: (side, side, 4) float32, 0 to 1."""
    shares = coverage(label, side, variant)
    cloth = np.empty((side, side, 4), dtype=np.float32)
    cloth[:, :, :3] = shares @ np.asarray(palette, dtype=np.float32)
    cloth[:, :, 3] = shares.sum(axis=2)
    return cloth


def chart(side=96, columns=7):
    """All flat designs on grey, in the order of `LABELS`, for people to compare with a book."""
    gap = side // 8
    rows = -(-len(LABELS) // columns)
    sheet = np.full((rows * (side + gap) + gap, columns * (side + gap) + gap, 3), 0.55, dtype=np.float32)
    for index, label in enumerate(LABELS):
        top, left = (gap + (index // columns) * (side + gap)), (gap + (index % columns) * (side + gap))
        cloth = texture(label, side)
        place = sheet[top:top + side, left:left + side]
        place *= 1 - cloth[:, :, 3:]
        place += cloth[:, :, :3]
    return Image.fromarray((sheet * 255 + 0.5).astype(np.uint8))
