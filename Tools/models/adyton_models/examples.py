"""Sample images as a user would have them: photograph-sized, in the encodings that cameras and editors write."""

import io
import json
import os
from pathlib import Path

from PIL import Image

from .flags import LABELS
from .network import PREPROCESSING
from .scene import Difficulty, draw_jpeg
from .signal_flags import clear_drawing

#: Milder than what the network is measured on: these are pictures that somebody chose to send.
_DIFFICULTY = Difficulty(amount=0.7, smallest=0.5, largest=0.8)

#: File name, label, (width, height) and encoding. Names do not give the answer away.
EXAMPLES = (
    ("harbour-1.jpg", "Kilo", (640, 480), {"quality": 88}),
    ("harbour-2.jpg", "Romeo", (800, 600), {"quality": 82, "progressive": True}),
    ("harbour-3.png", "November", (400, 300), {}),
    ("mast-1.jpg", "Charlie", (480, 640), {"quality": 92, "subsampling": 0}),
    ("mast-2.jpg", "Victor", (600, 800), {"quality": 70, "progressive": True, "subsampling": 2}),
    ("regatta-1.jpg", "Lima", (800, 533), {"quality": 85, "subsampling": 1}),
    ("regatta-2.png", "Zulu", (360, 360), {"alpha": True}),
    ("regatta-3.jpg", "Golf", (641, 427), {"quality": 95, "progressive": True, "subsampling": 0}),
)


def write_examples(engines, folder):
    """Writes the images and `expected.json`, each only where it differs from what is there."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, label, size, options in EXAMPLES:
        _write(folder / name, clear_drawing(engines, "examples", label, name, size, options, 0.95, _DIFFICULTY))
    expected = {name: label for name, label, _, _ in EXAMPLES}
    _write(folder / "expected.json", (json.dumps(expected, indent=2) + "\n").encode())


def write_contact_sheet(path, columns=13, rows=6):
    """One picture of many held-out drawings, none of them chosen, each as the network sees it."""
    side, gap = PREPROCESSING.crop, 2
    sheet = Image.new("RGB", (columns * (side + gap) - gap, rows * (side + gap) - gap), (255, 255, 255))
    for place in range(columns * rows):
        encoded = draw_jpeg("held-out", LABELS[place % len(LABELS)], place // len(LABELS))
        with Image.open(io.BytesIO(encoded)) as image:
            resized = PREPROCESSING.resized(image)
        left, top = (resized.width - side) // 2, (resized.height - side) // 2
        square = resized.crop((left, top, left + side, top + side))
        sheet.paste(square, (place % columns * (side + gap), place // columns * (side + gap)))
    encoded = io.BytesIO()
    sheet.save(encoded, "JPEG", quality=85)
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, encoded.getvalue())


def _write(path, content):
    if path.is_file() and path.read_bytes() == content:
        return
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    os.replace(part, path)
