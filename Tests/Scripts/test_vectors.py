"""Scripts/vectors.sh against a service on this machine that stands for the public repositories."""

import functools
import hashlib
import http.server
import os
import pathlib
import subprocess
import tempfile
import threading
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "Scripts/vectors.sh"
LIST = SCRIPT.parent / "requirements/vectors.txt"
COMMIT = "0" * 40


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


class VectorsTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        published = self.folder / "published/owner/name" / COMMIT
        published.mkdir(parents=True)
        (published / "right.bin").write_bytes(b"right")
        (published / "changed.bin").write_bytes(b"changed")
        handler = functools.partial(Quiet, directory=str(self.folder / "published"))
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.stop)
        self.mirror = f"http://127.0.0.1:{self.server.server_port}"

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def run_script(self, lines, *arguments):
        (self.folder / "list.txt").write_text("# a comment\n" + "".join(line + "\n" for line in lines))
        environment = dict(os.environ, ADYTON_VECTORS_LIST=str(self.folder / "list.txt"), no_proxy="127.0.0.1",
                           ADYTON_VECTORS_FOLDER=str(self.folder / "out"), ADYTON_VECTORS_MIRROR=self.mirror)
        return subprocess.run([str(SCRIPT), *arguments], env=environment, capture_output=True, text=True)

    def line(self, path, content, origin):
        return f"{hashlib.sha256(content).hexdigest()} {path} {origin}"

    def test_fetches_what_is_missing_and_nothing_twice(self):
        lines = [self.line("a/right.bin", b"right", f"owner/name {COMMIT} right.bin"), self.line("b", b"own", "-")]
        first = self.run_script(lines)
        self.assertEqual(first.returncode, 0, first.stderr)
        self.assertIn("1 fetched, 0 were", first.stdout)
        self.assertIn("1 have no public origin", first.stdout)
        self.assertEqual((self.folder / "out/a/right.bin").read_bytes(), b"right")
        self.assertIn("0 fetched, 1 were", self.run_script(lines).stdout)
        listed = self.run_script(lines, "--list").stdout
        self.assertIn("https://github.com/owner/name/blob/" + COMMIT + "/right.bin", listed)
        self.assertIn("no public origin known", listed)

    def test_refuses_another_digest_and_leaves_nothing(self):
        result = self.run_script([self.line("a", b"as pinned", f"owner/name {COMMIT} changed.bin")])
        self.assertEqual(result.returncode, 69)
        self.assertIn("another digest", result.stderr)
        self.assertEqual([p for p in (self.folder / "out").rglob("*") if p.is_file()], [])

    def test_says_that_there_is_no_network(self):
        self.mirror = "http://127.0.0.1:1"
        lines = [self.line(str(number), b"x", f"owner/name {COMMIT} x") for number in range(5)]
        result = self.run_script(lines)
        self.assertEqual(result.returncode, 69)
        self.assertIn("5 files could not be fetched", result.stderr)
        self.assertIn("is there a network?", result.stderr)

    def test_the_list_names_digest_path_and_origin(self):
        lines = [line.split(" ") for line in LIST.read_text().splitlines() if not line.startswith("#")]
        self.assertGreater(len(lines), 200)
        self.assertEqual(len({fields[1] for fields in lines}), len(lines))
        for fields in lines:
            self.assertRegex(fields[0], "^[0-9a-f]{64}$")
            self.assertNotIn("..", fields[1])
            self.assertIn(len(fields), (3, 5), fields)
            if len(fields) == 5:
                self.assertRegex(fields[2], r"^[\w.-]+/[\w.-]+$")
                self.assertRegex(fields[3], "^[0-9a-f]{40}$")
            else:
                self.assertEqual(fields[2], "-")


if __name__ == "__main__":
    unittest.main()
