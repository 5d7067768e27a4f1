"""AlexNet packs: torchvision's pretrained network, or one of the same size with random weights."""

import io
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from . import card, export, pack
from .download import Source
from .engines import Engines
from .errors import DATA, ToolError
from .flags import LABELS as FLAGS
from .preprocessing import Preprocessing
from .scene import draw_jpeg
from .vision import models, torchvision

PREPROCESSING = Preprocessing(short_side=256, crop=224)

#: Where torchvision publishes the weights. The digest is of the whole file.
PUBLISHED = Source(
    url="https://download.pytorch.org/models/alexnet-owt-7be5be79.pth",
    sha256="7be5be791159472b1fbf3c69796f7cb30dca7ad8466c2df70058c37116cdee02",
    name="alexnet-owt-7be5be79.pth", maximum_bytes=244_408_911)

#: Categories that a label file with lines missing gets wrong: these numbers must mean these things.
_LANDMARKS = {7: "cock", 207: "golden retriever", 258: "Samoyed", 817: "sports car", 949: "strawberry"}

#: How widely a random network's logits spread: enough for a clear first place among a thousand.
_SPREAD = 6.0

#: How far a probability may move in bfloat16. Its eight bits of mantissa move one near a half by a few hundredths.
_BFLOAT16_DIFFERENCE = 0.05

_LIMITATIONS = (
    "Knows only the 1,000 categories of ImageNet 2012 and always names one of them. Its training photographs "
    "over-represent some countries and dog breeds. Many current networks are far more accurate.")


def labels():
    """The 1,000 categories from torchvision's own metadata, checked."""
    categories = list(models.AlexNet_Weights.IMAGENET1K_V1.meta["categories"])
    if len(categories) != 1000:
        raise ToolError(DATA, "torchvision's list of categories is wrong", "1000 categories", len(categories))
    for index, name in _LANDMARKS.items():
        if categories[index] != name:
            raise ToolError(DATA, f"torchvision's category {index} is wrong", name, categories[index])
    return categories


def network():
    """AlexNet without its weights."""
    return models.alexnet(weights=None)


def drawn_images():
    """A few drawings, encoded, by path: every pack's self-test has them, wherever it is made."""
    size = (320, 240)
    return {
        f"selftest/drawing-{place + 1}.jpg": draw_jpeg("self-test", FLAGS[place * 6], 100, size) for place in range(4)
    }


def user_images(folder):
    """The JPEG and PNG files of a folder, by their path in the pack."""
    folder = Path(folder)
    images = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path.suffix.lower() in (".jpg", ".jpeg", ".png") and path.is_file():
            images[f"selftest/{path.name}"] = path.read_bytes()
    for path, encoded in images.items():
        try:
            with Image.open(io.BytesIO(encoded)) as image:
                image.load()
        except OSError as error:
            raise ToolError(DATA, f"{folder / Path(path).name} cannot be read", "a JPEG or PNG image", error) from error
    if not images:
        raise ToolError(DATA, f"{folder} has no images", "JPEG or PNG files", "none", "give another --self-test-images")
    return images


def random_network(seed):
    """AlexNet with random weights that nonetheless answers differently to different images, and clearly.

    PyTorch's usual random weights give nearly the same flat answer to everything, which would hide mistakes. So the
    spread is kept from layer to layer, and the last layer is shifted and scaled by what it says to a few drawings.
    """
    torch.manual_seed(seed)
    made = network().eval()
    with torch.no_grad():
        for layer in made.modules():
            if isinstance(layer, (torch.nn.Conv2d, torch.nn.Linear)):
                torch.nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                layer.bias.zero_()
        drawings = [draw_jpeg("self-test", label, 200) for label in FLAGS]
        logits = made(torch.from_numpy(np.stack([PREPROCESSING.array(drawing) for drawing in drawings])))
        last = made.classifier[-1]
        # Rounded coarsely, so the last bits of one processor's arithmetic do not become part of the weights.
        scale = 2.0 ** round(float(torch.log2(_SPREAD / (logits - logits.mean(0)).std())))
        last.weight.mul_(scale)
        last.bias.copy_(torch.round(-logits.mean(0) * scale * 4) / 4)
    return made


def build(trained, output, *, seed=None, self_test_images=None, force=False):
    """Exports and writes the pack; `seed` is given for random weights only. Gives the pack's digest."""
    pack.check_target(output, force)
    categories = labels()
    images = drawn_images() | (user_images(self_test_images) if self_test_images is not None else {})
    torchscript, onnx = export.export(network, trained, PREPROCESSING.crop)
    entries = card.self_test(Engines(torchscript, onnx), PREPROCESSING, categories, images)
    described = _pretrained() if seed is None else _random(seed)
    made = card.model_card(**described, preprocessing=PREPROCESSING, labels=categories, self_test=entries)
    made["reducedPrecision"] = {"bfloat16": {"maximumProbabilityDifference": _BFLOAT16_DIFFERENCE}}
    files = {"model.onnx": onnx, "model.pt": torchscript, "labels.txt": card.label_file(categories), **images}
    return pack.write_pack(output, files, made, force)


def _pretrained():
    version = torchvision.__version__.split("+")[0]
    metrics = models.AlexNet_Weights.IMAGENET1K_V1.meta["_metrics"]["ImageNet-1K"]
    return {
        "name": "alexnet", "version": "1.0.0", "licence": "BSD-3-Clause",
        "summary": "AlexNet as torchvision trained it: names the main thing in a photograph, one of 1,000 categories.",
        "intended_use": (
            "Classifying photographs where AlexNet's accuracy is enough, and comparing servers with each other."),
        "limitations": _LIMITATIONS,
        "accuracy": {
            "top1": metrics["acc@1"] / 100, "top5": metrics["acc@5"] / 100, "images": 50000,
            "dataset": f"ImageNet 2012 validation images, as published with torchvision {version}",
        },
    }


def _random(seed):
    return {
        "name": "alexnet-random", "version": "1.0.0", "licence": "Apache-2.0",
        "summary": f"A network of AlexNet's true size with random weights (seed {seed}). Its answers mean nothing.",
        "intended_use": (
            "Tests and benchmarks where there is no network to fetch the trained weights from. Nothing else."),
        "limitations": "It has learned nothing: whatever label it names is chance.",
        "accuracy": None,
    }
