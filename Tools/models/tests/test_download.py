"""Fetching weights: what is kept, what is refused, and how it says so."""

import contextlib
import hashlib
import io
import socket
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import make_alexnet
from adyton_models import download
from adyton_models.errors import DATA, UNAVAILABLE, USAGE, ToolError

from .server import LoopbackServer

BODY = bytes(range(256)) * 5000
DIGEST = hashlib.sha256(BODY).hexdigest()


def free_port():
    """A port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class DownloadTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.cache = Path(folder.name) / "cache"
        # A proxy of the surroundings must not stand between a test and its loopback server.
        environment = mock.patch.dict("os.environ", {"no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1"})
        environment.start()
        self.addCleanup(environment.stop)

    def source(self, url, **changes):
        values = {"sha256": DIGEST, "name": "weights.pth", "maximum_bytes": len(BODY), "pause_in_seconds": 0.0}
        return download.Source(url=url, **{**values, **changes})

    def refusal(self, source):
        with self.assertRaises(ToolError) as caught:
            download.fetch(source, self.cache)
        leftovers = list(self.cache.iterdir()) if self.cache.exists() else []
        self.assertEqual(leftovers, [], "a failed download leaves nothing behind")
        return caught.exception

    def test_a_good_file_is_kept_and_not_fetched_again(self):
        with LoopbackServer({"/w": (200, BODY, None)}) as server:
            for _ in range(2):
                path = download.fetch(self.source(f"{server.base}/w"), self.cache)
                self.assertEqual(path.read_bytes(), BODY)
            self.assertEqual(server.seen, ["/w"])
        self.assertEqual([path.name for path in self.cache.iterdir()], ["weights.pth"])

    def test_a_damaged_file_in_the_cache_is_fetched_again(self):
        self.cache.mkdir()
        (self.cache / "weights.pth").write_bytes(BODY[:-1])
        with LoopbackServer({"/w": (200, BODY, None)}) as server, contextlib.redirect_stderr(io.StringIO()) as said:
            path = download.fetch(self.source(f"{server.base}/w"), self.cache)
        self.assertEqual(path.read_bytes(), BODY)
        self.assertIn("damaged", said.getvalue())

    def test_a_wrong_digest_is_refused(self):
        with LoopbackServer({"/w": (200, BODY[:-1] + b"x", None)}) as server:
            error = self.refusal(self.source(f"{server.base}/w"))
        self.assertEqual(error.exit_code, DATA)
        self.assertIn(DIGEST, error.expected)

    def test_a_truncated_answer_is_tried_again_and_then_reported(self):
        with LoopbackServer({"/w": (200, BODY[:1000], len(BODY))}) as server:
            error = self.refusal(self.source(f"{server.base}/w", attempts=2))
            self.assertEqual(len(server.seen), 2)
        self.assertEqual(error.exit_code, UNAVAILABLE)
        self.assertIn(f"1000 of {len(BODY)} bytes", str(error))

    def test_a_file_that_says_it_is_too_large_is_refused_unread(self):
        with LoopbackServer({"/w": (200, b"", len(BODY) + 1)}) as server:
            error = self.refusal(self.source(f"{server.base}/w"))
        self.assertEqual(error.exit_code, DATA)
        self.assertIn("too large", error.what)

    def test_a_file_without_a_length_is_cut_off_at_the_bound(self):
        with LoopbackServer({"/w": (200, BODY + b"x", "unknown")}) as server:
            error = self.refusal(self.source(f"{server.base}/w"))
        self.assertEqual(error.exit_code, DATA)
        self.assertIn("too large", error.what)

    def test_a_missing_file_is_reported_without_trying_again(self):
        with LoopbackServer({}) as server:
            error = self.refusal(self.source(f"{server.base}/w"))
            self.assertEqual(len(server.seen), 1)
        self.assertEqual(error.exit_code, UNAVAILABLE)
        self.assertIn("404", str(error))

    def test_a_server_in_trouble_is_tried_again(self):
        with LoopbackServer({"/w": (503, b"", None)}) as server:
            error = self.refusal(self.source(f"{server.base}/w", attempts=3))
            self.assertEqual(len(server.seen), 3)
        self.assertEqual(error.exit_code, UNAVAILABLE)

    def test_other_addresses_than_http_are_refused(self):
        self.assertEqual(self.refusal(self.source("file:///etc/passwd")).exit_code, USAGE)

    def test_without_a_network_the_command_names_what_is_missing_and_exits_69(self):
        said = io.StringIO()
        quick = mock.patch.object(
            make_alexnet.alexnet, "PUBLISHED",
            download.Source(
                url="", sha256=DIGEST, name="alexnet.pth", maximum_bytes=9, attempts=2, pause_in_seconds=0.0))
        with quick, contextlib.redirect_stderr(said):
            code = self.command("--url", f"http://127.0.0.1:{free_port()}/w")
        self.assertEqual(code, UNAVAILABLE)
        self.assertIn("alexnet.pth is missing", said.getvalue())
        self.assertIn("--weights", said.getvalue())

    def test_wrong_words_exit_64(self):
        for words in (["--sha256", DIGEST], ["--url", "x", "--random-weights", "1"], ["--nonsense"]):
            with contextlib.redirect_stderr(io.StringIO()):
                self.assertEqual(self.command(*words), USAGE, words)

    def test_a_local_file_with_another_digest_exits_65(self):
        self.cache.mkdir()
        (self.cache / "mine.pth").write_bytes(BODY)
        with contextlib.redirect_stderr(io.StringIO()) as said:
            self.assertEqual(self.command("--weights", str(self.cache / "mine.pth")), DATA)
        self.assertIn(make_alexnet.alexnet.PUBLISHED.sha256, said.getvalue())

    def command(self, *words):
        output = self.cache.parent / "pack"
        arguments = ["--output", str(output), "--cache", str(self.cache), *words]
        code = make_alexnet.run("make_alexnet.py", arguments, make_alexnet.parse, make_alexnet.work)
        self.assertFalse(output.exists())
        return code


if __name__ == "__main__":
    unittest.main()
