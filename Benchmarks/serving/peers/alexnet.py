"""What every peer does with an image: decode, preprocess, infer on ONNX Runtime, name the top five.

`ADYTON_PACK` names the model pack and `ADYTON_THREADS` how many threads one run of the engine may use.
"""

import json
import os
import sys
from io import BytesIO
from pathlib import Path

import numpy
import onnxruntime
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "Tools" / "models"))
from adyton_models.vision import transforms  # noqa: E402

PACK = Path(os.environ["ADYTON_PACK"])
THREADS = int(os.environ.get("ADYTON_THREADS", "2"))
#: How many images the peers that batch may run together, and how long they wait for company, in seconds.
MAXIMUM_BATCH, MAXIMUM_DELAY = 16, 0.01


class AlexNet:
    def __init__(self):
        card = json.loads((PACK / "model-card.json").read_text())
        rules = card["preprocessing"]
        self.labels = (PACK / "labels.txt").read_text().splitlines()
        self.input = card["input"]["name"]
        self.transform = transforms.Compose([
            transforms.Resize(rules["resize"]["shortSide"]),
            transforms.CenterCrop((rules["crop"]["height"], rules["crop"]["width"])),
            transforms.ToTensor(),
            transforms.Normalize(mean=rules["mean"], std=rules["standardDeviation"]),
        ])
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = THREADS
        self.session = onnxruntime.InferenceSession(
            str(PACK / "model.onnx"), options, providers=["CPUExecutionProvider"])

    def prepare(self, image):
        """Pixels of an encoded image: float32, 3 × 224 × 224."""
        return self.transform(Image.open(BytesIO(image)).convert("RGB")).numpy()

    def scores(self, tensors):
        """A row of scores for each of a list of prepared images."""
        return self.session.run(None, {self.input: numpy.stack(tensors)})[0]

    def answer(self, scores):
        """The top five of one row: label and share in percent."""
        shares = numpy.exp(scores - scores.max())
        shares = shares / shares.sum() * 100
        return [(self.labels[index], float(shares[index])) for index in numpy.argsort(-scores)[:5]]
