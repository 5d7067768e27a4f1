"""Asks a server for tensors of every kind as stock clients do, and compares with ONNX Runtime itself.

    tensor_client.py HTTP_ADDRESS GRPC_ADDRESS FOLDER

FOLDER has the packs of tensor_packs.py. Prints one line for each check that held; fails at the first that did not.
"""

import concurrent.futures
import os
import pathlib
import sys

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy as np
import onnxruntime
import tritonclient.grpc as grpc
import tritonclient.http as http
from tritonclient.utils import np_to_triton_dtype

http_address, grpc_address, folder = sys.argv[1:]
folder = pathlib.Path(folder)
random = np.random.default_rng(3)


def check(what, holds):
    if not holds:
        raise SystemExit(f"does not hold: {what}")
    print(what)


def field(document, key):
    return document[key] if isinstance(document, dict) else getattr(document, key)


def tensors(module, arrays, **options):
    made = []
    for name, array in arrays.items():
        made.append(module.InferInput(name, list(array.shape), np_to_triton_dtype(array.dtype)))
        made[-1].set_data_from_numpy(array, **options)
    return made


def asked(module, client, model, arrays, outputs=None, **options):
    wanted = outputs and [module.InferRequestedOutput(o, **options) for o in outputs]
    return client.infer(model, tensors(module, arrays, **options), outputs=wanted)


def refused(call, *words):
    try:
        call()
    except (http.InferenceServerException, grpc.InferenceServerException) as error:
        status = str(error.status())
        return status in ("400", "StatusCode.INVALID_ARGUMENT") and all(w in error.message() for w in words)
    return False


def session(name):
    return onnxruntime.InferenceSession(str(folder / name / "model.onnx"))


def parameter(answer, name):
    parameters = field(answer.get_response(), "parameters")
    value = parameters[name] if name in parameters else None
    return value if value is None or isinstance(value, (str, int, float)) else value.double_param or value.string_param


def metadata(module, client):
    kind = module.__name__
    described = client.get_model_metadata("silero-vad")
    shapes = {field(t, "name"): list(map(int, field(t, "shape"))) for t in field(described, "inputs")}
    check(f"{kind}: shapes, a scalar's among them", shapes == {"input": [-1, -1], "state": [2, -1, 128], "sr": []})
    types = {field(t, "name")[4:]: field(t, "datatype") for t in field(client.get_model_metadata("types"), "outputs")}
    check(f"{kind}: datatypes", len(types) == 13 and all(k == v for k, v in types.items()))
    sizes = {}
    for name in ("lengths", "fixed", "types"):
        config = client.get_model_config(name)
        sizes[name] = field(config if isinstance(config, dict) else config.config, "max_batch_size")
    check(f"{kind}: the largest batch, and none of a file that fixes it", sizes == {"lengths": 8, "fixed": 0, "types": 4})


def recurrent(module, client):
    kind = module.__name__
    truth = session("silero-vad")
    state, own = np.zeros((2, 1, 128), np.float32), np.zeros((2, 1, 128), np.float32)
    rate = np.array(16000, np.int64)
    for _ in range(20):
        chunk = random.standard_normal((1, 576)).astype(np.float32) * 0.1
        answer = asked(module, client, "silero-vad", {"sr": rate, "state": state, "input": chunk})
        expected, own = truth.run(["output", "stateN"], {"input": chunk, "state": own, "sr": rate})
        state = answer.as_numpy("stateN")
        if not np.allclose(answer.as_numpy("output"), expected, atol=1e-5):
            raise SystemExit(f"does not hold: {kind}: a chunk's probability")
    check(f"{kind}: silero-vad over 20 chunks, its state carried by the client", np.allclose(state, own, atol=1e-5))
    left_out = asked(module, client, "silero-vad", {"state": own, "input": chunk}).as_numpy("output")
    given = asked(module, client, "silero-vad", {"sr": rate, "state": own, "input": chunk}).as_numpy("output")
    check(f"{kind}: an input that the card fills", np.array_equal(left_out, given))
    check(f"{kind}: a missing input is named", refused(
        lambda: asked(module, client, "silero-vad", {"input": chunk}), "state"))
    check(f"{kind}: axes that have to agree", refused(
        lambda: asked(module, client, "silero-vad", {"state": np.zeros((2, 3, 128), np.float32), "input": chunk}), "rows"))
    check(f"{kind}: a wrong name lists the right ones", refused(
        lambda: asked(module, client, "silero-vad", {"inputs": chunk}), "input", "state", "sr"))


def classes(module, client):
    kind = module.__name__
    given = random.integers(0, 257, (3, 2048), dtype=np.int32)
    answer = asked(module, client, "magika", {"bytes": given}, ["target_label", "probabilities"])
    truth = session("magika").run(None, {"bytes": given})[0]
    check(f"{kind}: magika", np.allclose(answer.as_numpy("target_label"), truth, atol=1e-5)
          and np.array_equal(answer.as_numpy("probabilities"), answer.as_numpy("target_label")))
    check(f"{kind}: one engine says so", parameter(answer, "adyton_cross_check_difference") is None
          and "PyTorch" not in parameter(answer, "adyton_engines"))
    named = client.infer("magika", tensors(module, {"bytes": given}),
                         outputs=[module.InferRequestedOutput("target_label", class_count=2)])
    best = [int(row[0].decode().split(":")[1]) for row in named.as_numpy("target_label")]
    check(f"{kind}: classes of a model without images", best == truth.argmax(1).tolist())
    check(f"{kind}: another datatype", refused(
        lambda: asked(module, client, "magika", {"bytes": given.astype(np.int64)}), "INT32", "INT64"))
    check(f"{kind}: another size", refused(lambda: asked(module, client, "magika", {"bytes": given[:, :9]}), "2048"))


def every_type(module, client, **options):
    kind = f"{module.__name__} {options or ''}".strip()
    arrays = {}
    for name in (t["name"] for t in http_client.get_model_metadata("types")["inputs"]):
        datatype = name[3:]
        if datatype == "BYTES":
            arrays[name] = np.array([["", "é"], ["\u4e2d", "x" * 300]], np.object_)
        elif datatype == "BOOL":
            arrays[name] = np.array([[True, False], [False, False]])
        elif datatype.startswith("FP"):
            arrays[name] = np.array([[1.5, -2.25], [0, 1e-3]], {"16": np.float16, "32": np.float32, "64": np.float64}[datatype[2:]])
        else:
            limits = np.iinfo(np.dtype(datatype.lower()))
            arrays[name] = np.array([[limits.min, limits.max], [0, 1]], limits.dtype)
    sent = {k: v for k, v in arrays.items() if options.get("binary_data", True) or k != "in_FP16"}
    made = tensors(module, sent, **options)
    if len(sent) < len(arrays):
        made += tensors(module, {"in_FP16": arrays["in_FP16"]})
    wanted = None
    if options:
        wanted = [http.InferRequestedOutput("out_" + n[3:], binary_data=n == "in_FP16") for n in arrays]
    answer = client.infer("types", made, outputs=wanted)
    for name, array in arrays.items():
        found = answer.as_numpy("out_" + name[3:])
        if name == "in_BYTES":
            found = np.array([[(c if isinstance(c, str) else c.decode()) for c in row] for row in found], np.object_)
        if found.shape != array.shape or not np.array_equal(found, array):
            raise SystemExit(f"does not hold: {kind}: {name} comes back as {found}")
    check(f"{kind}: every datatype, at the ends of its range", True)


def together(module, client):
    kind = module.__name__
    truth = session("lengths")
    answer = asked(module, client, "lengths", {"values": np.array([[1, -2]], np.float32)})
    check(f"{kind}: each output is compared", parameter(answer, "adyton_cross_check_bound.sum") == 1e-5
          and parameter(answer, "adyton_engines").count(", ") == 1)
    check(f"{kind}: an engine of one's own", np.array_equal(
        asked(module, client, "lengths", {"values": np.array([[1, -2]], np.float32)}, ["positive.torch"])
        .as_numpy("positive.torch"), [[1, 0]]))

    def one(index):
        rows, length = 1 + index % 3, 1 + index % 5
        values = np.random.default_rng(index).standard_normal((rows, length)).astype(np.float32)
        scale = np.full((rows, 1), index, np.int32)
        own = make_client()
        answer = asked(module, own, "lengths", {"values": values, "scale": scale})
        expected = truth.run(["scaled", "sum", "positive"], {"values": values, "scale": scale})
        return all(np.allclose(answer.as_numpy(n), e, atol=1e-4)
                   for n, e in zip(["scaled", "sum", "positive"], expected))

    make_client = (lambda: http.InferenceServerClient(http_address)) if module is http else (
        lambda: grpc.InferenceServerClient(grpc_address))
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        check(f"{kind}: 48 requests of many sizes at once", all(pool.map(one, range(48))))
    two = np.ones((2, 3), np.float32)

    def of_two(index):
        own = make_client()
        return np.array_equal(asked(module, own, "fixed", {"x": two * index}).as_numpy("y"), two * -index)

    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        check(f"{kind}: 24 requests at once to a model whose file fixes the batch", all(pool.map(of_two, range(24))))
    check(f"{kind}: another batch than the file's", refused(
        lambda: asked(module, client, "fixed", {"x": two[:1]}), "[2, 3]"))
    check(f"{kind}: a longer axis than the card allows", refused(
        lambda: asked(module, client, "lengths", {"values": np.ones((1, 65), np.float32)}), "1 to 64"))
    check(f"{kind}: more rows than the card allows", refused(
        lambda: asked(module, client, "lengths", {"values": np.ones((9, 2), np.float32)}), "1 to 8"))
    endless = np.array([[np.nan, 1]], np.float32)
    check(f"{kind}: NaN is the client's", refused(lambda: asked(module, client, "lengths", {"values": endless}), "NaN"))
    asked(module, client, "disagreeing", {"x": np.array([[1, 2]], np.float32)})
    try:
        asked(module, client, "disagreeing", {"x": np.array([[1, 200]], np.float32)})
        shown = True
    except (http.InferenceServerException, grpc.InferenceServerException) as error:
        shown = str(error.status()) not in ("500", "StatusCode.INTERNAL")
    check(f"{kind}: nothing is shown where the engines differ", not shown)


http_client = http.InferenceServerClient(http_address, network_timeout=120, connection_timeout=120)
grpc_client = grpc.InferenceServerClient(grpc_address)
real = (folder / "silero-vad").exists()
for module, client in ((http, http_client), (grpc, grpc_client)):
    if real:
        metadata(module, client)
        recurrent(module, client)
        classes(module, client)
    every_type(module, client)
    together(module, client)
every_type(http, http_client, binary_data=False)
