"""Writes small ONNX models, and what the Python package answers to them, into a folder.

    python models.py FOLDER        models, hostile files and expectations.json
"""

import json
import os
import sys
from pathlib import Path

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

BATCH_SIZES = [1, 2, 3, 7, 16]


def tensor(name, shape, kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def weight(random, name, shape):
    return numpy_helper.from_array(random.standard_normal(shape, dtype=numpy.float32), name)


def save(path, nodes, inputs, outputs, weights=()):
    graph = helper.make_graph(nodes, path.stem, inputs, outputs, list(weights))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def linear(folder, random):
    save(
        folder / "linear.onnx",
        [helper.make_node("Gemm", ["x", "w", "b"], ["y"], transB=1)],
        [tensor("x", ["n", 5])],
        [tensor("y", ["n", 4])],
        [weight(random, "w", (4, 5)), weight(random, "b", (4,))],
    )


def convolution(folder, random):
    nodes = [
        helper.make_node("Conv", ["x", "w1", "b1"], ["c1"], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["c1"], ["r1"]),
        helper.make_node("MaxPool", ["r1"], ["p1"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Flatten", ["p1"], ["f"], axis=1),
        helper.make_node("Gemm", ["f", "w2", "b2"], ["logits"], transB=1),
    ]
    weights = [weight(random, "w1", (8, 3, 3, 3)), weight(random, "b1", (8,))]
    weights += [weight(random, "w2", (10, 8 * 4 * 4)), weight(random, "b2", (10,))]
    save(folder / "convolution.onnx", nodes, [tensor("x", ["n", 3, 16, 16])], [tensor("logits", ["n", 10])], weights)


def pair(folder):
    save(
        folder / "pair.onnx",
        [helper.make_node("Add", ["left", "right"], ["sum"]), helper.make_node("Sub", ["left", "right"], ["difference"])],
        [tensor("left", ["n", 3]), tensor("right", ["n", 3])],
        [tensor("sum", ["n", 3]), tensor("difference", ["n", 3])],
    )


def odd_ones(folder):
    whole = TensorProto.INT64
    save(
        folder / "integer.onnx",
        [helper.make_node("Cast", ["x"], ["y"], to=TensorProto.FLOAT)],
        [tensor("x", ["n", 3], whole)],
        [tensor("y", ["n", 3])],
    )
    save(folder / "scalar.onnx", [helper.make_node("Neg", ["x"], ["y"])], [tensor("x", [])], [tensor("y", [])])
    save(
        folder / "fixed.onnx", [helper.make_node("Neg", ["x"], ["y"])], [tensor("x", [2, 3])], [tensor("y", [2, 3])]
    )
    # The declared shapes leave every size open, so only a run shows that these are wrong.
    six = numpy_helper.from_array(numpy.array([6], dtype=numpy.int64), "shape")
    reshape = helper.make_node("Reshape", ["x", "shape"], ["y"])
    save(folder / "fails.onnx", [reshape], [tensor("x", ["n", "m"])], [tensor("y", ["k"])], [six])
    summed = helper.make_node("ReduceSum", ["x", "axes"], ["y"], keepdims=1)
    axes = numpy_helper.from_array(numpy.array([0], dtype=numpy.int64), "axes")
    save(folder / "collapses.onnx", [summed], [tensor("x", ["n", 3])], [tensor("y", ["k", 3])], [axes])
    zero = numpy_helper.from_array(numpy.zeros((1,), numpy.float32), "zero")
    save(
        folder / "infinite.onnx",
        [helper.make_node("Div", ["x", "zero"], ["y"])],
        [tensor("x", ["n", 3])],
        [tensor("y", ["n", 3])],
        [zero],
    )


def typed(folder):
    """A model a datatype, which gives its input as it is and as float32; what it answers goes into types.json."""
    arrays = {
        "BOOL": numpy.array([[True, False]]),
        "FP64": numpy.array([[1.5, -2.25]], numpy.float64),
        "FP16": numpy.array([[1.5, -2.25]], numpy.float16),
        "BYTES": numpy.array([["1.5", "-2.25"]], object),
    }
    for bits in [8, 16, 32, 64]:
        arrays[f"INT{bits}"] = numpy.array([[-3, 7]], f"int{bits}")
        arrays[f"UINT{bits}"] = numpy.array([[3, 200]], f"uint{bits}")
    cases = []
    for name, array in arrays.items():
        kind = TensorProto.STRING if name == "BYTES" else helper.np_dtype_to_tensor_dtype(array.dtype)
        typed_model(folder, name, kind)
        session = onnxruntime.InferenceSession(folder / f"type-{name}.onnx", providers=["CPUExecutionProvider"])
        same, number = session.run(["same", "number"], {"x": array})
        data = [] if name == "BYTES" else list(same.tobytes())
        cases.append({"datatype": name, "bytes": data, "numbers": number.flatten().tolist()})
    typed_model(folder, "BF16", TensorProto.BFLOAT16)
    (folder / "types.json").write_text(json.dumps(cases))


def typed_model(folder, name, kind):
    save(
        folder / f"type-{name}.onnx",
        [helper.make_node("Identity", ["x"], ["same"]), helper.make_node("Cast", ["x"], ["number"], to=TensorProto.FLOAT)],
        [tensor("x", ["n", 2], kind)],
        [tensor("same", ["n", 2], kind), tensor("number", ["n", 2])],
    )


def without_batch(folder):
    """Inputs of different first dimensions, a scalar among them, as recurrent models have."""
    nodes = [
        helper.make_node("Cast", ["rate"], ["factor"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["input", "factor"], ["output"]),
        helper.make_node("Neg", ["state"], ["stateN"]),
    ]
    inputs = [tensor("input", ["n", "m"]), tensor("state", [2, "n", 4]), tensor("rate", [], TensorProto.INT64)]
    outputs = [tensor("output", ["n", "m"]), tensor("stateN", [2, "n", 4])]
    save(folder / "recurrent.onnx", nodes, inputs, outputs)
    sequence = helper.make_tensor_sequence_value_info("y", TensorProto.FLOAT, None)
    save(folder / "sequence.onnx", [helper.make_node("SequenceConstruct", ["x"], ["y"])], [tensor("x", ["n"])], [sequence])


def external(path, location):
    """A model whose weight lies in another file, which need not exist."""
    stored = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[3], data_location=TensorProto.EXTERNAL)
    for key, value in {"location": location, "offset": "0", "length": "12"}.items():
        stored.external_data.add(key=key, value=value)
    nodes = [helper.make_node("Add", ["x", "w"], ["y"])]
    graph = helper.make_graph(nodes, "external", [tensor("x", ["n", 3])], [tensor("y", ["n", 3])], [stored])
    path.write_bytes(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()
    )


def external_data(folder):
    inside = folder / "external"
    inside.mkdir()
    numbers = numpy.array([1, 2, 3], dtype=numpy.float32).tobytes()
    (folder / "outside.bin").write_bytes(numbers)
    (inside / "inside.bin").write_bytes(numbers)
    (inside / "link.bin").symlink_to(folder / "outside.bin")
    external(inside / "beside.onnx", "inside.bin")
    external(inside / "parent.onnx", "../outside.bin")
    external(inside / "absolute.onnx", str(folder / "outside.bin"))
    external(inside / "linked.onnx", "link.bin")


def expectations(folder, random):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    cases = []
    for name in ["linear", "convolution", "pair"]:
        session = onnxruntime.InferenceSession(folder / f"{name}.onnx", options, providers=["CPUExecutionProvider"])
        for batch in BATCH_SIZES:
            given = {
                i.name: random.standard_normal([batch] + i.shape[1:], dtype=numpy.float32) for i in session.get_inputs()
            }
            answered = dict(zip([o.name for o in session.get_outputs()], session.run(None, given)))
            cases.append({"model": name, "inputs": listed(given), "outputs": listed(answered)})
    (folder / "expectations.json").write_text(json.dumps(cases))


def listed(arrays):
    return [{"name": n, "shape": list(a.shape), "elements": a.flatten().tolist()} for n, a in arrays.items()]


def main():
    folder = Path(sys.argv[1])
    random = numpy.random.default_rng(1)
    linear(folder, random)
    convolution(folder, random)
    pair(folder)
    odd_ones(folder)
    typed(folder)
    without_batch(folder)
    external_data(folder)
    expectations(folder, random)


main()
