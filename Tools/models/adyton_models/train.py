"""Draws the training pictures and trains the signal-flag network on them, on one thread, from one seed."""

import io
import sys
import time
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import nn

from .flags import LABELS
from .network import PREPROCESSING, SignalFlagNetwork
from .scene import SEED, draw_jpeg


@dataclass(frozen=True)
class Recipe:
    """How much to draw and how long to train."""

    drawings_per_label: int = 700
    epochs: int = 10
    batch: int = 64
    learning_rate: float = 2e-3


def report(text):
    """Says how far the work is, away from what a command prints as its result."""
    print(text, file=sys.stderr, flush=True)


def draw_training_set(per_label):
    """Squares of the resized short side as (count, side, side, 3) bytes, and their labels' numbers."""
    side = PREPROCESSING.short_side
    pictures = np.empty((per_label * len(LABELS), side, side, 3), dtype=np.uint8)
    answers = np.empty(len(pictures), dtype=np.int64)
    row = 0
    for index, label in enumerate(LABELS):
        started = time.monotonic()
        for number in range(per_label):
            with Image.open(io.BytesIO(draw_jpeg("train", label, number))) as image:
                resized = PREPROCESSING.resized(image)
            left, top = (resized.width - side) // 2, (resized.height - side) // 2
            pictures[row] = np.asarray(resized.crop((left, top, left + side, top + side)))
            answers[row] = index
            row += 1
        report(f"drew {per_label} of {label} in {time.monotonic() - started:.1f} s")
    return pictures, answers


def _batch(random, pictures, rows):
    """Crops, mirrors and relights a few pictures. Flags are seen from both sides, so mirroring is honest."""
    side, crop = PREPROCESSING.short_side, PREPROCESSING.crop
    spare = side - crop
    taken = np.empty((len(rows), crop, crop, 3), dtype=np.float32)
    # Most crops are near the centre, where the finished network always looks.
    offsets = np.clip(np.rint(random.normal(spare / 2, spare / 4, (len(rows), 2))), 0, spare).astype(int)
    for place, (row, (top, left), mirror) in enumerate(zip(rows, offsets, random.random(len(rows)) < 0.5)):
        square = pictures[row, top:top + crop, left:left + crop]
        taken[place] = square[:, ::-1] if mirror else square
    taken /= 255
    light = random.normal(1, 0.12, (len(rows), 1, 1, 3)) * random.normal(1, 0.1, (len(rows), 1, 1, 1))
    taken = taken * light.astype(np.float32) + random.normal(0, 0.03, (len(rows), 1, 1, 1)).astype(np.float32)
    taken -= np.array(PREPROCESSING.mean, dtype=np.float32)
    taken /= np.array(PREPROCESSING.standard_deviation, dtype=np.float32)
    return torch.from_numpy(taken).permute(0, 3, 1, 2)  # channels last, which the convolutions like


def train(recipe=Recipe()):
    """Gives the trained network with its normalisation folded away, in evaluation mode.

    The same recipe on the same kind of processor with the same PyTorch gives the same weights, bit for bit.
    """
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(SEED)
    pictures, answers = draw_training_set(recipe.drawings_per_label)
    network = SignalFlagNetwork(normalised=True).to(memory_format=torch.channels_last).train()
    steps = recipe.epochs * (len(pictures) // recipe.batch)
    optimiser = torch.optim.AdamW(network.parameters(), lr=recipe.learning_rate, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, max_lr=recipe.learning_rate, total_steps=steps, pct_start=0.2)
    random = np.random.default_rng([SEED, 0])
    loss_of = nn.CrossEntropyLoss()
    for epoch in range(recipe.epochs):
        started, total, right, seen = time.monotonic(), 0.0, 0, 0
        order = random.permutation(len(pictures))
        for first in range(0, len(order) - recipe.batch + 1, recipe.batch):
            rows = order[first:first + recipe.batch]
            wanted = torch.from_numpy(answers[rows])
            logits = network(_batch(random, pictures, rows))
            loss = loss_of(logits, wanted)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            schedule.step()
            total, seen = total + loss.item() * len(rows), seen + len(rows)
            right += int((logits.argmax(1) == wanted).sum())
        report(
            f"epoch {epoch + 1} of {recipe.epochs}: loss {total / seen:.4f}, right {right / seen:.4f}, "
            f"{time.monotonic() - started:.0f} s")
    return network.eval().folded()
