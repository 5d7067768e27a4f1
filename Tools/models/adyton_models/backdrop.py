"""What a camera sees behind a signal flag: sky, sea, town, trees, ships, masts and rigging."""

import numpy as np
from PIL import Image, ImageDraw

#: Colours of paint, brick, canvas and buoys. Flag colours are among them on purpose.
_PAINT = [
    (198, 32, 40), (20, 64, 140), (245, 205, 30), (240, 240, 236), (24, 24, 28), (236, 120, 30), (40, 130, 70),
    (130, 90, 60), (170, 170, 165), (90, 100, 110), (200, 180, 150), (150, 60, 50),
]


def soft_noise(random, width, height, cells):
    """Cloud-like noise from 0 to 1: coarse random values, smoothly enlarged. Shape (height, width, 1)."""
    coarse = random.random((max(2, int(cells * height / max(width, height)) + 2), cells + 2))
    grey = Image.fromarray((coarse * 255).astype(np.uint8)).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(grey, dtype=np.float32)[:, :, None] / 255


def _colour(random, low, high):
    return random.uniform(np.array(low), np.array(high)).astype(np.float32) / 255


def _sky(random, width, height):
    top = _colour(random, (40, 90, 150), (190, 210, 245))
    bottom = _colour(random, (150, 170, 190), (250, 240, 235))
    if random.random() < 0.3:  # overcast
        top = bottom = np.full(3, random.uniform(0.45, 0.9), dtype=np.float32)
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None, None] ** random.uniform(0.5, 2)
    scene = np.broadcast_to(top + (bottom - top) * down, (height, width, 3)).copy()
    clouds = soft_noise(random, width, height, int(random.integers(2, 7)))
    clouds = 0.7 * clouds + 0.3 * soft_noise(random, width, height, 14)
    cover = np.clip((clouds - random.uniform(0.35, 0.75)) * random.uniform(1, 4), 0, 1)
    return scene + (random.uniform(0.75, 1.0) - scene) * cover


def _water(random, scene, horizon):
    height, width = scene.shape[:2]
    depth = height - horizon
    if depth < 4:
        return
    near = _colour(random, (5, 35, 50), (70, 120, 140))
    far = _colour(random, (60, 100, 120), (170, 190, 200))
    down = np.linspace(0, 1, depth, dtype=np.float32)[:, None, None]
    waves = np.asarray(
        Image.fromarray((random.random((max(3, depth // 3), 12)) * 255).astype(np.uint8)).resize(
            (width, depth), Image.Resampling.BICUBIC), dtype=np.float32)[:, :, None] / 255
    scene[horizon:] = far + (near - far) * down + (waves - 0.5) * random.uniform(0.05, 0.35)


def _foliage(random, scene):
    height, width = scene.shape[:2]
    leaf = _colour(random, (20, 50, 15), (90, 140, 70))
    light = 0.4 + 0.8 * soft_noise(random, width, height, 9) * soft_noise(random, width, height, 40)
    edge = soft_noise(random, width, 2, 12)[0, :, 0] * height * 0.4 + height * random.uniform(-0.3, 0.6)
    covered = (np.arange(height)[:, None] > edge[None, :])[:, :, None]
    scene[:] = np.where(covered, leaf * light * 1.6, scene)


def _paint(random):
    colour = np.array(_PAINT[int(random.integers(len(_PAINT)))]) * random.uniform(0.5, 1.1)
    return tuple(int(value) for value in np.clip(colour + random.normal(0, 12, 3), 0, 255))


def _town(random, draw, width, height, ground):
    left = -random.uniform(0, 0.1) * width
    while left < width:
        wide, tall = random.uniform(0.06, 0.3) * width, random.uniform(0.1, 0.75) * height
        draw.rectangle([left, ground - tall, left + wide, ground + height * 0.1], fill=_paint(random))
        pane = max(2.0, wide / random.uniform(4, 9))
        if pane > 2.5:
            glass = _paint(random)
            for x in np.arange(left + pane / 2, left + wide - pane / 2, pane * 1.8):
                for y in np.arange(ground - tall + pane / 2, ground - pane, pane * 2):
                    draw.rectangle([x, y, x + pane * 0.8, y + pane], fill=glass)
        left += wide * random.uniform(0.8, 1.5)


def _ship(random, draw, width, height, waterline):
    x, long = random.uniform(-0.2, 0.8) * width, random.uniform(0.3, 1.0) * width
    tall = random.uniform(0.05, 0.2) * height
    draw.polygon(
        [
            (x, waterline - tall), (x + long, waterline - tall),
            (x + long * 0.94, waterline), (x + long * 0.05, waterline),
        ],
        fill=_paint(random))
    for _ in range(int(random.integers(1, 5))):  # deck houses and containers
        left, wide = x + random.uniform(0.05, 0.8) * long, random.uniform(0.08, 0.25) * long
        top = waterline - tall * random.uniform(1.5, 2.8)
        draw.rectangle([left, top, left + wide, waterline - tall], fill=_paint(random))


def _shapes(random, draw, width, height):
    for _ in range(int(random.integers(1, 6))):
        x, y = random.uniform(0, width), random.uniform(0, height)
        size = random.uniform(0.03, 0.2) * min(width, height)
        kind = int(random.integers(3))
        if kind == 0:
            draw.ellipse([x, y, x + size, y + size * random.uniform(0.6, 1.4)], fill=_paint(random))
        elif kind == 1:
            draw.rectangle([x, y, x + size, y + size * random.uniform(0.3, 2)], fill=_paint(random))
        else:
            corners = [(x + random.normal(0, size), y + random.normal(0, size)) for _ in range(3)]
            draw.polygon(corners, fill=_paint(random))


def lines(random, draw, width, height, count, thickest):
    """Masts, stays and halyards across the picture. `thickest` is a share of the shorter side."""
    side = min(width, height)
    for _ in range(count):
        wide = max(1, round(side * random.uniform(0.004, thickest)))
        if random.random() < 0.5:  # nearly upright
            x = random.uniform(0, width)
            ends = [x, -5, x + random.normal(0, 0.08) * width, height + 5]
        else:
            ends = [random.uniform(-0.2, 1.2) * width, -5, random.uniform(-0.2, 1.2) * width, height + 5]
        shade = int(random.uniform(20, 240))
        draw.line(ends, fill=(shade, int(shade * 0.95), int(shade * 0.88)), width=wide)


def draw_backdrop(random, width, height):
    """One scene without its flag: (height, width, 3) float32, 0 to 1."""
    scene = _sky(random, width, height)
    horizon = int(height * random.uniform(0.35, 1.1))
    kind = random.choice(["sky", "sea", "harbour", "land"], p=[0.2, 0.25, 0.35, 0.2])
    if kind == "land":
        _foliage(random, scene)
    elif kind != "sky":
        _water(random, scene, min(horizon, height))
    picture = Image.fromarray((np.clip(scene, 0, 1) * 255).astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    if kind == "harbour" or (kind == "land" and random.random() < 0.5):
        _town(random, draw, width, height, horizon)
    if kind in ("sea", "harbour") and random.random() < 0.6:
        _ship(random, draw, width, height, horizon + random.uniform(0, 0.2) * height)
    if random.random() < 0.5:
        _shapes(random, draw, width, height)
    lines(random, draw, width, height, int(random.integers(0, 6)), 0.035)
    return np.asarray(picture, dtype=np.float32) / 255
