"""Ray Serve: a deployment with dynamic batching, the image as the request's body."""

import signal
import sys

from alexnet import MAXIMUM_BATCH, MAXIMUM_DELAY, AlexNet
from ray import serve

import ray


@serve.deployment(max_ongoing_requests=128)
class Classifier:
    def __init__(self):
        self.model = AlexNet()

    @serve.batch(max_batch_size=MAXIMUM_BATCH, batch_wait_timeout_s=MAXIMUM_DELAY)
    async def scores(self, tensors):
        return list(self.model.scores(tensors))

    async def __call__(self, request):
        if request.method == "GET":
            return "ready"
        tensor = self.model.prepare(await request.body())
        return {"top": self.model.answer(await self.scores(tensor))}


if __name__ == "__main__":
    port, workers = int(sys.argv[1]), int(sys.argv[2])
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, _node_ip_address="127.0.0.1")
    serve.start(http_options={"host": "127.0.0.1", "port": port})
    serve.run(Classifier.options(num_replicas=workers, ray_actor_options={"num_cpus": 0.1}).bind())
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    serve.shutdown()
    ray.shutdown()
