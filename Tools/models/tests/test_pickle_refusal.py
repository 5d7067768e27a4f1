"""A weights file that would run code is refused, names what it wanted, and does not run."""

import os
import pickle
import tempfile
import unittest
import zipfile
from collections import OrderedDict
from pathlib import Path

import torch

from adyton_models import published_weights
from adyton_models.errors import DATA, ToolError


class Marker:
    """Creates a file when a pickle of it is loaded: harmless code in the place of harmful code."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


class PickleRefusalTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.marker, self.file = self.folder / "ran", self.folder / "weights.pth"
        self.network = torch.nn.Linear(2, 3)

    def refusal(self):
        with self.assertRaises(ToolError) as caught:
            published_weights.load_weights(self.file, self.network)
        self.assertFalse(self.marker.exists(), "the file's code ran")
        self.assertEqual(caught.exception.exit_code, DATA)
        return caught.exception

    def test_code_in_either_format_is_refused_by_name(self):
        for zipped in (True, False):
            weights = OrderedDict(weight=torch.zeros(3, 2), bias=Marker(self.marker))
            torch.save(weights, self.file, _use_new_zipfile_serialization=zipped)
            self.assertIn(f"{os.mkdir.__module__}.mkdir", str(self.refusal()))

    def test_the_file_would_have_run_its_code(self):
        torch.save(Marker(self.marker), self.file)
        torch.load(self.file, weights_only=False)
        self.assertTrue(self.marker.exists(), "without this the other tests prove nothing")

    def test_a_name_that_is_put_together_on_the_stack_is_refused(self):
        self.file.write_bytes(pickle.dumps(Marker(self.marker), protocol=4))
        self.assertIn("STACK_GLOBAL", str(self.refusal()))

    def test_code_hidden_in_the_later_pickles_of_the_legacy_format_is_refused(self):
        torch.save(self.network.state_dict(), self.file, _use_new_zipfile_serialization=False)
        magic = pickle.dumps(published_weights._LEGACY_MAGIC, protocol=2)
        self.file.write_bytes(magic + pickle.dumps(Marker(self.marker), protocol=2))
        self.assertIn("mkdir", str(self.refusal()))

    def test_a_second_pickle_in_the_archive_is_refused(self):
        torch.save(self.network.state_dict(), self.file)
        with zipfile.ZipFile(self.file, "a") as archive:
            archive.writestr("other/data.pkl", pickle.dumps(Marker(self.marker), protocol=2))
        self.assertIn("one pickle", str(self.refusal()))

    def test_what_is_no_pytorch_file_is_refused(self):
        for content in (b"", b"hello", b"\x80\x02.", pickle.dumps({"a": 1}, protocol=2), b"PK\x05\x06" + bytes(18)):
            self.file.write_bytes(content)
            self.refusal()

    def test_a_file_cut_short_is_refused(self):
        for zipped in (True, False):
            torch.save(self.network.state_dict(), self.file, _use_new_zipfile_serialization=zipped)
            whole = self.file.read_bytes()
            for end in range(0, len(whole) - 1, max(1, len(whole) // 40)):
                self.file.write_bytes(whole[:end])
                self.refusal()

    def test_plain_weights_load_in_either_format(self):
        for zipped in (True, False):
            weights = {name: torch.full_like(value, 4) for name, value in self.network.state_dict().items()}
            torch.save(OrderedDict(weights), self.file, _use_new_zipfile_serialization=zipped)
            loaded = published_weights.load_weights(self.file, torch.nn.Linear(2, 3))
            self.assertEqual(loaded.bias.tolist(), [4.0] * 3)

    def test_weights_of_another_network_are_refused(self):
        torch.save(torch.nn.Linear(5, 5).state_dict(), self.file)
        self.assertIn("does not fit Linear", str(self.refusal()))


if __name__ == "__main__":
    unittest.main()
