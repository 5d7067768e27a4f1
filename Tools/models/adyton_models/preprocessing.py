"""From an image file to the numbers a network reads, as torchvision does it and as a model card states it."""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

from .vision import transforms

#: What torchvision's ImageNet networks are trained with.
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STANDARD_DEVIATION = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Preprocessing:
    """Resize the short side, crop the centre, scale to 0..1, normalise each channel."""

    short_side: int
    crop: int
    mean: tuple = IMAGENET_MEAN
    standard_deviation: tuple = IMAGENET_STANDARD_DEVIATION

    def resized(self, image):
        """The image as RGB with its short side resized, not cropped yet: what training crops at random."""
        resize = transforms.Resize(
            self.short_side, interpolation=transforms.InterpolationMode.BILINEAR, antialias=True)
        return resize(image.convert("RGB"))

    def tensor(self, image):
        """A PIL image as one (3, crop, crop) float32 tensor."""
        steps = transforms.Compose([
            transforms.CenterCrop(self.crop),
            transforms.ToTensor(),
            transforms.Normalize(self.mean, self.standard_deviation),
        ])
        return steps(self.resized(image))

    def array(self, encoded):
        """An encoded image (bytes) as one (3, crop, crop) float32 array."""
        with Image.open(io.BytesIO(encoded)) as image:
            return np.ascontiguousarray(self.tensor(image).numpy())

    def card(self):
        """The part of a model card that states all this."""
        return {
            "colorMode": "RGB",
            "resize": {"shortSide": self.short_side, "interpolation": "bilinear", "antialias": True},
            "crop": {"width": self.crop, "height": self.crop, "anchor": "center"},
            "mean": list(self.mean),
            "standardDeviation": list(self.standard_deviation),
        }
