#!/usr/bin/env python3
"""Makes an AlexNet model pack from torchvision's pretrained weights, or one of its size with random weights."""

import dataclasses
import re
import sys
from pathlib import Path

import torch

from adyton_models import alexnet, download, pack, published_weights
from adyton_models.cli import Parser
from adyton_models.errors import DATA, ToolError, run

PROGRAM = "make_alexnet.py"

#: Where downloads are kept: the project's folder for them, which git ignores.
CACHE = Path(__file__).resolve().parents[2] / ".cache" / "models"

#: With a digest of the user's own, any file up to this size is taken: the published one has 244 MB.
LARGEST_FILE = 300_000_000


def parse(arguments):
    parser = Parser(
        PROGRAM,
        "Makes an AlexNet model pack. Without --weights or --random-weights it fetches torchvision's pretrained\n"
        "weights (244 MB) once and keeps them. Their SHA-256 is checked wherever they come from.",
        "Tools/models/make_alexnet.py --output Models/alexnet")
    parser.add_argument("--output", required=True, type=Path, metavar="DIR", help="the folder of the new pack")
    parser.add_argument("--force", action="store_true", help="replace the pack that is there")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--weights", type=Path, metavar="FILE", help="take the weights from this file")
    source.add_argument("--url", help="fetch the weights from here, such as a mirror; the same digest is demanded")
    source.add_argument(
        "--random-weights", type=int, metavar="SEED",
        help="make up weights, for tests and benchmarks without a network")
    parser.add_argument(
        "--sha256", metavar="HEX",
        help="for testing: demand this digest of --url or --weights, not the published one")
    parser.add_argument(
        "--self-test-images", type=Path, metavar="DIR",
        help="also put this folder's JPEG and PNG files into the self-test")
    parser.add_argument(
        "--cache", type=Path, default=CACHE, metavar="DIR", help="where downloads are kept (default: .cache/models)")
    options = parser.parse_args(arguments)
    if options.sha256 is not None:
        if options.weights is None and options.url is None:
            parser.error("--sha256 goes only with --url or --weights: the published file has a fixed digest")
        if not re.fullmatch("[0-9a-f]{64}", options.sha256):
            parser.error("--sha256 needs 64 hexadecimal digits in lower case")
    if options.random_weights is not None and not 0 <= options.random_weights < 2**63:
        parser.error("--random-weights needs a seed from 0 to 9223372036854775807")
    return options


def trained_network(options):
    """AlexNet with the weights that the options ask for."""
    if options.random_weights is not None:
        return alexnet.random_network(options.random_weights)
    wanted = options.sha256 or alexnet.PUBLISHED.sha256
    if options.weights is not None:
        if not options.weights.is_file():
            raise ToolError(DATA, f"{options.weights} cannot be read", "a file", "no file of that name")
        download.check_digest(options.weights, wanted, "get the file again from where it was published")
        path = options.weights
    else:
        source = alexnet.PUBLISHED
        if options.url is not None:
            source = dataclasses.replace(source, url=options.url)
        if options.sha256 is not None:
            source = dataclasses.replace(
                source, sha256=wanted, name=f"weights-{wanted[:16]}.pth", maximum_bytes=LARGEST_FILE)
        path = download.fetch(source, options.cache)
    return published_weights.load_weights(path, alexnet.network())


def work(options):
    torch.set_num_threads(1)
    pack.check_target(options.output, options.force)
    print(alexnet.build(
        trained_network(options), options.output, seed=options.random_weights,
        self_test_images=options.self_test_images, force=options.force))


if __name__ == "__main__":
    sys.exit(run(PROGRAM, sys.argv[1:], parse, work))
