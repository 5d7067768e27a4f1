"""MLServer: a custom runtime with adaptive batching, the image as a base64 BYTES tensor of the Open Inference Protocol.

The registry has no ONNX runtime of MLServer's; its documentation tells how one writes one's own. Its REST server reads
JSON only, so an image has to go in as base64.
"""

from alexnet import AlexNet
from mlserver import MLModel
from mlserver.codecs import Base64Codec, NumpyCodec
from mlserver.types import InferenceResponse
import numpy


class Classifier(MLModel):
    async def load(self):
        self.model = AlexNet()
        return True

    async def predict(self, payload):
        images = Base64Codec.decode_input(payload.inputs[0])
        scores = self.model.scores([self.model.prepare(image) for image in images])
        top = numpy.array([[share for _, share in self.model.answer(row)] for row in scores])
        return InferenceResponse(model_name=self.name, id=payload.id, outputs=[NumpyCodec.encode_output("top", top)])
