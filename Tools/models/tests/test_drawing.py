"""Drawings: the right designs, the same bytes for the same seed, and other pictures for another."""

import hashlib
import io
import itertools
import unittest

import numpy as np
from PIL import Image

from adyton_models import flags, scene
from adyton_models.flags import BLACK, BLUE, NOTHING, RED, WHITE, YELLOW

#: Colours at points of the cloth, (u, v) from the hoist and from the top, as a book of signals shows them.
POINTS = {
    "Alfa": {(0.2, 0.5): WHITE, (0.6, 0.2): BLUE, (0.97, 0.5): NOTHING, (0.97, 0.02): BLUE},
    "Bravo": {(0.2, 0.5): RED, (0.97, 0.5): NOTHING, (0.97, 0.98): RED},
    "Charlie": {(0.5, 0.1): BLUE, (0.5, 0.3): WHITE, (0.5, 0.5): RED, (0.5, 0.7): WHITE, (0.5, 0.9): BLUE},
    "Delta": {(0.5, 0.1): YELLOW, (0.5, 0.5): BLUE, (0.5, 0.9): YELLOW},
    "Echo": {(0.5, 0.2): BLUE, (0.5, 0.8): RED},
    "Foxtrot": {(0.5, 0.5): RED, (0.1, 0.1): WHITE, (0.9, 0.9): WHITE},
    "Golf": {((2 * band + 1) / 12, 0.5): (YELLOW, BLUE)[band % 2] for band in range(6)},
    "Hotel": {(0.2, 0.5): WHITE, (0.8, 0.5): RED},
    "India": {(0.5, 0.5): BLACK, (0.1, 0.5): YELLOW},
    "Juliett": {(0.5, 0.1): BLUE, (0.5, 0.5): WHITE, (0.5, 0.9): BLUE},
    "Kilo": {(0.2, 0.5): YELLOW, (0.8, 0.5): BLUE},
    "Lima": {(0.2, 0.2): YELLOW, (0.8, 0.2): BLACK, (0.2, 0.8): BLACK, (0.8, 0.8): YELLOW},
    "Mike": {(0.5, 0.5): WHITE, (0.1, 0.1): WHITE, (0.9, 0.1): WHITE, (0.5, 0.1): BLUE},
    "November": {(0.1, 0.1): BLUE, (0.4, 0.1): WHITE, (0.1, 0.4): WHITE, (0.9, 0.9): BLUE},
    "Oscar": {(0.8, 0.2): RED, (0.2, 0.8): YELLOW},
    "Papa": {(0.5, 0.5): WHITE, (0.1, 0.5): BLUE},
    "Quebec": {(0.1, 0.1): YELLOW, (0.97, 0.5): YELLOW},
    "Romeo": {(0.5, 0.5): YELLOW, (0.5, 0.1): YELLOW, (0.1, 0.1): RED},
    "Sierra": {(0.5, 0.5): BLUE, (0.1, 0.5): WHITE},
    "Tango": {(0.1, 0.5): RED, (0.5, 0.5): WHITE, (0.9, 0.5): BLUE},
    "Uniform": {(0.2, 0.2): RED, (0.8, 0.2): WHITE, (0.2, 0.8): WHITE, (0.8, 0.8): RED},
    "Victor": {(0.5, 0.5): RED, (0.1, 0.1): RED, (0.5, 0.1): WHITE},
    "Whiskey": {(0.5, 0.5): RED, (0.27, 0.5): WHITE, (0.05, 0.5): BLUE},
    "X-ray": {(0.5, 0.5): BLUE, (0.5, 0.1): BLUE, (0.1, 0.1): WHITE},
    "Yankee": {(0.02, 0.02): YELLOW, (0.98, 0.98): RED, (0.25, 0.05): RED, (0.05, 0.25): RED},
    "Zulu": {(0.1, 0.5): BLACK, (0.5, 0.1): YELLOW, (0.9, 0.5): BLUE, (0.5, 0.9): RED},
}


class DesignTests(unittest.TestCase):
    def test_there_is_one_flag_for_each_letter_in_order(self):
        self.assertEqual("".join(label[0] for label in flags.LABELS), "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        self.assertEqual(set(POINTS), set(flags.LABELS))

    def test_the_designs_are_the_international_code_s(self):
        for label, points in POINTS.items():
            for variant, ((u, v), colour) in itertools.product((-1, 0, 1), points.items()):
                share = flags.coverage(label, 64, variant)[int(v * 64), int(u * 64)]
                expected = np.zeros(5) if colour == NOTHING else np.eye(5)[colour]
                self.assertLess(np.abs(share - expected).max(), 0.1, (label, variant, u, v))

    def test_no_flag_looks_like_another_s_back(self):
        cloths = {label: flags.texture(label, 32) for label in flags.LABELS}
        for one, other in itertools.combinations(flags.LABELS, 2):
            for side in (cloths[other], cloths[other][:, ::-1]):
                self.assertGreater(np.abs(cloths[one] - side).mean(), 0.02, (one, other))


class SceneTests(unittest.TestCase):
    def test_the_same_seed_gives_the_same_bytes(self):
        first = [scene.draw_jpeg("held-out", label, 3) for label in flags.LABELS]
        flags.coverage.cache_clear()
        again = [scene.draw_jpeg("held-out", label, 3) for label in reversed(flags.LABELS)][::-1]
        self.assertEqual(first, again)

    def test_no_two_drawings_are_the_same(self):
        seen = {
            hashlib.sha256(scene.draw_picture(split, label, number).tobytes()).digest()
            for split in scene.SPLITS for label in ("Alfa", "Zulu") for number in range(4)
        }
        self.assertEqual(len(seen), len(scene.SPLITS) * 8)

    def test_splits_have_streams_of_their_own(self):
        self.assertEqual(len(set(scene.SPLITS.values())), len(scene.SPLITS))
        starts = {tuple(scene.stream(split, "Kilo", 0).integers(0, 2**63, 4)) for split in scene.SPLITS}
        self.assertEqual(len(starts), len(scene.SPLITS))

    def test_pictures_have_the_size_that_was_asked_for(self):
        for size in ((320, 200), (97, 301)):
            self.assertEqual(scene.draw_picture("examples", "Kilo", 0, size).size, size)
            with Image.open(io.BytesIO(scene.draw_jpeg("examples", "Kilo", 0, size))) as image:
                self.assertEqual(image.size, size)


if __name__ == "__main__":
    unittest.main()
