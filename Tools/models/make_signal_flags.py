#!/usr/bin/env python3
"""Makes the bundled model pack: draws signal flags, trains on them, measures, writes the pack."""

import sys
import time
from pathlib import Path

import torch

from adyton_models import examples, pack, signal_flags
from adyton_models.cli import Parser
from adyton_models.engines import Engines
from adyton_models.errors import DATA, ToolError, run
from adyton_models.network import SignalFlagNetwork, parameter_count
from adyton_models.train import Recipe, report, train

PROGRAM = "make_signal_flags.py"


def parse(arguments):
    parser = Parser(
        PROGRAM,
        "Draws the letter flags of the International Code of Signals, trains a small network of AlexNet's shape on\n"
        "them, measures it on drawings that it has not seen, and writes a model pack. About 25 minutes on one core.",
        "Tools/models/make_signal_flags.py --output Models/signal-flags --force --examples Examples/images")
    parser.add_argument("--output", required=True, type=Path, metavar="DIR", help="the folder of the new pack")
    parser.add_argument("--force", action="store_true", help="replace the pack that is there")
    parser.add_argument("--examples", type=Path, metavar="DIR", help="also draw the sample images into this folder")
    parser.add_argument("--sheet", type=Path, metavar="FILE", help="also draw a contact sheet into this JPEG file")
    parser.add_argument(
        "--save-weights", type=Path, metavar="FILE", help="keep the trained weights, to export again without training")
    parser.add_argument(
        "--weights", type=Path, metavar="FILE", help="take weights kept by --save-weights instead of training")
    return parser.parse_args(arguments)


def trained_network(options):
    if options.weights is None:
        return train(Recipe())
    network = SignalFlagNetwork().eval()
    try:
        network.load_state_dict(torch.load(options.weights, weights_only=True))
    except Exception as error:  # torch.load and load_state_dict name a dozen types between them
        raise ToolError(
            DATA, f"{options.weights} cannot be used", "weights kept by --save-weights", error,
            "leave --weights away to train anew") from error
    return network


def work(options):
    pack.check_target(options.output, options.force)
    torch.set_num_threads(1)
    started = time.monotonic()
    network = trained_network(options)
    if options.save_weights is not None:
        options.save_weights.parent.mkdir(parents=True, exist_ok=True)
        torch.save(network.state_dict(), options.save_weights)
    report(f"{parameter_count(network)} parameters, ready after {time.monotonic() - started:.0f} s")
    digest, _ = signal_flags.build(network, options.output, options.force)
    if options.examples is not None:
        examples.write_examples(Engines.of_pack(options.output), options.examples)
    if options.sheet is not None:
        examples.write_contact_sheet(options.sheet)
    print(digest)


if __name__ == "__main__":
    sys.exit(run(PROGRAM, sys.argv[1:], parse, work))
