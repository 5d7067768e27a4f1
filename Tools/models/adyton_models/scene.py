"""A signal flag in the wind, in front of something, through a camera.

Every drawing depends on nothing but its `split`, label and number, so any one of them can be drawn again alone.
Random streams of different splits never meet: the split is part of the seed, so nothing held out is trained on.
"""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from . import backdrop, flags

#: The first number of every seed. Another number is another data set.
SEED = 20_1857

#: The parts of the data set, by the second number of the seed.
SPLITS = {"train": 1, "held-out": 2, "self-test": 3, "examples": 4}


@dataclass(frozen=True)
class Difficulty:
    """How hard the drawings are. 1 is what the network trains and is measured on; the examples are milder."""

    amount: float = 1.0
    smallest: float = 0.40
    largest: float = 0.86


def stream(split, label, number):
    """The random stream of one drawing."""
    return np.random.default_rng([SEED, SPLITS[split], flags.LABELS.index(label), number])


def _projection(random, width, height, difficulty):
    """The matrix from cloth (u, v, 1) to picture (x, y, 1), by a turned sheet seen through a lens."""
    side = min(width, height)
    tall = side * random.uniform(difficulty.smallest, difficulty.largest)
    wide = tall * random.uniform(0.95, 1.45)
    scale = min(1.0, 0.92 * side / max(tall, wide * 0.92))
    tall, wide = tall * scale, wide * scale
    turn = np.radians(random.normal(0, 7 * difficulty.amount))
    yaw = np.radians(random.uniform(-48, 48) * difficulty.amount)
    pitch = np.radians(random.uniform(-22, 22) * difficulty.amount)
    # Three axes in turn: about the hoist, about the horizon, about the line of sight.
    sheet = np.array([[wide, 0, -wide / 2], [0, tall, -tall / 2], [0, 0, 0]])
    about_hoist = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    about_horizon = np.array(
        [[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    about_sight = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    body = about_sight @ about_horizon @ about_hoist @ sheet
    far = side * random.uniform(1.6, 5)
    play = 0.5 * max(0.0, 1 - tall / side) * side * 0.7
    x, y = width / 2 + random.uniform(-play, play), height / 2 + random.uniform(-play, play)
    lens = np.array([[1, 0, x / far], [0, 1, y / far], [0, 0, 1 / far]])
    body[2, 2] += far
    return lens @ body


def _cloth(random, label, projection, width, height, difficulty):
    """The flag as premultiplied RGBA over the whole picture, with its folds and their light."""
    corners = projection @ np.array([[0, 1, 1, 0], [0, 0, 1, 1], [1, 1, 1, 1]])
    corners = corners[:2] / corners[2]
    reach = 0.15 * np.ptp(corners, axis=1).max()
    left, top = np.maximum(np.floor(corners.min(axis=1) - reach), 0).astype(int)
    right, bottom = np.minimum(np.ceil(corners.max(axis=1) + reach), [width, height]).astype(int)
    layer = np.zeros((height, width, 4), dtype=np.float32)
    if right <= left or bottom <= top:
        return layer
    x, y = np.meshgrid(
        np.arange(left, right, dtype=np.float32) + 0.5, np.arange(top, bottom, dtype=np.float32) + 0.5)
    inverse = np.linalg.inv(projection).astype(np.float32)
    depth = inverse[2, 0] * x + inverse[2, 1] * y + inverse[2, 2]
    u = (inverse[0, 0] * x + inverse[0, 1] * y + inverse[0, 2]) / depth
    v = (inverse[1, 0] * x + inverse[1, 1] * y + inverse[1, 2]) / depth

    free = np.float32(0.25) + np.float32(0.75) * np.clip(u, 0, 1)  # the hoist is held, the fly is free
    light = np.ones_like(u)
    shift_u, shift_v = np.zeros_like(u), np.zeros_like(u)
    wind = random.uniform(0.1, 1) * difficulty.amount
    for strength in (1.0, 0.5, 0.3):
        frequency, slant = random.uniform(0.6, 2.4) / (0.4 + 0.6 * strength), random.normal(0, 0.7)
        angle = np.float32(2 * np.pi) * (np.float32(frequency) * u + np.float32(slant) * v)
        angle += np.float32(random.uniform(0, 2 * np.pi))
        wave, slope = np.sin(angle) * free, np.cos(angle) * free
        shift_v += np.float32(wind * strength * random.uniform(0.0, 0.055)) * wave
        shift_u += np.float32(wind * strength * random.uniform(0.0, 0.045)) * slope
        light += np.float32(wind * strength * random.uniform(0.05, 0.42)) * slope
    sag = np.float32(random.uniform(-0.04, 0.14) * difficulty.amount)
    u, v = u + shift_u, v + shift_v - sag * np.clip(u, 0, 1) ** 2
    if random.random() < 0.5:
        u = 1 - u  # seen from the other side: the hoist is on the right
    premultiplied = _sample(random, label, u, v, corners, difficulty)
    premultiplied[:, :, :3] *= np.clip(light, 0.35, 1.6)[:, :, None]
    layer[top:bottom, left:right] = premultiplied
    return layer


def _dye(random, difficulty):
    """The flag's own colours: makers differ, sun bleaches, dirt greys."""
    palette = flags.PALETTE + random.normal(0, 0.03 * difficulty.amount, (5, 3)).astype(np.float32)
    palette[1] = (palette[1] + random.uniform(-0.04, 0.18) * np.array([0.2, 0.5, 1.0]) * difficulty.amount)
    bleach = random.uniform(0, 0.22) * difficulty.amount
    return np.clip(palette + (0.75 - palette) * bleach * 0.7, 0, 1).astype(np.float32)


def _sample(random, label, u, v, corners, difficulty):
    """Looks the cloth up between texels, at the detail nearest to the flag's size in the picture."""
    pixels = np.ptp(corners, axis=1).max()
    side = next((size for size in (64, 128, 256) if size >= pixels), 512)
    cloth = np.zeros((side + 4, side + 4, 4), dtype=np.float32)
    cloth[2:-2, 2:-2] = flags.texture(label, side, _dye(random, difficulty), int(random.integers(-1, 2)))
    column = np.clip(u * side + 1.5, 0, side + 2)
    row = np.clip(v * side + 1.5, 0, side + 2)
    column_index, row_index = column.astype(np.int32), row.astype(np.int32)
    across, down = (column - column_index)[:, :, None], (row - row_index)[:, :, None]
    flat = cloth.reshape(-1, 4)
    start = row_index * (side + 4) + column_index
    upper = flat[start] * (1 - across) + flat[start + 1] * across
    lower = flat[start + side + 4] * (1 - across) + flat[start + side + 5] * across
    return upper * (1 - down) + lower * down


def _halyard(random, scene, projection):
    """The staff or rope at the hoist, behind the cloth. Either edge may be the hoist; both look right."""
    picture = Image.fromarray((np.clip(scene, 0, 1) * 255).astype(np.uint8))
    edge = float(random.random() < 0.5)
    ends = projection @ np.array([[edge, edge], [random.uniform(-3, -0.05), random.uniform(1.05, 4)], [1, 1]])
    if (ends[2] > 0).all():
        ends = ends[:2] / ends[2]
        shade = int(random.uniform(30, 235))
        thick = max(1, round(min(picture.size) * random.uniform(0.005, 0.03)))
        ImageDraw.Draw(picture).line([*ends[:, 0], *ends[:, 1]], fill=(shade, shade, int(shade * 0.9)), width=thick)
    return np.asarray(picture, dtype=np.float32) / 255


def _light(random, scene, difficulty):
    """Sun, shade, haze and the colour of the hour."""
    height, width = scene.shape[:2]
    amount = difficulty.amount
    warm = random.normal(0, 0.09) * amount
    cast = np.array([1 + warm, 1 + random.normal(0, 0.02) * amount, 1 - warm], dtype=np.float32)
    scene = scene * cast * np.float32(np.exp(random.normal(0, 0.22 * amount)))
    if random.random() < 0.5 * amount:  # a shadow or a beam across the picture
        angle, sharp = random.uniform(0, 2 * np.pi), random.uniform(2, 25)
        x, y = np.meshgrid(np.linspace(-1, 1, width, dtype=np.float32), np.linspace(-1, 1, height, dtype=np.float32))
        side = 1 / (1 + np.exp(-sharp * (x * np.cos(angle) + y * np.sin(angle) + random.uniform(-0.6, 0.6))))
        scene = scene * (1 - random.uniform(0.1, 0.5) * side[:, :, None]).astype(np.float32)
    if random.random() < 0.35 * amount:  # haze
        grey = np.array([0.78, 0.82, 0.86], dtype=np.float32) * np.float32(random.uniform(0.6, 1.05))
        scene = scene + (grey - scene) * np.float32(random.uniform(0.05, 0.5))
    if random.random() < 0.2 * amount:  # the sun in the lens
        x, y = np.meshgrid(np.arange(width) / width, np.arange(height) / height)
        away = np.hypot(x - random.uniform(-0.1, 1.1), y - random.uniform(-0.1, 0.6))
        glare = np.exp(-(away / random.uniform(0.15, 0.5)) ** 2) * random.uniform(0.2, 0.7)
        scene = scene + glare[:, :, None].astype(np.float32) * np.array([1, 0.97, 0.88], dtype=np.float32)
    scene = np.clip(scene, 0, 1)
    scene = scene ** np.float32(np.exp(random.normal(0, 0.18 * amount)))
    contrast = np.float32(np.exp(random.normal(0, 0.12 * amount)))
    return np.clip((scene - 0.5) * contrast + 0.5, 0, 1)


def _camera(random, scene, difficulty):
    """Focus, movement, grain: what is between the scene and the file."""
    height, width = scene.shape[:2]
    side, amount = min(width, height), difficulty.amount
    picture = Image.fromarray((scene * 255 + 0.5).astype(np.uint8))
    if random.random() < 0.5:
        picture = picture.filter(ImageFilter.GaussianBlur(side * random.uniform(0.001, 0.012) * amount))
    if random.random() < 0.25:  # few pixels, then enlarged
        shrink = random.uniform(0.35, 0.9)
        small = picture.resize((int(width * shrink), int(height * shrink)), Image.Resampling.BILINEAR)
        picture = small.resize((width, height), Image.Resampling.BICUBIC)
    pixels = np.asarray(picture, dtype=np.float32)
    if random.random() < 0.3:
        steps, angle = int(side * random.uniform(0.008, 0.04) * amount) + 1, random.uniform(0, np.pi)
        moved = [
            np.roll(pixels, (round(step * np.sin(angle)), round(step * np.cos(angle))), axis=(0, 1))
            for step in range(steps)
        ]
        pixels = sum(moved) / np.float32(steps)
    grain = np.float32(random.uniform(0, 14) * amount)
    pixels = pixels + random.standard_normal(pixels.shape, dtype=np.float32) * grain
    return Image.fromarray(np.clip(pixels + 0.5, 0, 255).astype(np.uint8))


def draw_picture(split, label, number, size=None, difficulty=Difficulty()):
    """One picture of a flag, as the camera has it before it is encoded. `size` is (width, height)."""
    random = stream(split, label, number)
    if size is None:
        short, aspect = int(random.integers(128, 256)), random.uniform(1, 1.6)
        size = (int(short * aspect), short) if random.random() < 0.6 else (short, int(short * aspect))
    width, height = size
    scene = backdrop.draw_backdrop(random, width, height)
    projection = _projection(random, width, height, difficulty)
    if random.random() < 0.8:
        scene = _halyard(random, scene, projection)
    cloth = _cloth(random, label, projection, width, height, difficulty)
    scene = scene * (1 - cloth[:, :, 3:]) + cloth[:, :, :3]
    if random.random() < 0.35 * difficulty.amount:  # ropes in front of the flag
        picture = Image.fromarray((np.clip(scene, 0, 1) * 255).astype(np.uint8))
        backdrop.lines(random, ImageDraw.Draw(picture), width, height, int(random.integers(1, 4)), 0.016)
        scene = np.asarray(picture, dtype=np.float32) / 255
    return _camera(random, _light(random, scene, difficulty), difficulty)


def draw_jpeg(split, label, number, size=None, difficulty=Difficulty()):
    """The same picture as a camera's file: JPEG at some quality and subsampling, as bytes."""
    picture = draw_picture(split, label, number, size, difficulty)
    random = np.random.default_rng([SEED, SPLITS[split], flags.LABELS.index(label), number, 1])
    encoded = io.BytesIO()
    picture.save(
        encoded, "JPEG", quality=int(random.integers(25, 96)), subsampling=int(random.integers(0, 3)),
        progressive=bool(random.random() < 0.2))
    return encoded.getvalue()
