"""Asks an attested server as clients do that know no evidence and take a certificate to trust.

    attested_client.py ask HTTPS_ADDRESS GRPC_ADDRESS CERTIFICATE MODEL IMAGE...
    attested_client.py end GRPC_ADDRESS CERTIFICATE MODEL IMAGE PROCESS

`ask` prints, as JSON, each image's labels: over REST by Python's own TLS, and over gRPC by tritonclient. `end` keeps a
stream open, rests for some seconds, ends the server by SIGTERM, and asks on; it prints the labels. Both fail where the
server shows another certificate.
"""

import base64
import http.client
import json
import os
import pathlib
import queue
import signal
import socket
import ssl
import sys
import time

import numpy as np
import tritonclient.grpc as grpc

# What every such certificate states in place of a host's name: Docs/formats/attested-connection.md.
NAME = "adyton.invalid"


def rest(address, certificate, model, image):
    context = ssl.create_default_context(cafile=certificate)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    host, port = address.rsplit(":", 1)
    plain = socket.create_connection((host, int(port)), timeout=120)
    connection = http.client.HTTPConnection(host, int(port))
    connection.sock = context.wrap_socket(plain, server_hostname=NAME)
    data = base64.b64encode(pathlib.Path(image).read_bytes()).decode()
    body = {
        "inputs": [{"name": "input", "shape": [1], "datatype": "BYTES", "data": [data],
                    "parameters": {"content_type": "base64"}}],
        "outputs": [{"name": "probabilities", "parameters": {"classification": 1}}],
    }
    connection.request("POST", f"/v2/models/{model}/infer", json.dumps(body), {"Content-Type": "application/json"})
    answer = json.load(connection.getresponse())
    return np.array(answer["outputs"][0]["data"]).flatten()[0].split(":", 2)[2]


def client(address, certificate):
    return grpc.InferenceServerClient(
        address, ssl=True, root_certificates=certificate, channel_args=[("grpc.ssl_target_name_override", NAME)]
    )


def question(image):
    tensor = grpc.InferInput("input", [1], "BYTES")
    tensor.set_data_from_numpy(np.array([pathlib.Path(image).read_bytes()], dtype=np.object_))
    return {"inputs": [tensor], "outputs": [grpc.InferRequestedOutput("probabilities", class_count=1)]}


def label(answer):
    return answer.as_numpy("probabilities").flatten()[0].decode().split(":", 2)[2]


def ask(https_address, grpc_address, certificate, model, *images):
    server = client(grpc_address, certificate)
    labels = {
        pathlib.Path(image).name: [
            rest(https_address, certificate, model, image),
            label(server.infer(model, client_timeout=120, **question(image))),
        ]
        for image in images
    }
    print(json.dumps(labels))


def wait_until_closed(address):
    """Waits until the server accepts no connection any more."""
    host, port = address.rsplit(":", 1)
    while True:
        try:
            socket.create_connection((host, int(port))).close()
        except ConnectionRefusedError:
            return
        time.sleep(0.05)


def end(grpc_address, certificate, model, image, process):
    server = client(grpc_address, certificate)
    answers = queue.Queue()
    server.start_stream(lambda result, error: answers.put((result, error)))

    def next_label():
        server.async_stream_infer(model, **question(image))
        result, error = answers.get(timeout=120)
        if error is not None:
            raise error
        return label(result)

    labels = [next_label()]
    time.sleep(5)
    labels.append(next_label())
    os.kill(int(process), signal.SIGTERM)
    wait_until_closed(grpc_address)
    labels.append(next_label())
    server.stop_stream()
    print(json.dumps(labels))


{"ask": ask, "end": end}[sys.argv[1]](*sys.argv[2:])
