import Foundation
import InferenceClient
import TestSupport
import Testing

/// Clients that know nothing of this server: Triton's own, curl, and a browser.
@Suite(.serialized) struct StockClientTests {
    @Test(.enabled(if: OutsideTool.python.isReady, "run Scripts/setup.sh test"))
    func `serves Triton's clients over HTTP and gRPC, with the numbers of ONNX Runtime itself`() async throws {
        let server = try await ServerProcess(Tool.pack, "--grpc-port", "0", "--allow-model-control")
        _ = try await server.readyClient()
        let output = try await OutsideTool.python.run([
            Self.oracle("stock_client.py"), "127.0.0.1:\(server.address.port)",
            try #require(server.addressForGRPC), Tool.pack.path, try Sample.first().path, try Sample.expected(),
        ])
        #expect(output.status == 0, "\(output.standardError)")
        let checks = String(decoding: output.standardOutput, as: UTF8.self).split(separator: "\n")
        #expect(checks.count { $0.hasPrefix("tritonclient.http: ") } == 25, "\(checks.joined(separator: "\n"))")
        #expect(checks.count { $0.hasPrefix("tritonclient.grpc: ") } == 25)
    }

    @Test(.enabled(if: OutsideTool(named: "chromium") != nil || OutsideTool.isRequired, "run Scripts/setup.sh test"))
    func `shows its models in a browser, and both engines' answers to an image`() async throws {
        let server = try await ServerProcess()
        _ = try await server.readyClient()
        let chromium = try #require(OutsideTool(named: "chromium"), "run Scripts/setup.sh test")
        let output = try await OutsideTool.python.run([
            Self.oracle("status_page.py"), chromium.executable.path, "\(server.address)/status",
            try Sample.first().path,
        ])
        #expect(output.status == 0, "\(output.standardError)")
        let page = try JSONDecoder().decode(Page.self, from: output.standardOutput)
        #expect(page.state == "ready")
        #expect(page.models == ["signal-flags 1.0.0"])
        let label = try Sample.expected()
        #expect(page.answers.count == 2)
        #expect(page.answers.allSatisfy { $0.label == label && $0.count == 5 })
        #expect(page.answers.first?.engine.hasPrefix("ONNX Runtime") == true)
        #expect(page.verified.contains { $0.contains("agree") })
        #expect(page.verified.contains { $0.contains("digest") })
        #expect(page.load.contains("/evaluate"))
        #expect(page.message == "" && page.problems.isEmpty, "\(page.message) \(page.problems)")
        let outside = page.addresses.filter { !$0.hasPrefix("\(server.address)/") && !$0.hasPrefix("blob:") }
        #expect(outside.allSatisfy { $0.hasPrefix("data:,") || $0 == "about:blank" }, "\(outside)")
        let answer = try await server.curl("/status", "--include")
        #expect(answer.body.contains("Content-Security-Policy: default-src 'none';"))
        #expect(answer.body.contains("X-Content-Type-Options: nosniff"))
    }

    private static func oracle(_ name: String) -> String {
        ProjectFolder.root.appending(path: "Tests/Oracles").appending(path: name).path
    }

    private struct Page: Decodable {
        struct Answer: Decodable {
            let engine: String
            let label: String
            let count: Int
        }
        let state: String
        let models: [String]
        let answers: [Answer]
        let verified: [String]
        let load: [String]
        let message: String
        let problems: [String]
        let addresses: [String]
    }
}
