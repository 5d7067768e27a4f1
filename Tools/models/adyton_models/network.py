"""A network of AlexNet's shape, narrower: five convolutions, three dense layers."""

import torch
from torch import nn

from .flags import LABELS
from .preprocessing import Preprocessing

#: What the signal-flag network reads: 96 by 96 pixels.
PREPROCESSING = Preprocessing(short_side=112, crop=96)

_WIDTHS = (32, 64, 96, 96, 64)
_DENSE = 256
_POOLED = 5


class SignalFlagNetwork(nn.Module):
    """AlexNet's layers in AlexNet's order, a few channels wide, with one output for each letter flag.

    With `normalised`, each convolution is followed by batch normalisation, which makes training from nothing short.
    `folded()` gives the same function without it: plain AlexNet layers, which is what a pack contains.
    """

    def __init__(self, normalised=False):
        super().__init__()
        layers, before = [], 3
        for index, after in enumerate(_WIDTHS):
            kernel, stride, padding = ((7, 2, 2), (5, 1, 2), (3, 1, 1), (3, 1, 1), (3, 1, 1))[index]
            layers.append(nn.Conv2d(before, after, kernel, stride, padding, bias=not normalised))
            if normalised:
                layers.append(nn.BatchNorm2d(after))
            layers.append(nn.ReLU())
            if index in (0, 1, 4):
                layers.append(nn.MaxPool2d(3, 2))
            before = after
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d(_POOLED)
        self.classifier = nn.Sequential(
            nn.Dropout(0.3), nn.Linear(before * _POOLED * _POOLED, _DENSE), nn.ReLU(),
            nn.Dropout(0.3), nn.Linear(_DENSE, _DENSE), nn.ReLU(),
            nn.Linear(_DENSE, len(LABELS)),
        )

    def forward(self, images):
        return self.classifier(torch.flatten(self.avgpool(self.features(images)), 1))

    def folded(self):
        """The same function in evaluation mode, with each normalisation worked into the convolution before it."""
        plain = SignalFlagNetwork().eval()
        plain.classifier.load_state_dict(self.classifier.state_dict())
        targets = iter(layer for layer in plain.features if isinstance(layer, nn.Conv2d))
        with torch.no_grad():
            for layer, following in zip(self.features, list(self.features)[1:]):
                if not isinstance(layer, nn.Conv2d):
                    continue
                target = next(targets)
                scale = following.weight.double() / torch.sqrt(following.running_var.double() + following.eps)
                target.weight.copy_(layer.weight.double() * scale[:, None, None, None])
                target.bias.copy_(following.bias.double() - following.running_mean.double() * scale)
        return plain


def parameter_count(network):
    """How many numbers a network has learned."""
    return sum(parameter.numel() for parameter in network.parameters())
