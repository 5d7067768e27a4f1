import Foundation
import InferenceClient
import InferenceProtocol
import TestSupport
import Testing

@Suite(.serialized) struct ServingTests {
    @Test func `answers every sample image rightly with both engines`() async throws {
        let server = try await ServerProcess()
        let output = try await Tool.adyton.run([
            "infer", "--insecure-plaintext", "--server", "\(server.address)", "--wait", "120", "--json",
            "--expect", Tool.images.appending(path: "expected.json").path, Tool.images.path,
        ])
        #expect(output.status == 0, "\(output.standardError)")
        let report = try JSONDecoder().decode(Report.self, from: output.standardOutput)
        #expect(report.results.count >= 8)
        let inspected = try await Tool.adyton.run(["model", "inspect", "--json", Tool.pack.path])
        let pack = try JSONDecoder().decode(Pack.self, from: inspected.standardOutput)
        for result in report.results {
            #expect(result.answer.engines.map(\.name) == ["ONNX Runtime", "PyTorch"])
            #expect(result.answer.engines.allSatisfy { $0.top.first?.label == result.expected && $0.top.count == 5 })
            #expect(result.answer.model.digest == pack.digest)
            let check = try #require(result.answer.crossCheck)
            #expect(check.maximumProbabilityDifference <= check.bound)
        }
    }

    @Test func `answers the sample's own command in the sample's own form`() async throws {
        let server = try await ServerProcess()
        _ = try await server.readyClient()
        let answer = try await server.curl("/evaluate", "--include", "--form", "image=@\(try Sample.first().path)")
        #expect(answer.status == 200)
        #expect(answer.body.lowercased().contains("content-type: text/html; charset=utf-8"))
        let text = try #require(answer.body.components(separatedBy: "\r\n\r\n").last)
        let lines = text.components(separatedBy: "\n")
        #expect(lines.count == 13)
        #expect(lines[0] == "file uploaded successfully.")
        #expect(lines[1] == "ONNX Runtime top 5 inference results:")
        #expect(lines[7] == "PyTorch top 5 inference results:")
        for line in lines[2...6] + lines[8...12] {
            #expect(line.wholeMatch(of: /\t\('[A-Za-z-]+', [0-9.e-]+\)/) != nil, "\(line)")
        }
        #expect(lines[2].hasPrefix("\t('\(try Sample.expected())'"))
        #expect(try await server.curl("/").body == "Hello from inside Adyton!")
        #expect(try await server.curl("/", "--head").status == 200)
        let wrongMethod = try await server.curl("/evaluate", "--include", "--request", "PUT")
        #expect(wrongMethod.status == 405)
        #expect(wrongMethod.body.contains("Allow: POST") && wrongMethod.body.contains("request.method-not-allowed"))
        #expect(try await server.curl("/v2/health/live").body == #"{"live":true}"#)
        #expect(try await server.curl("/v2/health/ready").body == #"{"ready":true}"#)
    }

    @Test func `answers JSON where it is asked for`() async throws {
        let server = try await ServerProcess()
        _ = try await server.readyClient()
        let answer = try await server.curl(
            "/evaluate",
            "--header",
            "Accept: application/json",
            "--form",
            "image=@\(try Sample.first().path)"
        )
        let evaluation = try JSONDecoder().decode(Evaluation.self, from: Data(answer.body.utf8))
        #expect(evaluation.engines.first?.top.first?.label == (try Sample.expected()))
        #expect(evaluation.timings.preparation > 0 && evaluation.timings.inference > 0)
    }

    @Test(arguments: ["onnx", "torch"])
    func `runs with one engine alone`(engine: String) async throws {
        let server = try await ServerProcess(Tool.pack, "--engine", engine)
        let client = try await server.readyClient()
        let evaluation = try await client.evaluate(try Sample.image())
        #expect(evaluation.engines.count == 1)
        #expect(evaluation.crossCheck == nil)
        await client.close()
    }

    @Test func `gives the same answer to many at once`() async throws {
        let server = try await ServerProcess()
        let client = try await server.readyClient()
        let image = try Sample.image()
        let label = try Sample.expected()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<48 {
                group.addTask {
                    let evaluation = try await client.evaluate(image)
                    #expect(evaluation.engines.allSatisfy { $0.top.first?.label == label })
                }
            }
            try await group.waitForAll()
        }
        await client.close()
    }

    @Test func `finishes what it has on SIGTERM, and ends with 0`() async throws {
        let server = try await ServerProcess(Tool.pack, "--body-timeout", "600", "--request-timeout", "600")
        _ = try await server.readyClient()
        let (beginning, rest) = RawConnection.inference
        let clients = try (0..<16).map { _ in try RawConnection(to: server.address, saying: beginning) }
        try await waitUntil("all are in progress") {
            try await server.metric("adyton_requests_under_way") == clients.count
        }
        server.signal(SIGTERM)
        try await server.waitUntilClosed()
        for client in clients { #expect(client.say(rest)) }
        for client in clients { #expect(try await client.response().hasPrefix("HTTP/1.1 200 ")) }
        #expect(try await server.waitUntilExit() == 0)
    }

    @Test func `logs neither names, nor labels, nor bytes of a request`() async throws {
        let server = try await ServerProcess(Tool.pack, "--log-level", "trace")
        _ = try await server.readyClient()
        let folder = try TemporaryFolder()
        let secret = folder.url.appending(path: "very-secret-holiday.jpg")
        try FileManager.default.copyItem(at: try Sample.first(), to: secret)
        #expect(try await server.curl("/evaluate?token=hidden-token", "--form", "image=@\(secret.path)").status == 200)
        #expect(try await server.curl("/evaluate", "--form", "image=very-secret-text").status == 415)
        #expect(try await server.curl("/very-secret-path").status == 404)
        #expect(try await server.curl("/evaluate", "--request", "PROPFIND").status == 405)
        let log = server.log
        #expect(log.contains("route=/evaluate"), "\(log)")
        #expect(log.contains("code=image.format-unsupported"))
        for text in ["secret", "hidden-token", try Sample.expected(), "JFIF", "PROPFIND"] {
            #expect(!log.contains(text), "the log holds \(text)")
        }
    }

    private struct Report: Decodable {
        struct Result: Decodable {
            let answer: Evaluation
            let expected: String
        }
        let results: [Result]
    }

    private struct Pack: Decodable {
        let digest: String
    }
}

/// One of the sample images with its right answer.
enum Sample {
    static func first() throws -> URL {
        let names = try labels().keys.sorted().filter { $0.hasSuffix(".jpg") }
        return Tool.images.appending(path: try #require(names.first))
    }

    static func expected() throws -> String {
        try #require(try labels()[first().lastPathComponent])
    }

    static func image() throws -> InferenceClient.Image {
        InferenceClient.Image(bytes: [UInt8](try Data(contentsOf: first())), name: "image.jpg")
    }

    private static func labels() throws -> [String: String] {
        let data = try Data(contentsOf: Tool.images.appending(path: "expected.json"))
        return try JSONDecoder().decode([String: String].self, from: data)
    }
}
