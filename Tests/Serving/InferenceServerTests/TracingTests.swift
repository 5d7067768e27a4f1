import Foundation
import Testing

@testable import InferenceServer

@Suite struct TracingTests {
    private static let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    @Test func `reads a caller's place in a trace`() throws {
        let context = try #require(TraceContext(Self.parent))
        #expect(context.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(context.parentID == "00f067aa0ba902b7")
        #expect(context.isSampled)
        #expect(TraceContext("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00")?.isSampled == false)
        // A later version may have more to say.
        #expect(TraceContext("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more") != nil)
    }

    @Test(arguments: [
        "", "00", parent + "-more", parent.uppercased(), "ff" + parent.dropFirst(2), String(parent.dropLast()),
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4bf92f3577b34da6a3ce929d0e0e47-6a-00f067aa0ba902b7-01",
    ])
    func `takes what is no place for absent`(header: String) {
        #expect(TraceContext(header) == nil)
    }

    @Test(arguments: [
        ("file:/tmp/x", TraceDestination.file(path: "/tmp/x")),
        ("http://127.0.0.1:4318/v1/traces", .collector(host: "127.0.0.1", port: 4318, path: "/v1/traces")),
        ("http://localhost", .collector(host: "127.0.0.1", port: 4318, path: "/v1/traces")),
    ])
    func `reads where traces go`(text: String, destination: TraceDestination) {
        #expect(TraceDestination(text) == destination)
    }

    @Test(arguments: [
        "", "file:", "/tmp/x", "https://127.0.0.1", "http://10.0.0.1:4318", "http://example.org", "http://127.0.0.1:0",
        "http://127.0.0.1:x", "http://127.example.org", "http://127.0.0.1/a b", "http://127.0.0.1/\r\nx: y",
    ])
    func `sends nothing off this machine, and nothing that is no place`(text: String) {
        #expect(TraceDestination(text) == nil)
    }

    @Test func `writes spans as OpenTelemetry reads them`() throws {
        let recorder = SpanRecorder(try #require(TraceContext(Self.parent)))
        let kind = RequestCounters.Kind(route: "/evaluate", method: "POST", status: 503)
        let spans = recorder.finish(kind, code: "server.not-ready", after: .milliseconds(20))
        let data = try JSONEncoder().encode(TraceDocument(spans))
        let text = String(decoding: data, as: UTF8.self)
        for piece in [
            "\"traceId\":\"4bf92f3577b34da6a3ce929d0e0e4736\"", "\"parentSpanId\":\"00f067aa0ba902b7\"", "\"kind\":2",
            "\"status\":{\"code\":2}", "\"intValue\":\"503\"", "\"stringValue\":\"server.not-ready\"",
        ] {
            #expect(text.contains(piece), "\(piece) in \(text)")
        }
        #expect(abs((spans[0].end - spans[0].start) - 0.02) < 1e-6)
    }
}
