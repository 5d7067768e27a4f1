"""KServe's Python server: a custom model, the image's bytes as a UINT8 tensor of the Open Inference Protocol."""

import sys

from alexnet import AlexNet
from kserve import InferOutput, InferResponse, Model, ModelServer


class Classifier(Model):
    def __init__(self, name):
        super().__init__(name)
        self.model = AlexNet()
        self.ready = True

    async def predict(self, payload, headers=None, response_headers=None):
        image = payload.inputs[0].as_numpy().tobytes()
        scores = self.model.scores([self.model.prepare(image)])[0]
        output = InferOutput(name="top", shape=[5], datatype="BYTES",
                             data=[f"{label}:{share}" for label, share in self.model.answer(scores)])
        return InferResponse(response_id=payload.id or "", model_name=self.name, infer_outputs=[output])


if __name__ == "__main__":
    port, workers = int(sys.argv[1]), int(sys.argv[2])
    ModelServer(http_port=port, workers=workers, enable_grpc=False).start([Classifier("alexnet")])
