"""Packs on disk: the digest, the table of files, and writing whole or not at all."""

import contextlib
import hashlib
import io
import os
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from adyton_models import pack
from adyton_models.errors import CANNOT_CREATE, DATA, USAGE, ToolError, run

CARD = {"schema": pack.SCHEMA, "name": "vector"}


class PackTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.pack = self.folder / "pack"

    def tree(self, files):
        for path, content in files.items():
            (self.pack / path).parent.mkdir(parents=True, exist_ok=True)
            (self.pack / path).write_bytes(content)

    def test_the_digest_of_a_fixed_pack(self):
        # Computed by hand from the definition; other implementations use the same vector.
        self.tree({"model-card.json": b"{}\n", "labels.txt": "Köln\n".encode()})
        self.tree({"selftest/ä.png": b"\x00\xff", "empty": b""})
        digests = {
            name: hashlib.sha256(content).digest()
            for name, content in (
                ("card", b"{}\n"), ("labels", b"K\xc3\xb6ln\n"), ("image", b"\x00\xff"), ("empty", b""))
        }
        by_hand = b"adyton.model-pack/1\n"
        by_hand += b"\x05" + bytes(7) + b"empty" + bytes(8) + digests["empty"]
        by_hand += b"\x0a" + bytes(7) + b"labels.txt" + b"\x06" + bytes(7) + digests["labels"]
        by_hand += b"\x0f" + bytes(7) + b"model-card.json" + b"\x03" + bytes(7) + digests["card"]
        by_hand += b"\x0f" + bytes(7) + b"selftest/\xc3\xa4.png" + b"\x02" + bytes(7) + digests["image"]
        self.assertEqual(pack.pack_digest(self.pack), hashlib.sha256(by_hand).hexdigest())
        self.assertEqual(
            pack.pack_digest(self.pack), "1450087be10a9fdbeff55facb07ed98485f7fcb1020985b75a89a9db02ef809a")

    def test_files_are_ordered_by_the_bytes_of_their_paths(self):
        self.tree({"b/x": b"", "b.x": b"", "B": b"", "a-": b"", "a/0": b"", "\uffee": b"", "\U00010000": b""})
        self.assertEqual(
            pack.pack_files(self.pack), ["B", "a-", "a/0", "b.x", "b/x", "\uffee", "\U00010000"])

    def test_every_change_changes_the_digest(self):
        self.tree({"model-card.json": b"{}", "a": b"1", "c/d": b"2"})
        seen = {pack.pack_digest(self.pack)}
        for change in (
            lambda: (self.pack / "a").write_bytes(b"3"), lambda: (self.pack / "a").rename(self.pack / "b"),
            lambda: (self.pack / "e").write_bytes(b""), lambda: (self.pack / "model-card.json").write_bytes(b"{ }"),
        ):
            change()
            seen.add(pack.pack_digest(self.pack))
        self.assertEqual(len(seen), 5)

    def test_a_link_is_refused(self):
        self.tree({"model-card.json": b"{}"})
        os.symlink("/etc/passwd", self.pack / "labels.txt")
        with self.assertRaises(ToolError) as caught:
            pack.pack_digest(self.pack)
        self.assertEqual(caught.exception.exit_code, DATA)

    def test_a_written_pack_checks_and_any_difference_is_found(self):
        digest = pack.write_pack(self.pack, {"labels.txt": b"a\n", "selftest/i.png": b"i"}, CARD)
        self.assertEqual(digest, pack.pack_digest(self.pack))
        pack.check_files(self.pack)
        for path, content in (("labels.txt", b"b\n"), ("extra", b"")):
            (self.pack / path).write_bytes(content)
            with self.assertRaises(ToolError) as caught:
                pack.check_files(self.pack)
            self.assertIn(path, caught.exception.what)
            pack.write_pack(self.pack, {"labels.txt": b"a\n", "selftest/i.png": b"i"}, CARD, force=True)

    def test_the_same_content_gives_the_same_digest_elsewhere(self):
        first = pack.write_pack(self.pack, {"labels.txt": b"a\n"}, CARD)
        self.assertEqual(first, pack.write_pack(self.folder / "deeper" / "other", {"labels.txt": b"a\n"}, CARD))

    def test_a_pack_is_replaced_only_with_force(self):
        pack.write_pack(self.pack, {"labels.txt": b"a\n"}, CARD)
        with self.assertRaises(ToolError) as caught:
            pack.write_pack(self.pack, {"labels.txt": b"b\n"}, CARD)
        self.assertEqual(caught.exception.exit_code, CANNOT_CREATE)
        self.assertIn("--force", str(caught.exception))
        pack.write_pack(self.pack, {"labels.txt": b"b\n"}, CARD, force=True)
        self.assertEqual((self.pack / "labels.txt").read_bytes(), b"b\n")
        self.assertEqual([path.name for path in self.folder.iterdir()], ["pack"])

    def test_force_does_not_replace_what_is_no_pack(self):
        self.tree({"holiday.jpg": b"precious"})
        with self.assertRaises(ToolError):
            pack.write_pack(self.pack, {}, CARD, force=True)
        self.assertEqual((self.pack / "holiday.jpg").read_bytes(), b"precious")

    def test_a_failure_leaves_nothing_behind(self):
        for step in ("_write_file", "file_table", "_put_in_place"):
            with mock.patch.object(pack, step, side_effect=OSError("no space")), self.assertRaises(OSError):
                pack.write_pack(self.pack, {"labels.txt": b"a\n"}, CARD)
            self.assertEqual(list(self.folder.iterdir()), [], step)

    def test_a_failed_replacement_leaves_the_old_pack(self):
        before = pack.write_pack(self.pack, {"labels.txt": b"a\n"}, CARD)
        rename = os.rename

        def fail_for_new(source, target):
            if Path(target) == self.pack and ".old." not in str(source):
                raise OSError("no space")
            rename(source, target)

        with mock.patch.object(os, "rename", fail_for_new), self.assertRaises(OSError):
            pack.write_pack(self.pack, {"labels.txt": b"b\n"}, CARD, force=True)
        self.assertEqual(pack.pack_digest(self.pack), before)
        self.assertEqual([path.name for path in self.folder.iterdir()], ["pack"])

    def test_the_command_prints_the_digest_and_reports_errors(self):
        digest = pack.write_pack(self.pack, {"labels.txt": b"a\n"}, CARD)
        for words, code, text in (
            (["digest", str(self.pack)], 0, digest), (["check", str(self.pack)], 0, digest),
            (["digest", str(self.folder / "none")], DATA, "not a model pack"), (["other"], USAGE, "--help"),
        ):
            said = io.StringIO()
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                self.assertEqual(run("pack", words, pack._parse, pack._work), code)
            self.assertIn(text, said.getvalue())


if __name__ == "__main__":
    unittest.main()
