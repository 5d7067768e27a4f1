"""AlexNet packs of the true size, made without a network: from a seed, and through a loopback download."""

import contextlib
import io
import shutil
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import make_alexnet
import numpy as np
import torch
from adyton_models import alexnet, card, download, export, pack
from adyton_models.engines import Engines
from PIL import Image

from .server import LoopbackServer


def make(*words):
    """Runs the command: its exit code, and what it printed."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = make_alexnet.run("make_alexnet.py", [*map(str, words)], make_alexnet.parse, make_alexnet.work)
    return code, said.getvalue()


class LabelTests(unittest.TestCase):
    def test_the_labels_are_the_thousand_categories_in_their_places(self):
        labels = alexnet.labels()
        self.assertEqual(len(labels), 1000)
        self.assertEqual(
            [labels[index] for index in (0, 7, 207, 258, 817, 949, 999)],
            ["tench", "cock", "golden retriever", "Samoyed", "sports car", "strawberry", "toilet tissue"])
        self.assertEqual(card.label_file(labels).decode().splitlines(), labels)

    def test_the_published_file_is_pinned(self):
        self.assertEqual(alexnet.PUBLISHED.maximum_bytes, 244_408_911)
        self.assertTrue(alexnet.PUBLISHED.sha256.startswith("7be5be79"))
        self.assertIn("7be5be79", alexnet.PUBLISHED.url)

    def test_the_card_of_pretrained_weights_states_the_published_accuracy(self):
        described = alexnet._pretrained()
        self.assertEqual((described["accuracy"]["top1"], described["accuracy"]["top5"]), (0.56522, 0.79066))


class TrueSizeTests(unittest.TestCase):
    """One pack from a seed serves all tests here; making it takes most of their time."""

    @classmethod
    def setUpClass(cls):
        torch.set_num_threads(1)
        cls.folder = Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.pack = cls.folder / "pack"
        code, said = make("--output", cls.pack, "--random-weights", 1)
        assert code == 0, said
        cls.digest = said.splitlines()[-1]

    def test_both_engines_load_it_and_agree(self):
        pack.check_files(self.pack)
        self.assertEqual(pack.pack_digest(self.pack), self.digest)
        made, engines, labels = pack.read_card(self.pack), Engines.of_pack(self.pack), alexnet.labels()
        paths = [self.pack / entry["image"] for entry in made["selfTest"]]
        both = card.answers(engines, alexnet.PREPROCESSING, [path.read_bytes() for path in paths])
        self.assertLess(np.abs(both[0] - both[1]).max(), made["crossCheck"]["maximumProbabilityDifference"])
        for row, entry in enumerate(made["selfTest"]):
            for engine in both:
                self.assertEqual(labels[engine[row].argmax()], entry["label"])
                self.assertAlmostEqual(engine[row].max(), entry["probability"], delta=entry["tolerance"])
        self.assertGreater(len({entry["label"] for entry in made["selfTest"]}), 1, "every image gets the same answer")
        self.assertGreater(both[0].max(axis=1).min(), 0.02, "the answers are flat")

    def test_it_says_that_it_has_learned_nothing(self):
        made = pack.read_card(self.pack)
        self.assertEqual((made["name"], made["accuracy"]), ("alexnet-random", None))
        self.assertIn("random", made["summary"])
        self.assertIn("Nothing else", made["intendedUse"])

    def test_the_same_weights_through_a_download_give_the_same_model_bytes(self):
        weights = self.folder / "weights.pth"
        torch.save(alexnet.random_network(1).state_dict(), weights)
        sha256 = download.sha256_of(weights)
        pictures = self.folder / "pictures"
        pictures.mkdir()
        Image.new("RGB", (50, 40), (200, 30, 30)).save(pictures / "mine.png")
        other = self.folder / "other" / "elsewhere"
        with LoopbackServer({"/w": (200, weights.read_bytes(), None)}) as server, mock.patch.dict(
            "os.environ", {"no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1"}
        ):
            code, said = make(
                "--output", other, "--url", f"{server.base}/w", "--sha256", sha256, "--cache", self.folder / "cache",
                "--self-test-images", pictures)
        self.assertEqual(code, 0, said)
        for name in ("model.onnx", "model.pt", "labels.txt"):
            self.assertEqual(pack.file_digest(other / name), pack.file_digest(self.pack / name), name)
        images = [entry["image"] for entry in pack.read_card(other)["selfTest"]]
        self.assertIn("selftest/mine.png", images)
        self.assertEqual(len(images), 5)

    def test_an_export_that_fails_is_an_error_and_not_a_wait(self):
        with self.assertRaises(Exception):
            export.export(_no_network, torch.nn.Linear(2, 2), 4)


def _no_network():
    raise OSError("no such network")


if __name__ == "__main__":
    unittest.main()
