"""Triton, as the wheel nvidia-pytriton brings it: its Python backend with dynamic batching, the image as BYTES."""

import logging
import sys

import numpy
from alexnet import MAXIMUM_BATCH, MAXIMUM_DELAY, AlexNet
from pytriton.decorators import batch
from pytriton.model_config import DynamicBatcher, ModelConfig, Tensor
from pytriton.triton import Triton, TritonConfig

logging.basicConfig(level=logging.WARNING)
model = AlexNet()


@batch
def classify(image):
    scores = model.scores([model.prepare(row[0]) for row in image])
    return {"top": numpy.array([[share for _, share in model.answer(row)] for row in scores], dtype=numpy.float32)}


if __name__ == "__main__":
    port = int(sys.argv[1])
    configuration = TritonConfig(http_address="127.0.0.1", http_port=port, allow_grpc=False, allow_metrics=False)
    with Triton(config=configuration) as triton:
        triton.bind(
            model_name="alexnet", infer_func=classify, inputs=[Tensor(name="image", dtype=bytes, shape=(1,))],
            outputs=[Tensor(name="top", dtype=numpy.float32, shape=(5,))],
            config=ModelConfig(max_batch_size=MAXIMUM_BATCH, batcher=DynamicBatcher(
                max_queue_delay_microseconds=int(MAXIMUM_DELAY * 1e6))))
        triton.serve()
