"""A network as TorchScript and as ONNX, with the same bytes whenever and wherever it is done.

TorchScript numbers a class that it has seen before in the same process, names the archive's inner folder after the
file, and stores the paths of the Python files it came from. So the export runs in a process of its own, and the
archive is packed again without what depends on the machine.
"""

import io
import multiprocessing
import struct
import warnings
import zipfile
from concurrent.futures import ProcessPoolExecutor

import torch

#: Both ONNX Runtime 1.32 and older ones read it; the networks here need nothing newer.
ONNX_OPSET = 17

_ALIGNMENT = 64


def export(factory, network, side):
    """Gives (TorchScript bytes, ONNX bytes) of `network`, for any batch of (3, `side`, `side`) images.

    `factory` is an importable function that makes the same network without its weights.
    """
    weights = {name: tensor.detach().numpy() for name, tensor in network.state_dict().items()}
    # An executor, unlike a multiprocessing pool, fails when its process dies instead of starting it again for ever.
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(_export, factory, weights, side).result()


def _export(factory, weights, side):
    torch.set_num_threads(1)
    network = factory().eval()
    network.load_state_dict({name: torch.from_numpy(values) for name, values in weights.items()})
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    example = torch.zeros(1, 3, side, side)
    script, graph = io.BytesIO(), io.BytesIO()
    with torch.inference_mode(False), warnings.catch_warnings():
        # The exporter of PyTorch 2.13 that needs no further package says of itself that it is the older one.
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.jit.save(torch.jit.trace(network, example), script)
        torch.onnx.export(
            network, (example,), graph, dynamo=False, opset_version=ONNX_OPSET,
            input_names=["input"], output_names=["logits"],
            dynamic_axes={"input": {0: "batch"}, "logits": {0: "batch"}})
    return repack(script.getvalue()), graph.getvalue()


def repack(archive):
    """The same TorchScript archive, without paths of this machine, under a fixed folder name and a fixed date.

    Entries stay uncompressed and start at multiples of 64 bytes, so a loader may map the weights as they lie.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as target:
        for entry in source.infolist():
            name = entry.filename.split("/", 1)[1]
            if name.endswith(".debug_pkl") or name == ".data/serialization_id":
                continue
            fixed = zipfile.ZipInfo(f"model/{name}", date_time=(1980, 1, 1, 0, 0, 0))
            fixed.create_system = 3
            fixed.external_attr = 0o644 << 16
            fixed.extra = _padding(packed.tell() + 30 + len(fixed.filename.encode()))
            target.writestr(fixed, source.read(entry))
    return packed.getvalue()


def _padding(start):
    """An extra field, as PyTorch writes it, that lets what follows `start` begin at a multiple of 64 bytes."""
    length = -(start + 4) % _ALIGNMENT
    return b"FB" + struct.pack("<H", length) + b"Z" * length
