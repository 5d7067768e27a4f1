"""torchvision, also where its compiled half does not fit the installed torch.

A torchvision wheel for CUDA does not register its operators with a torch wheel for CPU, and then importing it fails
with "operator torchvision::nms does not exist". Nothing here calls these operators: declaring them is enough.
"""

import sys

import torch

try:
    import torchvision
except RuntimeError as failure:
    if "torchvision::" not in str(failure):
        raise
    # A library that is collected takes its declarations with it, so the module keeps it.
    _declarations = torch.library.Library("torchvision", "DEF")
    for _operator in ("nms", "qnms"):
        _declarations.define(f"{_operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    for _name in [name for name in sys.modules if name == "torchvision" or name.startswith("torchvision.")]:
        del sys.modules[_name]
    import torchvision

from torchvision import models, transforms  # noqa: E402

__all__ = ["models", "torchvision", "transforms"]
