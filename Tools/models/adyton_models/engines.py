"""Runs a pack's two files as a server would: ONNX Runtime on one, PyTorch on the other."""

import io
import warnings

import numpy as np
import onnxruntime
import torch


def softmax(logits):
    """Probabilities of float32 logits, in double precision inside."""
    wide = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    return wide / wide.sum(axis=1, keepdims=True)


class Engines:
    """The two engines of one model, with one thread each."""

    def __init__(self, torchscript, onnx):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(onnx, options, providers=["CPUExecutionProvider"])
        with warnings.catch_warnings():
            # PyTorch 2.13 advises against TorchScript from Python. It is what its C++ library loads, and so do packs.
            warnings.simplefilter("ignore", DeprecationWarning)
            self._script = torch.jit.load(io.BytesIO(torchscript), map_location="cpu").eval()

    @classmethod
    def of_pack(cls, folder):
        """The engines of a pack on disk."""
        return cls((folder / "model.pt").read_bytes(), (folder / "model.onnx").read_bytes())

    def probabilities(self, images):
        """(ONNX Runtime's, PyTorch's) probabilities of a float32 batch: (images, labels) each."""
        (by_onnx,) = self._session.run(["logits"], {"input": images})
        with torch.inference_mode():
            by_torch = self._script(torch.from_numpy(images)).numpy()
        return softmax(by_onnx), softmax(by_torch)
