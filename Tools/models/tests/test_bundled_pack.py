"""The pack and the images that the repository carries: intact, and read right by both engines."""

import io
import json
import unittest
from pathlib import Path

import numpy as np
import onnx
import torch
from PIL import Image

from adyton_models import card, pack, signal_flags
from adyton_models.engines import Engines
from adyton_models.flags import LABELS
from adyton_models.network import PREPROCESSING

PROJECT = Path(__file__).resolve().parents[3]
PACK = PROJECT / "Models" / "signal-flags"
EXAMPLES = PROJECT / "Examples" / "images"


class BundledPackTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        torch.set_num_threads(1)
        cls.card = pack.read_card(PACK)
        cls.engines = Engines.of_pack(PACK)

    def answers(self, encoded):
        return [one[0] for one in card.answers(self.engines, PREPROCESSING, [encoded])]

    def test_every_file_is_what_the_card_says(self):
        pack.check_files(PACK)

    def test_the_files_are_small_enough_to_live_here(self):
        for name in ("model.onnx", "model.pt"):
            self.assertLessEqual((PACK / name).stat().st_size, signal_flags.LARGEST_FILE)

    def test_the_labels_are_the_card_s_outputs(self):
        self.assertEqual((PACK / "labels.txt").read_text("utf-8").splitlines(), list(LABELS))
        self.assertEqual(self.card["output"]["shape"], [-1, len(LABELS)])

    def test_the_preprocessing_is_the_one_that_was_trained_with(self):
        self.assertEqual(self.card["preprocessing"], PREPROCESSING.card())

    def test_the_stated_accuracy_is_high_enough(self):
        self.assertGreaterEqual(self.card["accuracy"]["top1"], signal_flags.LOWEST_ACCURACY)
        self.assertGreaterEqual(self.card["accuracy"]["images"], 2600)

    def test_a_sample_of_the_held_out_drawings_is_read_as_well_as_stated(self):
        measured = signal_flags.measure(self.engines, per_label=4)
        self.assertGreaterEqual(measured["onnx"], 0.95 * measured["images"])
        self.assertEqual(measured["onnx"], measured["torch"])
        self.assertLess(measured["apart"], self.card["crossCheck"]["maximumProbabilityDifference"])

    def test_the_self_test_passes_on_both_engines(self):
        self.assertGreaterEqual(len(self.card["selfTest"]), 4)
        for entry in self.card["selfTest"]:
            for probabilities in self.answers((PACK / entry["image"]).read_bytes()):
                self.assertEqual(LABELS[probabilities.argmax()], entry["label"])
                self.assertAlmostEqual(probabilities.max(), entry["probability"], delta=entry["tolerance"])

    def test_the_graph_has_alexnet_s_shape_and_is_one_file(self):
        graph = onnx.load(PACK / "model.onnx").graph
        kinds = [node.op_type for node in graph.node]
        self.assertEqual([kinds.count(kind) for kind in ("Conv", "MaxPool", "AveragePool", "Gemm")], [5, 3, 1, 3])
        self.assertNotIn("BatchNormalization", kinds)
        self.assertFalse(any(tensor.external_data for tensor in graph.initializer))

    def test_any_batch_size_gives_the_same_answers(self):
        images = np.random.default_rng(1).standard_normal((9, 3, 96, 96), dtype=np.float32)
        alone = [self.engines.probabilities(images[row:row + 1]) for row in range(9)]
        for engine, together in enumerate(self.engines.probabilities(images)):
            np.testing.assert_allclose(together, np.concatenate([one[engine] for one in alone]), atol=1e-5)

    def test_the_weights_name_no_path_of_the_machine_that_made_them(self):
        for name in ("model.onnx", "model.pt"):
            content = (PACK / name).read_bytes()
            for trace in (b"site-packages", b"/home/", b"/tmp/", b".py:", str(PROJECT).encode()):
                self.assertNotIn(trace, content, name)


class ExampleTests(unittest.TestCase):
    def test_both_engines_read_every_example_right_by_a_margin(self):
        engines = Engines.of_pack(PACK)
        expected = json.loads((EXAMPLES / "expected.json").read_text("utf-8"))
        for name, label in expected.items():
            for probabilities in card.answers(engines, PREPROCESSING, [(EXAMPLES / name).read_bytes()]):
                best, second = np.sort(probabilities[0])[:-3:-1]
                self.assertEqual(LABELS[probabilities[0].argmax()], label, name)
                self.assertGreater(best - second, 0.5, name)

    def test_every_image_is_listed_and_the_encodings_vary(self):
        expected = json.loads((EXAMPLES / "expected.json").read_text("utf-8"))
        images = {path.name for path in EXAMPLES.iterdir() if path.suffix in (".jpg", ".png")}
        self.assertEqual(images, set(expected))
        modes, progressive = set(), set()
        for name in images:
            self.assertFalse(any(label.lower() in name.lower() for label in LABELS), "a name gives the answer away")
            with Image.open(io.BytesIO((EXAMPLES / name).read_bytes())) as image:
                modes.add((image.format, image.mode))
                progressive.add("progressive" in image.info)
        self.assertEqual(modes, {("JPEG", "RGB"), ("PNG", "RGB"), ("PNG", "RGBA")})
        self.assertEqual(progressive, {True, False})


if __name__ == "__main__":
    unittest.main()
