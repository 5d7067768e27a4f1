"""Puts the signal-flag pack together: exports the network, measures it on held-out drawings, writes the card."""

import io
from collections import Counter

import numpy as np
from PIL import Image

from . import card, export, pack
from .engines import Engines
from .errors import DATA, ToolError
from .flags import LABELS
from .network import PREPROCESSING, SignalFlagNetwork
from .scene import Difficulty, draw_jpeg, draw_picture
from .train import report

#: Held-out drawings of each label that the accuracy is measured on.
HELD_OUT_PER_LABEL = 100

#: Below this share of right answers no pack is written.
LOWEST_ACCURACY = 0.97

#: Each file of weights has to stay small enough to live in the repository.
LARGEST_FILE = 6_000_000

#: The self-test: path, label, (width, height) and how it is encoded; each in another way, for each costs every start.
SELF_TEST = (
    ("selftest/alfa.jpg", "Alfa", (320, 240), {"quality": 90}),
    ("selftest/kilo.png", "Kilo", (200, 260), {}),
    ("selftest/november.jpg", "November", (301, 227), {"quality": 80, "progressive": True}),
    ("selftest/oscar.jpg", "Oscar", (240, 240), {"quality": 85, "subsampling": 0}),
)


def encode(picture, path, options):
    """A picture as the bytes of a file; the path's ending says of which format."""
    encoded = io.BytesIO()
    if path.endswith(".png"):
        picture.save(encoded, "PNG", optimize=True, **options)
    else:
        picture.save(encoded, "JPEG", **options)
    return encoded.getvalue()


def clear_drawing(engines, split, label, path, size, options, lowest, difficulty=Difficulty()):
    """The first drawing of a split that both engines read right and with at least the probability `lowest`.

    Such drawings show that engines work. They say nothing about accuracy, which counts every drawing.
    """
    for number in range(50):
        picture = draw_picture(split, label, number, size, difficulty)
        if options.get("alpha"):
            picture.putalpha(_rounded_mask(picture.size))
        encoded = encode(picture, path, {name: value for name, value in options.items() if name != "alpha"})
        both = card.answers(engines, PREPROCESSING, [encoded])
        if all(LABELS[one[0].argmax()] == label and one[0].max() >= lowest for one in both):
            return encoded
    raise ToolError(DATA, f"the network reads no drawing of {label} clearly", f"a probability of {lowest}", "less")


def _rounded_mask(size):
    """An alpha channel that fades towards the corners, as a cut-out photograph has it."""
    width, height = size
    x, y = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
    return Image.fromarray((np.clip(2.2 - (np.abs(x) ** 4 + np.abs(y) ** 4) * 1.6, 0, 1) * 255).astype(np.uint8))


def measure(engines, per_label=HELD_OUT_PER_LABEL):
    """Accuracy of both engines on held-out drawings: encoded as JPEG, decoded again, preprocessed as the card says.

    Gives right answers of ONNX Runtime and of PyTorch, the number of images, the largest difference between the
    engines' probabilities, and how often each label was taken for which other.
    """
    right, apart, mistakes = [0, 0], 0.0, Counter()
    for index, label in enumerate(LABELS):
        encoded = [draw_jpeg("held-out", label, number) for number in range(per_label)]
        both = card.answers(engines, PREPROCESSING, encoded)
        apart = max(apart, float(np.abs(both[0] - both[1]).max()))
        for engine in (0, 1):
            right[engine] += int((both[engine].argmax(axis=1) == index).sum())
        mistakes.update((label, LABELS[taken]) for taken in both[0].argmax(axis=1) if taken != index)
    return {
        "onnx": right[0], "torch": right[1], "images": per_label * len(LABELS), "apart": apart, "mistakes": mistakes}


def build(network, output, force=False, per_label=HELD_OUT_PER_LABEL):
    """Exports, measures and writes the pack. Gives its digest and what was measured."""
    pack.check_target(output, force)
    torchscript, onnx = export.export(SignalFlagNetwork, network, PREPROCESSING.crop)
    for name, content in (("model.pt", torchscript), ("model.onnx", onnx)):
        if len(content) > LARGEST_FILE:
            raise ToolError(DATA, f"{name} is too large", f"at most {LARGEST_FILE} bytes", len(content))
    engines = Engines(torchscript, onnx)
    measured = measure(engines, per_label)
    images = measured["images"]
    report(f"right on held-out drawings: ONNX Runtime {measured['onnx']} and PyTorch {measured['torch']} of {images}")
    report(f"largest difference between the engines' probabilities: {measured['apart']:.1e}")
    for (label, taken), count in measured["mistakes"].most_common():
        report(f"  {label} taken for {taken}: {count}")
    share = min(measured["onnx"], measured["torch"]) / images
    if share < LOWEST_ACCURACY:
        raise ToolError(
            DATA, "the network is not good enough", f"at least {LOWEST_ACCURACY:.2%} right", f"{share:.2%}",
            "train longer or on more drawings")
    tests = {
        path: clear_drawing(engines, "self-test", label, path, size, options, 0.9)
        for path, label, size, options in SELF_TEST
    }
    made = card.model_card(
        name="signal-flags", version="1.0.0", licence="Apache-2.0",
        summary="Names the letter flag of the International Code of Signals in a picture. A demonstration.",
        intended_use=(
            "Trying out and testing confidential inference with a real trained network that is small enough to ship. "
            "The picture shows one of the 26 letter flags, near the middle and filling a good part of it."),
        limitations=(
            "A demonstration, not for navigation: trained and measured on computer drawings only, never on "
            "photographs. It always names one of the 26 letters, also where there is no flag, two flags, or a numeral "
            "pendant, and its probabilities do not say that a picture is none of them."),
        preprocessing=PREPROCESSING, labels=LABELS,
        accuracy={
            "top1": round(share, 4), "images": images,
            "dataset": (
                f"Held-out drawings, {per_label} for each flag, from seeds that training never used; encoded as JPEG "
                "of quality 25 to 95 and read back; the lower of ONNX Runtime's and PyTorch's result."),
        },
        self_test=card.self_test(engines, PREPROCESSING, LABELS, tests))
    files = {"model.onnx": onnx, "model.pt": torchscript, "labels.txt": card.label_file(LABELS), **tests}
    return pack.write_pack(output, files, made, force), measured
