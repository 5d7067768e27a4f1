"""BentoML: a service whose model call is batchable, the image as an uploaded file."""

import os
from pathlib import Path

import bentoml
import numpy
from alexnet import MAXIMUM_BATCH, AlexNet


@bentoml.service(workers=int(os.environ.get("ADYTON_WORKERS", "1")), traffic={"timeout": 120})
class Model:
    def __init__(self):
        self.model = AlexNet()

    @bentoml.api(batchable=True, max_batch_size=MAXIMUM_BATCH, max_latency_ms=60_000)
    def scores(self, tensors: numpy.ndarray) -> numpy.ndarray:
        return self.model.scores(list(tensors))


@bentoml.service(workers=int(os.environ.get("ADYTON_WORKERS", "1")), traffic={"timeout": 120})
class Classifier:
    model = bentoml.depends(Model)

    def __init__(self):
        self.alexnet = AlexNet()

    @bentoml.api
    async def predict(self, image: Path) -> list:
        tensor = self.alexnet.prepare(image.read_bytes())
        scores = await self.model.to_async.scores(tensor[None])
        return self.alexnet.answer(numpy.asarray(scores)[0])
