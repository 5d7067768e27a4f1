"""Scripts/check-test-runs.py against lists and results."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "Scripts/check-test-runs.py"
LIST = "AlphaTests.Suite/`takes one/two`()\nAlphaTests.Suite/`takes many`(number:)\nBetaTests.alone()\nBuild complete!\n"


def results(*cases):
    lines = [f'<testcase classname="{suite}" name="{name}" />' for suite, name in cases]
    return f"<testsuites><testsuite>{''.join(lines)}</testsuite></testsuites>"


ALPHA = [("AlphaTests.Suite", "`takes one/two`()"), ("AlphaTests.Suite", "`takes many`(number:)")]
BETA = [("BetaTests", "alone()")]


class CheckTestRuns(unittest.TestCase):
    def check(self, *groups):
        with tempfile.TemporaryDirectory() as folder:
            place = pathlib.Path(folder)
            (place / "list.txt").write_text(LIST)
            for number, group in enumerate(groups):
                (place / f"{number}.xml").write_text(results(*group))
            return subprocess.run(
                [sys.executable, SCRIPT, place / "list.txt", place], capture_output=True, text=True, check=False
            )

    def test_every_test_once(self):
        result = self.check(ALPHA, BETA)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("each of 3 tests", result.stdout)

    def test_never(self):
        result = self.check(ALPHA)
        self.assertEqual((result.returncode, result.stderr), (1, "check-test-runs: BetaTests.alone: in no group\n"))

    def test_twice(self):
        result = self.check(ALPHA, BETA, BETA)
        self.assertEqual((result.returncode, result.stderr), (1, "check-test-runs: BetaTests.alone: in 1, 2\n"))

    def test_unknown(self):
        result = self.check(ALPHA, BETA + [("GammaTests", "more()")])
        self.assertIn("GammaTests.more: not in the list", result.stderr)


if __name__ == "__main__":
    unittest.main()
