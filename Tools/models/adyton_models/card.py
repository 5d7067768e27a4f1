"""Model cards, and the self-test that a server runs before it says that it is ready."""

import numpy as np

from .errors import DATA, ToolError
from .pack import SCHEMA

#: How far the two engines' probabilities may lie apart. Measured differences are far smaller.
MAXIMUM_PROBABILITY_DIFFERENCE = 1e-4

#: How far a self-test's probability may lie from the card's, on other processors and library versions.
SELF_TEST_TOLERANCE = 0.002


def model_card(
        *, name, version, licence, summary, intended_use, limitations, preprocessing, labels, accuracy, self_test):
    """A card without its table of files, in the order in which people read it."""
    side = preprocessing.crop
    return {
        "schema": SCHEMA,
        "name": name,
        "version": version,
        "licence": licence,
        "summary": summary,
        "intendedUse": intended_use,
        "limitations": limitations,
        "input": {
            "name": "input", "dataType": "FP32", "shape": [-1, 3, side, side],
            "description": "Images as batch, channel (red, green, blue), row, column, preprocessed as below.",
        },
        "output": {
            "name": "logits", "dataType": "FP32", "shape": [-1, len(labels)], "activation": "softmax",
            "description": "One logit for each label, in the order of labels.txt. Softmax makes them probabilities.",
        },
        "preprocessing": preprocessing.card(),
        "accuracy": accuracy,
        "crossCheck": {"maximumProbabilityDifference": MAXIMUM_PROBABILITY_DIFFERENCE},
        "selfTest": self_test,
    }


def label_file(labels):
    """The bytes of labels.txt: one label a line, in the order of the outputs."""
    for label in labels:
        if not label or label != label.strip() or len(label.splitlines()) != 1:
            raise ToolError(DATA, f"the label {label!r} cannot stand on a line of its own", "text without line breaks")
    return "".join(f"{label}\n" for label in labels).encode()


def answers(engines, preprocessing, encoded_images):
    """Both engines' probabilities of encoded images: two arrays of (images, labels)."""
    parts = []
    for first in range(0, len(encoded_images), 64):
        batch = np.stack([preprocessing.array(encoded) for encoded in encoded_images[first:first + 64]])
        parts.append(engines.probabilities(batch))
    return tuple(np.concatenate([part[engine] for part in parts]) for engine in (0, 1))


def self_test(engines, preprocessing, labels, images):
    """The card's `selfTest` for `images` (encoded, by path), after checking that both engines agree on them."""
    by_onnx, by_torch = answers(engines, preprocessing, list(images.values()))
    apart = np.abs(by_onnx - by_torch).max(axis=1)
    entries = []
    for path, onnx, torch, difference in zip(images, by_onnx, by_torch, apart):
        if onnx.argmax() != torch.argmax() or difference > MAXIMUM_PROBABILITY_DIFFERENCE:
            raise ToolError(
                DATA, f"ONNX Runtime and PyTorch disagree about {path}",
                f"the same answer, at most {MAXIMUM_PROBABILITY_DIFFERENCE} apart",
                f"{labels[onnx.argmax()]} and {labels[torch.argmax()]}, {difference:.2e} apart",
                "the export is wrong: do not use this model")
        mean = (onnx + torch) / 2
        entries.append({
            "image": path, "label": labels[mean.argmax()], "probability": round(float(mean.max()), 6),
            "tolerance": SELF_TEST_TOLERANCE,
        })
    return entries
