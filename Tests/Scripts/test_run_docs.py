"""Scripts/run-docs.py: what it makes of a page, and that each page of the project says what to do with its blocks."""

import contextlib
import importlib.util
import io
import os
import pathlib
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "Scripts/run-docs.py"


def load(root):
    """The script as a module whose project is another folder."""
    specification = importlib.util.spec_from_file_location("run_docs", SCRIPT)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    module.ROOT = root
    return module


class RunDocsTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.docs = load(self.folder)
        program = self.folder / "build/adyton"
        program.parent.mkdir()
        program.write_text("#!/bin/sh\necho '[]'\n")
        program.chmod(0o755)

    def page(self, text, name="page.md"):
        (self.folder / name).write_text(text)
        return name

    def follow(self, *pages, everything=False):
        """Whether each page's commands ended well, and what was printed."""
        work = self.folder / "work"
        work.mkdir()
        os.environ["ADYTON_BUILD"] = str(self.folder / "build")
        self.addCleanup(os.environ.pop, "ADYTON_BUILD")
        output = io.StringIO()
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            reader = self.docs.Reader(work, everything)
            answers = [reader.follow(page) for page in pages]
        return answers, output.getvalue()

    def test_every_page_of_the_project_says_what_to_do_with_its_blocks(self):
        docs = load(SCRIPT.parents[1])
        pages = docs.all_pages()
        self.assertGreater(len(pages), 8)
        for page in pages:
            with self.subTest(page=page):
                text = (SCRIPT.parents[1] / page).read_text()
                self.assertEqual(bool(docs.blocks(page)), "```" in text)

    def test_blocks_share_a_shell_and_a_failing_command_ends_its_page(self):
        page = self.page("```sh\na=1; mkdir d && cd d\n```\n\n```sh\ntest $a = 1 && touch ../made\nfalse\ntouch ../not\n```\n")
        answers, output = self.follow(page)
        self.assertEqual(answers, [False])
        self.assertIn("page.md:5: failed with status 1", output)
        self.assertIn("status 1 of: false", output)
        self.assertEqual(["d", "made"], sorted(os.listdir(self.folder / "work/page.md/work")))

    def test_directives_skip_replace_and_write(self):
        page = self.page(
            "<!-- run: skip there is no such hardware -->\n```sh\nfalse\n```\n"
            "<!-- run: instead test -n\n\"$CLONE\" -->\n```sh\nfalse\n```\n"
            "<!-- run: long; instead true -->\n```sh\nfalse\n```\n"
            "<!-- run: file c.json -->\n```json\n{}\n```\n```sh\ngrep '{}' c.json\n```\n"
        )
        self.assertEqual(self.follow(page)[0], [True])

    def test_a_second_terminal_is_waited_for_and_stopped(self):
        block = "```sh\ntrap 'touch stopped; exit' TERM; sleep 0.5; echo ready; touch ready; while :; do sleep 0.1; done\n```\n"
        page = self.page(f"<!-- run: background until ready -->\n{block}```sh\ntest -f ready\n```\n")
        self.assertEqual(self.follow(page)[0], [True])
        self.assertTrue((self.folder / "work/page.md/work/stopped").exists())

    def test_a_page_starts_with_what_the_one_before_left(self):
        first = self.page("```sh\ntouch made\n```\n", "first.md")
        second = self.page("<!-- run: after first.md -->\n```sh\nls made\n```\n", "second.md")
        self.assertEqual(self.docs.in_order([second]), [first, second])
        self.assertEqual(self.follow(first, second)[0], [True, True])

    def test_what_long_blocks_need_is_made_before_with_all(self):
        block = "```sh\ntest -e ../made\n```\n"
        page = self.page(f"<!-- run: prepare touch made -->\n<!-- run: long -->\n{block}")
        self.assertEqual(self.follow(page, everything=True)[0], [True])
        self.assertTrue((self.folder / "work/page.md/made").exists())

    def test_a_page_whose_preparation_fails_is_not_followed(self):
        page = self.page("<!-- run: prepare false -->\n```sh\ntouch ../made\n```\n")
        answers, output = self.follow(page, everything=True)
        self.assertEqual(answers, [False])
        self.assertIn("page.md: its preparation failed with status 1", output)
        self.assertFalse((self.folder / "work/page.md/made").exists())

    def test_a_block_that_nobody_can_run_is_refused(self):
        (self.folder / "same.json").write_text("[]\n")
        for text in [
            "```json\n{}\n```\n",
            "<!-- run: skip -->\n```sh\ntrue\n```\n",
            "<!-- run: never -->\n```sh\ntrue\n```\n",
            "<!-- run: same same.json -->\n```json\n{}\n```\n",
        ]:
            with self.subTest(text=text), self.assertRaises(self.docs.PageError):
                self.docs.blocks(self.page(text))


if __name__ == "__main__":
    unittest.main()
