"""Times our root file system tools and their peers in turns, and prints medians, ratios and peak memory.

Every tool reads what is in the page cache. What makes one file (an image, an archive) has it on the disk when its time
ends: ours does so by itself, and a peer is followed by sync(1) of that file. What extracts leaves the disk to the system,
ours as the peers; bringing it there is timed apart.
"""

import argparse
import os
import random
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

FILES = 20_000
BYTES = 1 << 30
# Touched before each run: a virtual machine that gave its free memory back would pay for it in the middle of a run.
TOUCHED = 5 << 29
LIMITS = {"mkext2": 0.6, "mkcpio": 0.4, "exext2": 0.5, "excpio": None}


def make_tree(path):
    """Makes the same 20,000 files in 1400 folders on every machine: most of 9 to 60 KiB, a few large ones."""
    if os.path.isdir(path):
        return
    source = random.Random(1)
    weights = [source.paretovariate(1.2) for _ in range(FILES)]
    total = sum(weights)
    partial = path + ".partial"
    shutil.rmtree(partial, ignore_errors=True)
    for index, weight in enumerate(weights):
        folder = f"{partial}/d{index % 200:03d}/s{index % 7}"
        os.makedirs(folder, exist_ok=True)
        with open(f"{folder}/f{index}", "wb") as file:
            file.write(source.randbytes(max(1, int(weight / total * BYTES))))
    os.rename(partial, path)


def run(command):
    """Runs a shell command; gives wall seconds and the peak memory in KiB of the largest process."""
    subprocess.run([sys.executable, "-c", f"b'1' * {TOUCHED}"], check=True)
    os.sync()
    # GNU time starts the tool, for a child of this interpreter would begin with the interpreter's own memory.
    with tempfile.NamedTemporaryFile(mode="r") as peak:
        start = time.monotonic()
        done = subprocess.run(
            ["/usr/bin/time", "-f", "%M", "-o", peak.name, "sh", "-ec", command],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        seconds = time.monotonic() - start
        if done.returncode != 0:
            sys.exit(f"root-file-systems: error: this failed: {command}")
        return seconds, int(peak.read())


def commands(adyton, keys, tree, work, number):
    """The commands of a round: name, whose, and the shell's text."""
    adyton, tree = shlex.quote(adyton), shlex.quote(tree)
    image, archive = f"{work}/ours.img", f"{work}/ours.cpio"
    # The same blocks, inodes and size as ours, but for room for lost+found; the tree's salt has 32 bytes, too.
    size = (BYTES + (96 << 20)) // 4096 * 4096
    mke2fs = f"mke2fs -q -F -t ext2 -b 4096 -I 128 -m 0 -N 24000 -O ^resize_inode,^dir_index -d {tree}"
    yield "read", "plain", f"find {tree} -type f -print0 | xargs -0 cat >/dev/null"
    yield "write", "plain", f"dd if=/dev/zero of={work}/plain bs=256K count={BYTES >> 18}"
    yield "write-disk", "plain", f"dd if=/dev/zero of={work}/plain2 bs=256K count={BYTES >> 18} conv=fsync"
    yield "mkext2", "ours", f"{adyton} mkext2 --sign {keys} {tree} {image}"
    yield "mkext2", "peer", (
        f"truncate -s {size} {work}/theirs.img; {mke2fs} {work}/theirs.img; "
        f"veritysetup format --hash-offset={size} --data-blocks={size // 4096} {work}/theirs.img {work}/theirs.img; "
        f"sync {work}/theirs.img"
    )
    yield "mkcpio", "ours", f"{adyton} mkcpio {tree} {archive}"
    yield "mkcpio", "peer", (
        f"(cd {tree} && find . | cpio -o -H newc --quiet) >{work}/theirs.cpio; sync {work}/theirs.cpio"
    )
    # Each extraction has a folder of its own, and none is removed meanwhile: ext4 spends seconds on passing over the
    # inodes that were deleted in the last minutes.
    yield "exext2", "ours", f"{adyton} exext2 {image} {work}/exext2-{number}"
    yield "exext2-disk", "ours", f"sync -f {work}"
    yield "exext2", "peer", f"mkdir {work}/rdump-{number}; debugfs -R 'rdump / {work}/rdump-{number}' {image}"
    yield "exext2-disk", "peer", f"sync -f {work}"
    yield "excpio", "ours", f"{adyton} excpio {archive} {work}/excpio-{number}"
    yield "excpio", "peer", f"mkdir {work}/cpio-{number}; cd {work}/cpio-{number}; cpio -idm --quiet <{archive}"


def report(times, peaks, rounds):
    """Prints the tables; gives the names of what missed its limit."""
    median = {key: statistics.median(values) for key, values in times.items()}
    read, write, written = (median[name, "plain"] for name in ("read", "write", "write-disk"))
    print(f"a plain read of the tree: {read:.2f} s; a plain write of as many bytes: {write:.2f} s, to the disk {written:.2f} s")
    print(f"medians of {rounds} rounds, seconds; in brackets the least and the most")
    print(f"{'':8} {'ours':>20} {'peer':>20} {'ratio':>6} {'limit':>6} {'ours MiB':>9} {'peer MiB':>9} {'read+write / ours':>18} {'/ peer':>7}")
    missed = []
    for name, limit in LIMITS.items():
        ours, peer = median[name, "ours"], median[name, "peer"]
        least = read + (written if name.startswith("mk") else write)

        def spread(whose):
            values = times[name, whose]
            return f"{median[name, whose]:.2f} ({min(values):.2f} {max(values):.2f})"

        print(
            f"{name:8} {spread('ours'):>20} {spread('peer'):>20} {ours / peer:6.2f} {limit or '':>6}"
            f" {max(peaks[name, 'ours']) / 1024:9.0f} {max(peaks[name, 'peer']) / 1024:9.0f}"
            f" {least / ours:18.2f} {least / peer:7.2f}"
        )
        if limit and ours / peer > limit:
            missed.append(name)
    ours = median["exext2", "ours"] + median["exext2-disk", "ours"]
    peer = median["exext2", "peer"] + median["exext2-disk", "peer"]
    print(f"exext2 and then sync -f: ours {ours:.2f} s, peer {peer:.2f} s, ratio {ours / peer:.2f}")
    return missed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--adyton", required=True)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    folder = os.path.abspath(options.folder)
    make_tree(f"{folder}/tree")
    times, peaks = {}, {}
    with tempfile.TemporaryDirectory(dir=folder, prefix="work-") as work:
        for command in (
            ["openssl", "genrsa", "-3", "-out", f"{work}/key", "3072"],
            ["openssl", "rsa", "-in", f"{work}/key", "-pubout", "-out", f"{work}/pub"],
        ):
            subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
        for number in range(options.rounds):
            for name, whose, command in commands(
                os.path.abspath(options.adyton), f"{work}/pub:{work}/key", f"{folder}/tree", work, number
            ):
                if name.endswith("-disk") and whose != "plain":
                    start = time.monotonic()
                    subprocess.run(["sh", "-c", command], check=True)
                    seconds, peak = time.monotonic() - start, 0
                else:
                    seconds, peak = run(command)
                times.setdefault((name, whose), []).append(seconds)
                peaks.setdefault((name, whose), []).append(peak)
            for name in ("plain", "plain2", "ours.img", "theirs.img", "ours.cpio", "theirs.cpio"):
                os.remove(f"{work}/{name}")
    missed = report(times, peaks, options.rounds)
    if missed:
        sys.exit(f"root-file-systems: error: slower than the limit: {', '.join(missed)}")


main()
