"""What the Mystikos sample does, as one would write it today: Flask, Pillow, torchvision, ONNX Runtime, PyTorch.

Run by gunicorn; `ADYTON_PACK` names the model pack, `ADYTON_ENGINES` the engines ("onnx", "torch" or "onnx,torch"), and
`ADYTON_THREADS` how many threads one run of an engine may use.
"""

import json
import os
import sys
from pathlib import Path

import numpy
import onnxruntime
import torch
from flask import Flask, request
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Tools" / "models"))
from adyton_models.vision import transforms  # noqa: E402

PACK = Path(os.environ["ADYTON_PACK"])
ENGINES = os.environ.get("ADYTON_ENGINES", "onnx,torch").split(",")
THREADS = int(os.environ.get("ADYTON_THREADS", "2"))

app = Flask(__name__)
labels = (PACK / "labels.txt").read_text().splitlines()
card = json.loads((PACK / "model-card.json").read_text())
rules = card["preprocessing"]
preprocess = transforms.Compose([
    transforms.Resize(rules["resize"]["shortSide"]),
    transforms.CenterCrop((rules["crop"]["height"], rules["crop"]["width"])),
    transforms.ToTensor(),
    transforms.Normalize(mean=rules["mean"], std=rules["standardDeviation"]),
])

torch.set_num_threads(THREADS)
torch.set_grad_enabled(False)
if "onnx" in ENGINES:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    session = onnxruntime.InferenceSession(str(PACK / "model.onnx"), options, providers=["CPUExecutionProvider"])
if "torch" in ENGINES:
    network = torch.jit.load(str(PACK / "model.pt")).eval()


def top_five(scores):
    percentages = torch.nn.functional.softmax(scores, dim=0) * 100
    _, order = torch.sort(scores, descending=True)
    return "\n".join(f"\t{(labels[index], percentages[index].item())}" for index in order[:5])


@app.get("/")
def greet():
    return "Hello"


@app.post("/evaluate")
def evaluate():
    image = Image.open(request.files["image"].stream).convert("RGB")
    batch = preprocess(image).unsqueeze(0)
    parts = ["file uploaded successfully."]
    if "onnx" in ENGINES:
        scores = session.run(None, {card["input"]["name"]: batch.numpy()})[0][0]
        parts.append("ONNX Runtime top 5 inference results:\n" + top_five(torch.from_numpy(numpy.asarray(scores))))
    if "torch" in ENGINES:
        with torch.inference_mode():
            parts.append("PyTorch top 5 inference results:\n" + top_five(network(batch)[0]))
    return "\n".join(parts)
