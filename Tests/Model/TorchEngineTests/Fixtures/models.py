"""Writes small TorchScript modules, and what Python answers to them, into a folder.

    python models.py FOLDER        modules and expectations.json
"""

import json
import sys
from pathlib import Path
from typing import Dict, List, Tuple

import torch
from torch import Tensor, nn

BATCH_SIZES = [1, 2, 3, 7, 16]


class Convolution(nn.Module):
    """AlexNet's kinds of layers, and a normalization that freezing folds."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.BatchNorm2d(8), nn.ReLU(inplace=True), nn.MaxPool2d(2)
        )
        self.classifier = nn.Sequential(nn.Dropout(), nn.Linear(8 * 4 * 4, 10))

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(torch.flatten(self.features(x), 1))


class Pair(nn.Module):
    def forward(self, left: Tensor, right: Tensor) -> Tuple[Tensor, Tensor]:
        return left + right, left - right


class Scribbler(nn.Module):
    """Writes into its input, through a view of it."""

    def forward(self, x: Tensor) -> Tensor:
        x.view(-1).mul_(2.0)
        return x + 1.0


class Echo(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x


class Thrower(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        if x.size(0) > 1:
            raise ValueError("more than one")
        return x


class Whole(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.to(torch.int64)


class Collapsing(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.sum(0, keepdim=True)


class Infinite(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x / 0.0


class Dictionary(nn.Module):
    def forward(self, x: Tensor) -> Dict[str, Tensor]:
        return {"y": x}


class Number(nn.Module):
    def forward(self, x: Tensor, n: int) -> Tensor:
        return x * n


class Typed(nn.Module):
    def forward(self, x: Tensor) -> Tuple[Tensor, Tensor]:
        return x, x.to(torch.float32)


class Listed(nn.Module):
    def forward(self, x: Tensor) -> List[Tensor]:
        return [x, x + 1.0]


class Counter(nn.Module):
    """Keeps a number from one run for the next."""

    def __init__(self):
        super().__init__()
        self.count = 0

    def forward(self, x: Tensor) -> Tensor:
        self.count += 1
        return x + self.count


class Memory(nn.Module):
    """Keeps what one run was given for the next, in place."""

    def __init__(self):
        super().__init__()
        self.register_buffer("last", torch.zeros(3))

    def forward(self, x: Tensor) -> Tensor:
        answer = x + self.last
        self.last.copy_(x[0])
        return answer


class WithoutForward(nn.Module):
    @torch.jit.export
    def other(self, x: Tensor) -> Tensor:
        return x


def shapes(name):
    return {"linear": [[5]], "convolution": [[3, 16, 16]], "pair": [[3], [3]], "scribbler": [[3]], "echo": [[3]]}[name]


def listed(tensors, name):
    return [
        {"name": f"{name}{i}", "shape": list(t.shape), "elements": t.flatten().tolist()} for i, t in enumerate(tensors)
    ]


def main():
    folder = Path(sys.argv[1])
    torch.manual_seed(1)
    torch.set_num_threads(2)
    convolution = Convolution()
    with torch.no_grad():
        convolution.features[1].running_mean.normal_()
        convolution.features[1].running_var.uniform_(0.5, 2)
    compared = {"linear": nn.Linear(5, 4), "convolution": convolution, "pair": Pair()}
    compared |= {"scribbler": Scribbler(), "echo": Echo()}
    others = {"thrower": Thrower(), "whole": Whole(), "collapsing": Collapsing(), "infinite": Infinite()}
    others |= {"dictionary": Dictionary(), "number": Number(), "without-forward": WithoutForward()}
    others |= {"typed": Typed(), "listed": Listed(), "counter": Counter(), "memory": Memory()}
    for name, module in (compared | others).items():
        torch.jit.script(module).save(folder / f"{name}.pt")
    torch.jit.trace(convolution.eval(), torch.zeros(1, 3, 16, 16)).save(folder / "traced.pt")
    torch.jit.freeze(torch.jit.script(convolution.eval())).save(folder / "frozen.pt")
    torch.save({"weight": torch.zeros(3)}, folder / "state.pt")

    cases = []
    for name, module in compared.items():
        module.eval()
        for batch in BATCH_SIZES:
            given = [torch.randn(batch, *shape) for shape in shapes(name)]
            with torch.inference_mode():
                answered = module(*[t.clone() for t in given])
            answered = answered if isinstance(answered, tuple) else (answered,)
            cases.append({"model": name, "inputs": listed(given, "x"), "outputs": listed(answered, "y")})
    cases += [{**case, "model": model} for model in ["traced", "frozen"] for case in cases if case["model"] == "convolution"]
    (folder / "expectations.json").write_text(json.dumps(cases))


main()
