"""The project's pages: each is found, leads where it says, and names files that exist."""

import pathlib
import posixpath
import re
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
LINK = re.compile(r"\]\(([^)\s]+)\)")
PATH = re.compile(r"(?:^|[\s`(\[])((?:Sources|Tests|Scripts|Docs|Benchmarks|Examples)/[\w./+-]*)", re.MULTILINE)
PAGE = re.compile(r"Docs/[\w./-]+\.md")


def tracked(*patterns):
    """The repository's files that fit one of the patterns, those not yet added included, sorted."""
    command = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    names = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return sorted(name for name in set(names) if (ROOT / name).is_file())


def text(path):
    return (ROOT / path).read_text(encoding="utf-8")


def prose(path):
    """The lines of a page outside of its code blocks."""
    lines, in_block = [], False
    for line in text(path).splitlines():
        if line.startswith("```"):
            in_block = not in_block
        elif not in_block:
            lines.append(line)
    return lines


def links(path):
    """The targets of a page's links and images within the repository."""
    targets = [target for line in prose(path) for target in LINK.findall(line)]
    return [target for target in targets if "://" not in target and not target.startswith(("doc:", "mailto:"))]


def anchors(path):
    """The names by which links lead to a page's headings."""
    headings = (line.lstrip("#").strip().lower() for line in prose(path) if line.startswith("#"))
    return {"".join(c for c in heading if c.isalnum() or c in "-_ ").replace(" ", "-") for heading in headings}


class PagesTests(unittest.TestCase):
    pages = tracked("*.md")

    def test_the_index_lists_every_page_of_docs(self):
        listed = set(links("Docs/README.md"))
        pages = [page.removeprefix("Docs/") for page in self.pages if page.startswith("Docs/")]
        self.assertGreater(len(pages), 20)
        for page in pages:
            with self.subTest(page=page):
                self.assertTrue(page == "README.md" or page in listed, f"Docs/README.md has no link to {page}")

    def test_links_lead_to_files_and_headings_that_exist(self):
        for page in self.pages:
            for link in links(page):
                with self.subTest(page=page, link=link):
                    name, _, heading = link.partition("#")
                    target = posixpath.normpath(posixpath.join(posixpath.dirname(page), name)) if name else page
                    self.assertTrue((ROOT / target).exists(), "no such file")
                    if heading and target.endswith(".md"):
                        self.assertIn(heading, anchors(target))

    def test_paths_that_pages_name_exist(self):
        for page in self.pages:
            for path in PATH.findall(text(page)):
                with self.subTest(page=page, path=path):
                    self.assertTrue((ROOT / path.rstrip("./")).exists(), "no such file or directory")

    def test_pages_that_sources_and_scripts_name_exist(self):
        sources = tracked("*.swift", "*.sh", "*.py", "*.c", "*.h", "Makefile")
        self.assertGreater(len(sources), 500)
        for source in sources:
            for page in PAGE.findall(text(source)):
                with self.subTest(source=source, page=page):
                    self.assertTrue((ROOT / page).is_file(), "no such page")

    def test_pages_of_docs_begin_with_a_title_and_a_sentence(self):
        for page in self.pages:
            if page.startswith("Docs/"):
                with self.subTest(page=page):
                    title, sentence = [line for line in text(page).splitlines() if line][:2]
                    self.assertRegex(title, r"^# \S")
                    self.assertRegex(sentence, r"^[A-Za-z`*]")


if __name__ == "__main__":
    unittest.main()
