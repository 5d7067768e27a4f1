"""An ordinary web service: it takes an image and returns the five most probable classes.

It contains no code for Adyton. A data scientist runs it with `python3 service_app.py`; the same file, in the same container
image, runs in a sealed machine.
"""

from pathlib import Path

import numpy
import onnxruntime
from flask import Flask, Response, request
from PIL import Image, UnidentifiedImageError

FOLDER = Path(__file__).resolve().parent
LABELS = (FOLDER / "labels.txt").read_text(encoding="utf-8").splitlines()
SESSION = onnxruntime.InferenceSession(str(FOLDER / "model.onnx"), providers=["CPUExecutionProvider"])
SHORT_SIDE, CROP = 112, 96
MEAN = numpy.array([0.485, 0.456, 0.406], dtype=numpy.float32)
DEVIATION = numpy.array([0.229, 0.224, 0.225], dtype=numpy.float32)

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 16 << 20


def tensor(image: Image.Image) -> numpy.ndarray:
    """The image as 1 x 3 x 96 x 96 floats: short side to 112, centre cropped, normalised."""
    image = image.convert("RGB")
    scale = SHORT_SIDE / min(image.size)
    image = image.resize([int(side * scale) for side in image.size], Image.BILINEAR)
    left, top = ((side - CROP) // 2 for side in image.size)
    pixels = numpy.asarray(image.crop((left, top, left + CROP, top + CROP)), dtype=numpy.float32) / 255
    return ((pixels - MEAN) / DEVIATION).transpose(2, 0, 1)[numpy.newaxis]


@app.get("/")
def hello() -> Response:
    """Says that the service is up."""
    return Response("Hello from a Python application\n", mimetype="text/plain")


@app.post("/evaluate")
def evaluate() -> Response:
    """The five likeliest classes of the uploaded field `image`, a line each."""
    upload = request.files.get("image")
    if upload is None:
        return Response("the form has no file called image\n", status=400, mimetype="text/plain")
    try:
        with Image.open(upload.stream) as image:
            batch = tensor(image)
    except (UnidentifiedImageError, OSError, ValueError):
        return Response("the file is no image\n", status=400, mimetype="text/plain")
    logits = SESSION.run(None, {SESSION.get_inputs()[0].name: batch})[0][0]
    weights = numpy.exp(logits - logits.max())
    shares = 100 * weights / weights.sum()
    best = numpy.argsort(-shares)[:5]
    return Response("".join(f"{LABELS[i]}\t{shares[i]:.4f}\n" for i in best), mimetype="text/plain")


if __name__ == "__main__":
    app.run(host="0.0.0.0", port=8000, threaded=True)
