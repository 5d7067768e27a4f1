"""Calls a server as stock clients do: tritonclient over HTTP and gRPC, checked against ONNX Runtime itself.

    stock_client.py HTTP_ADDRESS GRPC_ADDRESS PACK IMAGE LABEL

Prints one line for each check that held; fails at the first that did not.
"""

import base64
import json
import pathlib
import queue
import sys

import numpy as np
import onnxruntime
import tritonclient.grpc as grpc
import tritonclient.http as http

http_address, grpc_address, pack, image, label = sys.argv[1:]
pack = pathlib.Path(pack)
card = json.loads((pack / "model-card.json").read_text())
labels = (pack / "labels.txt").read_text().splitlines()
name, version = card["name"], card["version"]
session = onnxruntime.InferenceSession(str(pack / "model.onnx"))
input_name, output_name = session.get_inputs()[0].name, session.get_outputs()[0].name
encoded = np.array([pathlib.Path(image).read_bytes()], dtype=np.object_)
shape = [2] + [size for size in session.get_inputs()[0].shape[1:]]
numbers = np.random.default_rng(7).standard_normal(shape).astype(np.float32)
truth = session.run(None, {input_name: numbers})[0]


def check(what, holds):
    if not holds:
        raise SystemExit(f"does not hold: {what}")
    print(what)


def field(document, key):
    return document[key] if isinstance(document, dict) else getattr(document, key)


def refused(call, status):
    try:
        call()
    except (http.InferenceServerException, grpc.InferenceServerException) as error:
        return str(error.status()) == status and bool(error.message())
    return False


def tensor(module, data, datatype, **options):
    made = module.InferInput(input_name, list(data.shape), datatype)
    made.set_data_from_numpy(data, **options)
    return made


def common(module, client, statuses):
    kind = module.__name__
    check(f"{kind}: live, ready, model ready", client.is_server_live() and client.is_server_ready()
          and client.is_model_ready(name) and client.is_model_ready(name, version))
    check(f"{kind}: server metadata", "binary_tensor_data" in field(client.get_server_metadata(), "extensions"))
    metadata = client.get_model_metadata(name, version)
    check(f"{kind}: model metadata", field(field(metadata, "inputs")[0], "name") == input_name
          and list(map(int, field(field(metadata, "inputs")[0], "shape")))[1:] == shape[1:])
    config = client.get_model_config(name)
    config = config if isinstance(config, dict) else config.config
    check(f"{kind}: model configuration", field(config, "max_batch_size") >= 2)

    answer = client.infer(name, [tensor(module, numbers, "FP32")], model_version=version, request_id="7")
    check(f"{kind}: numbers give what ONNX Runtime gives", np.allclose(answer.as_numpy(output_name), truth, atol=1e-3))
    check(f"{kind}: the identifier comes back", field(answer.get_response(), "id") == "7")
    both = [module.InferRequestedOutput(f"{output_name}.{engine}") for engine in ("onnx", "torch")]
    answer = client.infer(name, [tensor(module, numbers, "FP32")], outputs=both)
    one, other = (answer.as_numpy(f"{output_name}.{engine}") for engine in ("onnx", "torch"))
    check(f"{kind}: both engines answer", np.allclose(one, other, atol=1e-3) and not np.array_equal(one, one * 0))
    answer = client.infer(name, [tensor(module, encoded, "BYTES")], priority=1, timeout=60_000_000)
    check(f"{kind}: an image as BYTES", labels[int(answer.as_numpy(output_name)[0].argmax())] == label)
    classes = [module.InferRequestedOutput("probabilities", class_count=3)]
    answer = client.infer(name, [tensor(module, np.concatenate([encoded, encoded]), "BYTES")], outputs=classes)
    rows = answer.as_numpy("probabilities")
    best = rows[1][0].decode().split(":", 2)
    check(f"{kind}: classification", rows.shape == (2, 3) and best[2] == label and 0.5 < float(best[0]) <= 1)

    invalid, unknown, unavailable = statuses
    check(f"{kind}: unknown model", refused(lambda: client.infer("none", [tensor(module, numbers, "FP32")]), unknown))
    check(f"{kind}: unknown version", refused(
        lambda: client.infer(name, [tensor(module, numbers, "FP32")], model_version="99"), unknown))
    check(f"{kind}: wrong shape", refused(
        lambda: client.infer(name, [tensor(module, numbers[:, :2], "FP32")]), invalid))
    check(f"{kind}: wrong datatype", refused(
        lambda: client.infer(name, [tensor(module, numbers.astype(np.int64), "INT64")]), invalid))
    check(f"{kind}: too large a batch", refused(
        lambda: client.infer(name, [tensor(module, np.repeat(numbers, 64, axis=0), "FP32")]), invalid))
    check(f"{kind}: unknown output", refused(lambda: client.infer(
        name, [tensor(module, numbers, "FP32")], outputs=[module.InferRequestedOutput("none")]), invalid))
    check(f"{kind}: not an image", refused(
        lambda: client.infer(name, [tensor(module, np.array([b"text"], dtype=np.object_), "BYTES")]),
        "415" if module is http else invalid))
    endless = numbers.copy()
    endless[1, 0, 0, 0] = np.nan
    check(f"{kind}: NaN", refused(lambda: client.infer(name, [tensor(module, endless, "FP32")]), invalid))
    text = np.array([base64.b64encode(encoded[0])], dtype=np.object_)
    check(f"{kind}: base64 of which nobody spoke", refused(
        lambda: client.infer(name, [tensor(module, text, "BYTES")]), invalid))
    other = module.InferInput("images", shape, "FP32")
    other.set_data_from_numpy(numbers)
    check(f"{kind}: wrong input name", refused(lambda: client.infer(name, [other]), invalid))

    statistics = client.get_inference_statistics(name)
    model = field(statistics, "model_stats")[0]
    success = field(field(model, "inference_stats"), "success")
    check(f"{kind}: statistics", int(field(success, "count")) >= 4 and int(field(model, "inference_count")) >= 6)
    index = client.get_model_repository_index()
    entry = index[0] if isinstance(index, list) else index.models[0]
    check(f"{kind}: repository index", field(entry, "name") == name and field(entry, "state") == "READY")
    client.unload_model(name)
    check(f"{kind}: unload", not client.is_model_ready(name) and refused(
        lambda: client.infer(name, [tensor(module, numbers, "FP32")]), unavailable))
    client.load_model(name)
    check(f"{kind}: load", client.is_model_ready(name))
    check(f"{kind}: load of an unknown model", refused(lambda: client.load_model("none"), unknown))


client = http.InferenceServerClient(http_address, network_timeout=120, connection_timeout=120)
common(http, client, ("400", "404", "503"))
plain = tensor(http, numbers, "FP32", binary_data=False)
wanted = [http.InferRequestedOutput(output_name, binary_data=False)]
answer = client.infer(name, [plain], outputs=wanted)
check("tritonclient.http: numbers as JSON", np.allclose(answer.as_numpy(output_name), truth, atol=1e-3))

client = grpc.InferenceServerClient(grpc_address)
common(grpc, client, ("StatusCode.INVALID_ARGUMENT", "StatusCode.NOT_FOUND", "StatusCode.UNAVAILABLE"))
replies = queue.Queue()
client.start_stream(lambda result, error: replies.put((result, error)))
client.async_stream_infer(name, [tensor(grpc, numbers, "FP32")], request_id="1")
client.async_stream_infer("none", [tensor(grpc, numbers, "FP32")], request_id="2")
client.async_stream_infer(name, [tensor(grpc, numbers, "FP32")], request_id="3")
outcomes = [replies.get(timeout=120) for _ in range(3)]
client.stop_stream()
check("tritonclient.grpc: a stream goes on behind a failure",
      np.allclose(outcomes[2][0].as_numpy(output_name), truth, atol=1e-3) and outcomes[1][1] is not None)
