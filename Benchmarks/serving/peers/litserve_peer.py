"""LitServe: a LitAPI with dynamic batching, the image as a form's file."""

import sys

import litserve
from alexnet import MAXIMUM_BATCH, MAXIMUM_DELAY, AlexNet


class Classifier(litserve.LitAPI):
    def setup(self, device):
        self.model = AlexNet()

    def decode_request(self, request):
        return self.model.prepare(request["image"].file.read())

    def predict(self, batch):
        return list(self.model.scores(list(batch)))

    def unbatch(self, output):
        return output

    def encode_response(self, output):
        return {"top": self.model.answer(output)}


if __name__ == "__main__":
    port, workers = int(sys.argv[1]), int(sys.argv[2])
    api = Classifier(max_batch_size=MAXIMUM_BATCH, batch_timeout=MAXIMUM_DELAY)
    server = litserve.LitServer(api, accelerator="cpu", workers_per_device=workers, timeout=120)
    server.run(host="127.0.0.1", port=port, generate_client_file=False, log_level="warning")
