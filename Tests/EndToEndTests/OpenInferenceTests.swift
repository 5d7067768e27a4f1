import Foundation
import InferenceClient
import TestSupport
import Testing

/// The Open Inference Protocol over REST, as curl speaks it.
@Suite(.serialized) struct OpenInferenceTests {
    private static let model = "/v2/models/signal-flags"

    @Test func `answers about itself and its model`() async throws {
        let server = try await ServerProcess()
        _ = try await server.readyClient()
        #expect(try await server.curl("/v2").body.contains(#""name":"adyton""#))
        #expect(try await server.curl(Self.model + "/ready").body == #"{"name":"signal-flags","ready":true}"#)
        let metadata = try await server.curl(Self.model + "/versions/1.0.0").body
        #expect(metadata.contains(#""inputs":[{"datatype":"FP32","name":"input","shape":[-1,3,96,96]}]"#))
        #expect(metadata.contains(#""versions":["1.0.0"]"#))
        #expect(try await server.curl(Self.model + "/config").body.contains(#""max_batch_size":16"#))
        #expect(try await server.curl(Self.model + "/versions/9").status == 404)
        #expect(try await server.curl("/v2/models/none/ready").status == 404)
        #expect(try await server.curl(Self.model + "/infer").status == 405)
        #expect(try await server.curl("/v2/none").status == 404)
        let index = try await server.curl("/v2/repository/index", "--data", #"{"ready":true}"#)
        #expect(index.body == #"[{"name":"signal-flags","reason":"","state":"READY","version":"1.0.0"}]"#)
    }

    @Test func `takes an image as a raw body, and in JSON as base64`() async throws {
        let server = try await ServerProcess()
        _ = try await server.readyClient()
        let image = try Sample.first()
        let raw = try await server.curl(
            Self.model + "/infer",
            "--header",
            "Content-Type: image/jpeg",
            "--header",
            "Inference-Header-Content-Length: 0",
            "--data-binary",
            "@\(image.path)"
        )
        #expect(raw.status == 200)
        let text = try Data(contentsOf: image).base64EncodedString()
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: "request.json")
        let request = #"""
            {"inputs": [{"name": "input", "shape": [1, 1], "datatype": "BYTES", "parameters": {"content_type": "base64"},
             "data": ["\#(text)"]}], "parameters": {"adyton_engines": "torch"},
             "outputs": [{"name": "logits"}, {"name": "probabilities", "parameters": {"classification": 1}}]}
            """#
        try Data(request.utf8).write(to: file)
        let answer = try await server.curl(Self.model + "/infer", "--data-binary", "@\(file.path)")
        #expect(answer.status == 200, "\(answer.body)")
        let (one, other) = (try Answer(raw.body), try Answer(answer.body))
        #expect(one.outputs[0].shape == [1, 26])
        let pairs = zip(try one.outputs[0].numbers(), try other.outputs[0].numbers())
        #expect(pairs.allSatisfy { abs($0 - $1) < 1e-3 })
        #expect(try #require(other.outputs[1].texts().first).hasSuffix(":\(try Sample.expected())"))
        #expect(one.parameters["adyton_engines"]?.text?.contains("ONNX Runtime") == true)
        #expect(one.parameters["adyton_cross_check_difference"] != nil)
        #expect(other.parameters["adyton_engines"]?.text?.hasPrefix("PyTorch") == true)
        #expect(other.parameters["adyton_cross_check_difference"] == nil)
    }

    @Test(arguments: [
        ("{", "oip.json-malformed"), (#"{"inputs":[]}"#, "oip.field-missing"),
        (#"{"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[1]}]}"#, "oip.tensor-unknown"),
        (#"{"inputs":[{"name":"input","shape":[1],"datatype":"FP32","data":[1]}]}"#, "oip.shape-invalid"),
        (#"{"inputs":[{"name":"input","shape":[1],"datatype":"INT8","data":[1]}]}"#, "oip.datatype-unsupported"),
        (#"{"inputs":[{"name":"input","shape":[1],"datatype":"BYTES","data":["x"]}]}"#, "image.format-unsupported"),
        (
            #"{"parameters":{"priority":-1},"inputs":[{"name":"input","shape":[1],"datatype":"BYTES","data":["x"]}]}"#,
            "oip.parameter-invalid"
        ),
        (
            #"{"parameters":{"timeout":"x"},"inputs":[{"name":"input","shape":[1],"datatype":"BYTES","data":["x"]}]}"#,
            "oip.parameter-invalid"
        ),
        (
            #"{"parameters":{"adyton_engines":"x"},"inputs":[{"name":"input","shape":[1],"datatype":"BYTES","data":[""]}]}"#,
            "oip.parameter-invalid"
        ),
        (
            #"{"outputs":[{"name":"x"}],"inputs":[{"name":"input","shape":[1],"datatype":"BYTES","data":["x"]}]}"#,
            "oip.tensor-unknown"
        ),
    ])
    func `refuses what it cannot run, with a code`(body: String, code: String) async throws {
        let server = try await ServerProcess()
        _ = try await server.readyClient()
        let answer = try await server.curl(Self.model + "/infer", "--data", body)
        #expect((400..<500).contains(answer.status))
        #expect(answer.body.hasPrefix(#"{"code":"\#(code)","error":""#), "\(answer.body)")
    }

    /// Each is a request that some client sends, the status, and what the answer has to name.
    private static let remedies: [(body: String, status: Int, words: [String])] = [
        (
            #"{"inputs":[{"name":"images","shape":[1,1],"datatype":"FP32","data":[0.5]}]}"#, 400,
            ["oip.tensor-unknown", "inputs[0].name", #"\"input\""#]
        ),
        (
            #"{"inputs":[{"name":"input","shape":[1],"datatype":"BYTES","data":["/9j/4AAQSkZJRgABAQ=="]}]}"#, 400,
            ["oip.data-invalid", "content_type", "base64 of a JPEG"]
        ),
        (
            #"{"inputs":[{"name":"input","shape":[1],"datatype":"BYTES","data":["data:image/png;base64,iVBORw0KGgo="]}]}"#,
            400, ["oip.data-invalid", "content_type", "base64 of a PNG"]
        ),
    ]

    @Test func `names the remedy in its refusal`() async throws {
        let server = try await ServerProcess()
        _ = try await server.readyClient()
        for (body, status, words) in Self.remedies {
            let answer = try await server.curl(Self.model + "/infer", "--data", body)
            #expect(answer.status == status)
            for word in words { #expect(answer.body.contains(word), "\(answer.body)") }
        }
        for encoding in ["gzip", "identity, br", "x-gzip"] {
            let header = "Content-Encoding: \(encoding)"
            let answer = try await server.curl(Self.model + "/infer", "--include", "--header", header, "--data", "x")
            let name = try #require(encoding.split(separator: " ").last)
            #expect(answer.status == 415 && answer.body.lowercased().contains("accept-encoding: identity"))
            #expect(answer.body.contains("request.encoding-unsupported") && answer.body.contains("found \(name)"))
        }
        let plain = try await server.curl(
            "/v2/repository/index",
            "--header",
            "Content-Encoding: identity",
            "--data",
            "{}"
        )
        #expect(plain.status == 200)
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity, .greatestFiniteMagnitude])
    func `refuses numbers that have no answer as the client's`(number: Float) async throws {
        let server = try await ServerProcess()
        _ = try await server.readyClient()
        var numbers = [Float](repeating: 0.5, count: 3 * 96 * 96)
        if number.isFinite { numbers = numbers.map { _ in number } } else { numbers[7] = number }
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: "tensor")
        let bytes = numbers.flatMap { number in (0..<4).map { UInt8(truncatingIfNeeded: number.bitPattern >> (8 * $0)) }
        }
        try Data(bytes).write(to: file)
        let answer = try await server.curl(
            Self.model + "/infer",
            "--header",
            "Inference-Header-Content-Length: 0",
            "--data-binary",
            "@\(file.path)"
        )
        #expect(answer.status == 400 && answer.body.contains("oip.data-invalid"), "\(answer.body)")
    }

    @Test(arguments: [
        ("GET /v2/health/live HTTP/1.0\r\n\r\n", true),
        ("GET /v2/health/live HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", false),
        ("GET /v2/health/live HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n", true),
        ("GET /v2/health/live HTTP/1.1\r\nHost: a\r\n\r\n", false),
    ])
    func `closes a connection as the request's version says`(request: String, closes: Bool) async throws {
        let server = try await ServerProcess()
        _ = try await server.readyClient()
        let connection = try RawConnection(to: server.address, saying: request)
        var text = try await connection.response()
        #expect(text.hasPrefix("HTTP/1.1 200"))
        guard closes else {
            // The next request is answered on the same connection.
            #expect(connection.say("GET /v2/health/ready HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"))
            return #expect(try await connection.response().hasPrefix("HTTP/1.1 200"))
        }
        while !text.isEmpty { text = try await connection.response() }
    }

    @Test func `loads and unloads for those whom it was told to only`() async throws {
        let server = try await ServerProcess()
        _ = try await server.readyClient()
        let refused = try await server.curl("/v2/repository/models/signal-flags/unload", "--request", "POST")
        #expect(refused.status == 403)
        #expect(refused.body.contains("repository.control-not-allowed"))
        #expect(try await server.curl("/v2/health/ready").status == 200)
    }

    @Test func `serves others while a pack fails, comes and goes`() async throws {
        let folder = try TemporaryFolder()
        let root = folder.url.appending(path: "models")
        for (name, version) in [("signal-flags", "1.0.0"), ("broken", "1")] {
            let parent = root.appending(path: name)
            try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
            try FileManager.default.copyItem(at: Tool.pack, to: parent.appending(path: version))
        }
        let server = try await ServerProcess(
            nil,
            "--repository",
            root.path,
            "--allow-model-control",
            "--engine",
            "onnx"
        )
        _ = try await server.readyClient()
        let index = try await server.curl("/v2/repository/index", "--request", "POST").body
        #expect(
            index.contains(#""name":"broken","reason":"repository.name-differs","state":"UNAVAILABLE""#),
            "\(index)"
        )
        #expect(try await server.curl("/v2/models/broken/ready").status == 503)
        #expect(try await server.curl(Self.model + "/ready").status == 200)
        #expect(try await server.curl("/v2/repository/models/broken/load", "--request", "POST").status == 500)
        #expect(try await server.curl("/v2/repository/models/signal-flags/unload", "--request", "POST").status == 200)
        #expect(try await server.curl(Self.model + "/ready").status == 503)
        #expect(try await server.curl("/v2/health/ready").status == 503)
        #expect(try await server.curl("/v2/repository/models/signal-flags/load", "--data", "{}").status == 200)
        #expect(try await server.curl("/v2/health/ready").status == 200)
        // By its name the broken one comes first, and it is the one that this path asks.
        let form = "image=@\(try Sample.first().path)"
        #expect(try await server.curl("/evaluate", "--form", form).status == 503)
        let image = ["--header", "Content-Type: image/jpeg", "--data-binary", "@\(try Sample.first().path)"]
        #expect(try await server.curl(Self.model + "/infer", image[0], image[1], image[2], image[3]).status == 200)
    }

    @Test func `drops no request while another model is loaded and unloaded`() async throws {
        let folder = try TemporaryFolder()
        let other = folder.url.appending(path: "pack")
        try FileManager.default.copyItem(at: Tool.pack, to: other)
        let card = other.appending(path: "model-card.json")
        let text = try String(contentsOf: card, encoding: .utf8)
        try Data(text.replacing(#""name": "signal-flags""#, with: #""name": "other""#).utf8).write(to: card)
        let server = try await ServerProcess(Tool.pack, other.path, "--allow-model-control", "--engine", "onnx")
        let client = try await server.readyClient()
        let image = try Sample.image()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask { for _ in 0..<40 { _ = try await client.evaluate(image) } }
            }
            for _ in 0..<3 {
                for verb in ["unload", "load"] {
                    #expect(
                        try await server.curl("/v2/repository/models/other/\(verb)", "--request", "POST").status == 200
                    )
                    #expect(try await server.curl("/v2/models/other/ready").status == (verb == "load" ? 200 : 503))
                }
            }
            try await group.waitForAll()
        }
        await client.close()
    }

    @Test func `speaks the protocol through the attested connection as well`() async throws {
        let folder = try TemporaryFolder()
        let key = folder.url.appending(path: "developer.pem").path
        let openssl = try #require(OutsideTool(named: "openssl"), "run Scripts/setup.sh test")
        let curl = try #require(Tool.curl, "run Scripts/setup.sh run")
        let made = ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key]
        #expect(try await openssl.run(made).status == 0)
        let server = try await RunningProgram(
            Tool.adyton,
            ["serve", Tool.pack.path, "--port", "0", "--attest", "process", "--insecure-developer-key", key]
        )
        defer { server.end() }
        try await server.waitForOutput("listening on https://")
        let address = try #require(server.output.firstMatch(of: /https:\/\/[0-9.:]+/)).output
        // Who vouches is not this test's matter.
        @Sendable func ask(_ path: String, _ arguments: [String]) async throws -> String {
            let output = try await curl.run(
                ["--silent", "--insecure", "--max-time", "60"] + arguments + [address + path]
            )
            return String(decoding: output.standardOutput, as: UTF8.self)
        }
        try await waitUntil("the model is ready") {
            try await ask("/v2/health/ready", []) == #"{"ready":true}"#
        }
        let image = ["--header", "Content-Type: image/jpeg", "--data-binary", "@\(try Sample.first().path)"]
        let answer = try Answer(try await ask(Self.model + "/infer", image))
        #expect(answer.outputs[0].shape == [1, 26])
        #expect(answer.parameters["adyton_cross_check_difference"] != nil)
        #expect(try await ask("/v2/repository/index", ["--request", "POST"]).contains(#""state":"READY""#))
        server.signal(SIGTERM)
        #expect(await server.status() == 0)
    }

    @Test func `counts under Triton's names, and nothing of a request's content`() async throws {
        let server = try await ServerProcess()
        _ = try await server.readyClient()
        #expect(try await server.curl("/evaluate", "--form", "image=@\(try Sample.first().path)").status == 200)
        #expect(try await server.curl("/evaluate", "--form", "image=secret-text").status == 415)
        #expect(try await server.curl("/secret-path").status == 404)
        #expect(try await server.curl("/v2/models/secret-model/ready").status == 404)
        let text = try await server.curl("/metrics").body
        let labels = #"{model="signal-flags",version="1.0.0""#
        for name in ["success", "pending_request_count"] {
            let whole = name == "success" ? "nv_inference_request_success" : "nv_inference_\(name)"
            #expect(text.contains("\n\(whole)\(labels)} "), "\(whole)")
        }
        for reason in ["REJECTED", "CANCELED", "BACKEND", "OTHER"] {
            #expect(text.contains("\nnv_inference_request_failure\(labels),reason=\"\(reason)\"} "))
        }
        for step in ["request", "queue", "compute_input", "compute_infer", "compute_output"] {
            #expect(text.contains("\n# TYPE nv_inference_\(step)_duration_us counter\n"))
        }
        #expect(text.contains("\nadyton_http_requests_total{route=\"/evaluate\",method=\"POST\",status=\"415\"} 1\n"))
        #expect(text.contains("{route=\"NotFound\",method=\"GET\",status=\"404\"} 1\n"))
        #expect(text.contains("adyton_http_request_duration_seconds_bucket{route=\"/evaluate\",le=\"+Inf\"} 2\n"))
        #expect(!text.contains("secret"))
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            #expect(
                line.wholeMatch(of: /[a-z_]+(\{[^}]*(\{model\}|\{version\})?[^}]*\})? [0-9.e+-]+/) != nil,
                "\(line)"
            )
        }
    }

    @Test func `writes traces with the caller's identifier to a file`() async throws {
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: "traces")
        let server = try await ServerProcess(Tool.pack, "--trace-to", "file:\(file.path)")
        _ = try await server.readyClient()
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        let header = "traceparent: 00-\(trace)-00f067aa0ba902b7-01"
        let form = "image=@\(try Sample.first().path)"
        #expect(try await server.curl("/evaluate", "--header", header, "--form", form).status == 200)
        server.signal(SIGTERM)
        #expect(try await server.waitUntilExit() == 0)
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(text.components(separatedBy: "\"traceId\":\"\(trace)\"").count == 4, "\(text)")
        for name in ["POST /evaluate", "prepare", "infer"] { #expect(text.contains("\"name\":\"\(name)\"")) }
        #expect(!text.contains(try Sample.expected()) && !text.contains("JFIF"))
        for line in text.split(separator: "\n") {
            #expect((try? JSONSerialization.jsonObject(with: Data(line.utf8))) != nil)
        }
    }

    private struct Answer: Decodable {
        struct Output: Decodable {
            let shape: [Int]
            let data: [Value]

            func numbers() throws -> [Double] { try data.map { try #require($0.number) } }
            func texts() throws -> [String] { try data.map { try #require($0.text) } }
        }
        struct Value: Decodable {
            let text: String?
            let number: Double?

            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                text = try? container.decode(String.self)
                number = try? container.decode(Double.self)
            }
        }
        let outputs: [Output]
        let parameters: [String: Value]

        init(_ text: String) throws {
            self = try JSONDecoder().decode(Answer.self, from: Data(text.utf8))
        }
    }
}
