"""Writes model packs of tensors, with what PyTorch and ONNX Runtime answer as their self-tests.

    tensor_packs.py FOLDER MODELS [NAME...]

MODELS has silero_vad.onnx and magika.onnx as their wheels carry them; "none" leaves these two out.
"""

import hashlib
import json
import os
import pathlib
import sys

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper

folder = pathlib.Path(sys.argv[1])
models = None if sys.argv[2] == "none" else pathlib.Path(sys.argv[2])
FLOAT = {"absolute": 1e-5, "relative": 1e-5}


def port(name, datatype, shape, **more):
    return {"name": name, "datatype": datatype, "shape": shape, "description": "A tensor.", **more}


def pack(name, inputs, outputs, given, batching=None, labels=None, **more):
    """Writes a pack whose weights lie in its folder already; `given` are the inputs of the self-test."""
    place = folder / name
    (place / "selftest").mkdir(exist_ok=True)
    session = onnxruntime.InferenceSession(str(place / "model.onnx"))
    wanted = [o["name"] for o in outputs]
    answers = dict(zip(wanted, session.run(wanted, given)))
    store = {"inputs": {}, "outputs": {}}
    for key, array in given.items():
        store["inputs"][key] = save(place, f"{key}", array)
    for key, array in answers.items():
        store["outputs"][key] = {"file": save(place, f"{key}-expected", array), "absolute": 1e-4, "relative": 1e-4}
    if labels:
        (place / "labels.txt").write_text("\n".join(labels) + "\n")
    files = {}
    for file in sorted(p for p in place.rglob("*") if p.is_file() and p.name != "model-card.json"):
        data = file.read_bytes()
        files[str(file.relative_to(place))] = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    engines = [e for e, f in (("onnx", "model.onnx"), ("torch", "model.pt")) if f in files]
    card = {
        "schema": "adyton.model-card/2", "name": name, "version": "1.0.0", "licence": "MIT", "origin": "a test",
        "summary": "A model of a test.", "intendedUse": "Tests.", "limitations": "All.", "engines": engines,
        "batching": batching, "inputs": inputs, "outputs": outputs, "selfTest": [store], "files": files, **more,
    }
    (place / "model-card.json").write_text(json.dumps(card))


def save(place, name, array):
    if array.dtype == object:
        path = f"selftest/{name}.json"
        data = [x.decode() if isinstance(x, bytes) else x for x in array.flatten().tolist()]
        (place / path).write_text(json.dumps({"datatype": "BYTES", "shape": list(array.shape), "data": data}))
    else:
        path = f"selftest/{name}.npy"
        np.save(place / path, array)
    return path


def onnx_model(name, nodes, inputs, outputs, weights=()):
    (folder / name).mkdir(parents=True)
    graph = helper.make_graph(nodes, name, inputs, outputs, list(weights))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, folder / name / "model.onnx")


def info(name, shape, kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


class Lengths(torch.nn.Module):
    """Rows of any length, with a whole number for each row."""

    def forward(self, values: torch.Tensor, scale: torch.Tensor):
        scaled = values * scale.to(torch.float32)
        return scaled, scaled.sum(1, keepdim=True), (values > 0).to(torch.int64)


def lengths():
    nodes = [
        helper.make_node("Cast", ["scale"], ["factor"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["values", "factor"], ["scaled"]),
        helper.make_node("ReduceSum", ["scaled", "axis"], ["sum"], keepdims=1),
        helper.make_node("Greater", ["values", "zero"], ["above"]),
        helper.make_node("Cast", ["above"], ["positive"], to=TensorProto.INT64),
    ]
    weights = [
        onnx.numpy_helper.from_array(np.array([1], np.int64), "axis"),
        onnx.numpy_helper.from_array(np.array(0, np.float32), "zero"),
    ]
    onnx_model(
        "lengths", nodes, [info("values", ["n", "m"]), info("scale", ["n", 1], TensorProto.INT32)],
        [info("scaled", ["n", "m"]), info("sum", ["n", 1]), info("positive", ["n", "m"], TensorProto.INT64)], weights,
    )
    torch.jit.script(Lengths()).save(folder / "lengths" / "model.pt")
    pack(
        "lengths",
        [port("values", "FP32", [-1, -1], axes=["rows", "length"], bounds=[None, [1, 64]]),
         port("scale", "INT32", [-1, 1], default=2)],
        [port("scaled", "FP32", [-1, -1], crossCheck=FLOAT), port("sum", "FP32", [-1, 1], crossCheck=FLOAT),
         port("positive", "INT64", [-1, -1], crossCheck={"equal": True})],
        {"values": np.array([[1, -2, 3]], np.float32), "scale": np.array([[3]], np.int32)},
        batching={"maximum": 8},
    )


TYPES = {
    "BOOL": np.bool_, "INT8": np.int8, "INT16": np.int16, "INT32": np.int32, "INT64": np.int64, "UINT8": np.uint8,
    "UINT16": np.uint16, "UINT32": np.uint32, "UINT64": np.uint64, "FP16": np.float16, "FP32": np.float32,
    "FP64": np.float64, "BYTES": object,
}


def types():
    """An input and an equal output of every datatype, strings included."""
    kinds = {"BYTES": TensorProto.STRING}
    kinds |= {t: helper.np_dtype_to_tensor_dtype(np.dtype(d)) for t, d in TYPES.items() if t != "BYTES"}
    onnx_model(
        "types", [helper.make_node("Identity", [f"in_{t}"], [f"out_{t}"]) for t in TYPES],
        [info(f"in_{t}", ["n", 2], kinds[t]) for t in TYPES], [info(f"out_{t}", ["n", 2], kinds[t]) for t in TYPES],
    )
    compare = {"FP16": FLOAT, "FP32": FLOAT, "FP64": FLOAT}
    given = {f"in_{t}": np.array([["a", "é"]], object) if d is object else np.array([[1, 0]], d) for t, d in TYPES.items()}
    pack(
        "types", [port(f"in_{t}", t, [-1, 2]) for t in TYPES],
        [port(f"out_{t}", t, [-1, 2], crossCheck=compare.get(t, {"equal": True})) for t in TYPES], given,
        batching={"maximum": 4},
    )


def fixed():
    """A model whose file fixes the batch at 2."""
    onnx_model("fixed", [helper.make_node("Neg", ["x"], ["y"])], [info("x", [2, 3])], [info("y", [2, 3])])
    pack("fixed", [port("x", "FP32", [2, 3])], [port("y", "FP32", [2, 3], crossCheck=FLOAT)],
         {"x": np.ones((2, 3), np.float32)})


class Disagreeing(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.where(x > 100, x + 1, x)


def disagreeing():
    """The two engines answer alike, but for large numbers."""
    onnx_model("disagreeing", [helper.make_node("Identity", ["x"], ["y"])], [info("x", ["n", 2])], [info("y", ["n", 2])])
    torch.jit.script(Disagreeing()).save(folder / "disagreeing" / "model.pt")
    pack("disagreeing", [port("x", "FP32", [-1, 2])], [port("y", "FP32", [-1, 2], crossCheck=FLOAT)],
         {"x": np.ones((1, 2), np.float32)}, batching={})


def copied(name, source):
    (folder / name).mkdir(parents=True)
    (folder / name / "model.onnx").write_bytes((models / source).read_bytes())


def silero():
    copied("silero-vad", "silero_vad.onnx")
    random = np.random.default_rng(1)
    given = {"input": random.standard_normal((1, 576), np.float32), "state": np.zeros((2, 1, 128), np.float32),
             "sr": np.array(16000, np.int64)}
    pack(
        "silero-vad",
        [port("input", "FP32", [-1, -1], axes=["rows", None], bounds=[[1, 16], [1, 1024]]),
         port("state", "FP32", [2, -1, 128], axes=[None, "rows", None]), port("sr", "INT64", [], default=16000)],
        [port("output", "FP32", [-1, 1], crossCheck=FLOAT), port("stateN", "FP32", [-1, -1, -1], crossCheck=FLOAT)], given,
    )


def magika():
    copied("magika", "magika.onnx")
    random = np.random.default_rng(1)
    given = {"bytes": random.integers(0, 257, (1, 2048), dtype=np.int32)}
    pack(
        "magika", [port("bytes", "INT32", [-1, 2048])],
        [port("target_label", "FP32", [-1, 214], meaning={"classes": {"activation": "none"}},
              crossCheck={"maximumProbabilityDifference": 1e-4})],
        given, batching={"maximum": 16}, labels=[f"type {i}" for i in range(214)],
    )


made = [lengths, types, fixed, disagreeing] + ([silero, magika] if models else [])
for make in made:
    if len(sys.argv) <= 3 or make.__name__ in sys.argv[3:]:
        make()
