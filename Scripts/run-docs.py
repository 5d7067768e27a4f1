#!/usr/bin/env python3
"""Runs the commands of README.md and the how-tos word for word, as a reader would: page by page, each in a fresh folder.

    Scripts/run-docs.py [--all] [PAGE...]      PAGE is a path such as Docs/how-to/verify-evidence.md; every page without it
    Scripts/run-docs.py --list                 says of every block what happens to it

The programs are those of ADYTON_BUILD (default .build/release), which must be built; PATH and CLONE are set as README.md
says. Each page has a home, machines and, where `unshare` may make one, a network of its own: no block reaches another
computer, and ports are free. A block of `sh` runs; another one needs a directive, a comment before it:

    <!-- run: skip REASON -->               do not run the block: hardware or a network is missing, or it is a fragment
    <!-- run: instead COMMANDS -->          a stand-in, where hardware or a network is missing
    <!-- run: long -->                      run it with --all alone
    <!-- run: file NAME -->                 the reader writes the block to this file
    <!-- run: same PATH -->                 the block is the repository's file PATH, word for word
    <!-- run: python -->                    run it with the Python that Scripts/setup.sh test makes
    <!-- run: background until TEXT -->     a second terminal: go on when it prints TEXT, stop it at the end of the page
    <!-- run: after PAGE -->                anywhere: the page starts with the folder that PAGE leaves
    <!-- run: prepare COMMANDS -->          anywhere: with --all these run before the page, and reach other computers

`long; ` goes before another directive. The first command that fails ends its page. Exit status 1 where a page
failed, 65 where a page has a block without a directive.
"""

import argparse
import dataclasses
import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DIRECTIVE = re.compile(r"<!-- run: ((?:(?!-->).)*) -->\s*\Z", re.DOTALL)
AFTER = re.compile(r"<!-- run: after (\S+) -->")
PREPARE = re.compile(r"<!-- run: prepare ((?:(?!-->).)*) -->", re.DOTALL)
KINDS = {"skip", "instead", "long", "file", "same", "python", "background"}
VALUED = KINDS - {"long", "python"}
# Swift blocks are compiled (Tests/DocumentationTests); text without a language is a diagram.
UNRUN = {"", "swift"}
LIMIT_IN_SECONDS = 1200

PRELUDE = """\
set -eE -o pipefail
[ "$OWN_NETWORK" = no ] || python3 -c 'import fcntl, socket, struct
fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sh", b"lo", 0x41))  # The loopback device comes up.'
trap 'printf "run-docs: status %s of: %s\\n" "$?" "$BASH_COMMAND" >&2' ERR
finish() {
    local status=$?
    trap - ERR
    trap '' TERM
    kill -TERM 0  # What runs in the background, as Ctrl-C in its terminal would.
    wait || true
    exit "$status"
}
trap finish EXIT
block() { printf '\036%s %s\n' "$1" "$EPOCHREALTIME" >&2; }
until_says() {  # FILE TEXT JOB
    for _ in $(seq 1800); do
        if grep -qF -- "$2" "$1"; then return 0; fi
        kill -0 "$3" 2>/dev/null || break
        sleep 0.1
    done
    cat "$1"
    echo "run-docs: it never said: $2" >&2
    return 1
}
"""
CODA = "\nblock end\n"


class PageError(Exception):
    """A page whose blocks do not say what to do with them."""


@dataclasses.dataclass
class Block:
    """A block of code with its directives."""

    page: str
    line: int
    language: str
    text: str
    directives: dict

    @property
    def place(self):
        return f"{self.page}:{self.line}"

    def fate(self, everything):
        """What happens to it, in words; empty where it runs."""
        if "skip" in self.directives:
            return f"skipped: {self.directives['skip']}"
        if "long" in self.directives and not everything:
            return "skipped: long, for --all"
        return "compiled" if self.language == "swift" else "a diagram" if self.language in UNRUN else ""

    def commands(self):
        """The lines of Bash that do what a reader does."""
        text, number = self.text, self.line
        if "instead" in self.directives:
            return self.directives["instead"]
        if "file" in self.directives or "python" in self.directives:
            name = self.directives.get("file") or f".block-{number}.py"
            tail = "" if "file" in self.directives else f'\n"$CLONE/.deps/python/bin/python" {name}'
            return f"cat >{shlex.quote(name)} <<'END_OF_BLOCK'\n{text}END_OF_BLOCK{tail}"
        if "background" in self.directives:
            wanted = self.directives["background"].removeprefix("until ")
            log = f".block-{number}.log"
            return f"{{ trap : TERM\n{text}}} >{log} 2>&1 &\nuntil_says {log} {shlex.quote(wanted)} $!"
        return text


def directives(page, line, text):
    """The directives of the comment right before a block."""
    match = DIRECTIVE.search(text)
    if not match or match[1].startswith(("after ", "prepare ")):
        return {}
    found = {}
    text = " ".join(match[1].split())
    for part in text.split("; ", 1) if text.startswith("long;") else [text]:
        kind, _, value = part.partition(" ")
        if kind not in KINDS or (kind in VALUED) != bool(value):
            raise PageError(f"{page}:{line}: unknown directive '{part}'")
        found[kind] = value
    return found


def blocks(page):
    """The blocks of a page, in their order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    found, end = [], 0
    for match in BLOCK.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        block = Block(page, line, match[1], match[2], directives(page, line, text[end : match.start()]))
        end = match.end()
        if block.language not in UNRUN | {"sh"} and not block.directives:
            raise PageError(f"{block.place}: a block of {block.language} needs a directive")
        if "same" in block.directives:
            if block.text != (ROOT / block.directives["same"]).read_text(encoding="utf-8"):
                raise PageError(f"{block.place}: the block is not {block.directives['same']}, word for word")
            block.directives["skip"] = f"it is {block.directives['same']}"
        found.append(block)
    return found


def all_pages():
    return ["README.md", *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "Docs/how-to").glob("*.md"))]


def needed(page):
    """The page whose folder this page starts with, or nothing."""
    match = AFTER.search((ROOT / page).read_text(encoding="utf-8"))
    return os.path.normpath(os.path.join(os.path.dirname(page), match[1])) if match else None


def in_order(pages):
    """The pages, each behind the one that it needs."""
    ordered = []

    def add(page):
        if page not in ordered:
            if needed(page):
                add(needed(page))
            ordered.append(page)

    for page in pages:
        add(page)
    return ordered


def preparation(page):
    """What has to be there before a page's long blocks run, as commands of Bash; empty for most pages."""
    return "\n".join(PREPARE.findall((ROOT / page).read_text(encoding="utf-8")))


class Reader:
    """Follows pages in folders below one temporary folder."""

    def __init__(self, folder, everything):
        self.folder = pathlib.Path(folder)
        self.everything = everything
        self.build = pathlib.Path(os.environ.get("ADYTON_BUILD", ROOT / ".build/release")).absolute()
        self.has_network = subprocess.run(["unshare", "--net", "true"], capture_output=True).returncode == 0
        if not self.has_network:
            print("run-docs: no network of its own: ports may be taken, and other computers be reached")

    def make_parts(self):
        """The kernel, process 1 and the gateway in one place, of the build at hand."""
        guest = self.folder / "share/guest"
        guest.mkdir(parents=True)
        environment = dict(os.environ, ADYTON_BUILD=str(self.build))
        subprocess.run(
            [ROOT / "Scripts/build-guest.sh", "gateway", guest], env=environment, check=True, stdout=subprocess.DEVNULL
        )
        for made, name in [("init", "adyton-init"), ("gateway", "adyton-gateway")]:
            (guest / made).rename(guest / name)
        for name in ["vmlinuz", "modules"]:
            (guest / name).symlink_to(ROOT / ".deps/kernel" / name)
        for name in (ROOT / ".deps/onnxruntime/lib").glob("*.so*"):
            (guest.parent / name.name).symlink_to(name)

    def environment(self, home):
        keep = {"LANG", "TMPDIR", "TERM", "PIP_INDEX_URL", "SSL_CERT_FILE"}
        kept = {name: value for name, value in os.environ.items() if name in keep}
        run = self.folder / "run"
        run.mkdir(mode=0o700, exist_ok=True)
        return kept | {
            "HOME": str(home),
            "PATH": f"{self.build}:{os.environ['PATH']}",
            "CLONE": str(ROOT),
            "ADYTON_BUILD": str(self.build),
            "ADYTON": str(self.build / "adyton"),
            "ADYTON_SHARE": str(self.folder / "share"),
            "ADYTON_LIBTORCH": str(ROOT / ".deps/torch/lib"),
            "XDG_RUNTIME_DIR": str(run),
            "ORT_DISABLE_TELEMETRY": "1",
            "OWN_NETWORK": "yes" if self.has_network else "no",
        }

    def follow(self, page, later=()):
        """Runs a page's blocks before those of later pages; the answer is whether every command ended well."""
        home = self.folder / page.replace("/", "-")
        before = needed(page)
        if before:
            left = self.folder / before.replace("/", "-")
            if before in map(needed, later):
                shutil.copytree(left, home, symlinks=True)
            else:
                left.rename(home)
        else:
            home.mkdir()
        (home / "work").mkdir(exist_ok=True)
        script = [PRELUDE]
        for block in blocks(page):
            fate = block.fate(self.everything)
            script.append(f"block {block.line}" if not fate else f"# {block.place}: {fate}")
            script.append(block.commands() if not fate else "")
        (home / "page.sh").write_text("\n".join(script) + CODA)
        if self.everything and preparation(page):
            command = ["bash", "-ec", preparation(page)]
            prepared = subprocess.run(command, cwd=home, env=self.environment(home), stdout=subprocess.DEVNULL)
            if prepared.returncode:
                print(f"{page}: its preparation failed with status {prepared.returncode}", file=sys.stderr)
                return False
        log = home / "page.log"
        command = (["unshare", "--net"] if self.has_network else []) + ["bash", home / "page.sh"]
        with log.open("w") as output:
            process = subprocess.Popen(
                command, cwd=home / "work", env=self.environment(home), stdin=subprocess.DEVNULL,
                stdout=output, stderr=output, start_new_session=True,
            )
            try:
                status = process.wait(LIMIT_IN_SECONDS)
            except subprocess.TimeoutExpired:
                status = 124
            finally:
                self.end(process)
        self.report(page, log.read_text(errors="replace"), status)
        left = self.stop_machines(self.environment(home))
        if left:
            print(f"{page}: it leaves machines behind: {', '.join(left)}", file=sys.stderr)
        return status == 0 and not left

    @staticmethod
    def end(process):
        """Ends whatever a page has left running."""
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()

    @staticmethod
    def stop_machines(environment):
        """Stops the machines that are left; the answer is their names."""
        listed = subprocess.run([environment["ADYTON"], "ps", "--json"], env=environment, capture_output=True, check=True)
        names = [machine["name"] for machine in json.loads(listed.stdout)]
        for name in names:
            subprocess.run([environment["ADYTON"], "stop", name], env=environment, capture_output=True)
        return names

    def report(self, page, text, status):
        """A line for each block that ran, with its seconds; the output of the one that failed."""
        parts = re.findall(r"\x1e(\w+) (\d+)[.,](\d+)\n([^\x1e]*)", text)
        times = [float(f"{seconds}.{fraction}") for _, seconds, fraction, _ in parts]
        for (line, _, _, output), start, end in zip(parts, times, times[1:] + [time.time()]):
            if line != "end":
                print(f"  {page}:{line}  {end - start:.1f} s")
            if status and line == parts[-1][0]:
                print(f"{page}:{line}: failed with status {status}:\n{output[-4000:]}", file=sys.stderr)
        if status and not parts:
            print(f"{page}: failed with status {status}:\n{text[-4000:]}", file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description="Run the commands of the pages, word for word.")
    parser.add_argument("--all", action="store_true", help="long blocks, too")
    parser.add_argument("--list", action="store_true", help="say what happens to every block, and run nothing")
    parser.add_argument("--keep", metavar="FOLDER", help="leave what pages made in this new folder")
    parser.add_argument("pages", nargs="*", metavar="PAGE")
    options = parser.parse_args()
    pages = in_order(options.pages or all_pages())
    try:
        found = [block for page in pages for block in blocks(page)]
    except PageError as error:
        print(f"run-docs: {error}", file=sys.stderr)
        return 65
    if options.list:
        for block in found:
            print(f"{block.place}: {block.fate(options.all) or 'runs'}")
        return 0
    start = time.time()
    with tempfile.TemporaryDirectory(prefix="adyton-docs-") as folder:
        reader = Reader(folder, options.all)
        reader.make_parts()
        failed = [page for index, page in enumerate(pages) if not reader.follow(page, pages[index + 1 :])]
        if options.keep:
            shutil.copytree(folder, options.keep, symlinks=True)
    ran = sum(1 for block in found if not block.fate(options.all))
    print(f"run-docs: {ran} of {len(found)} blocks ran, {len(failed)} pages failed, after {time.time() - start:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
