import Foundation
import InferenceClient
import TestSupport
import Testing

/// Floods of unfinished requests from one address, beside a client at another.
@Suite(.serialized) struct FloodTests {
    private static let python = OutsideTool(named: "python3")

    /// How much more memory than at rest a flood may cost, in KiB.
    private static let mostAboveRest = 256 << 10

    /// What a line of /proc/PID/status says, in KiB.
    private static func memory(_ name: String, of server: ServerProcess) throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(server.number)/status", encoding: .utf8)
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix(name + ":") })
        return try #require(Int(line.split(whereSeparator: { $0 == " " || $0 == "\t" })[1]))
    }

    /// Begins a flood and waits until every request is refused or lacks its last byte alone.
    private static func flood(
        _ kind: String,
        _ port: String,
        connections: Int,
        requests: Int
    ) async throws -> (program: RunningProgram, refused: Int, held: Int) {
        let script = ProjectFolder.root.appending(path: "Tests/Oracles/request_flood.py").path
        let arguments = [script, kind, "127.0.0.1", port, "127.0.0.2", "\(connections)", "\(requests)", "\(15 << 20)"]
        let program = try await RunningProgram(try #require(python), arguments)
        try await program.wait(for: "a settled flood") { $0.output.hasSuffix("\n") }
        let numbers = program.output.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
        try #require(numbers.count == 2, "\(program.output)\(program.errors)")
        return (program, numbers[0], numbers[1])
    }

    @Test(.enabled(if: FloodTests.python != nil, "python3 makes the flood"))
    func `holds memory under 512 gRPC calls of 15 MiB without their last byte, and answers others`() async throws {
        let server = try await ServerProcess(Tool.pack, "--grpc-port", "0", "--body-timeout", "600")
        let client = try await server.readyClient()
        let rest = try Self.memory("VmRSS", of: server)
        let port = try #require(server.addressForGRPC?.split(separator: ":").last)
        let flood = try await Self.flood("grpc", String(port), connections: 32, requests: 16)
        let image = try Sample.first().path
        #expect(try await server.curl("/evaluate", "--form", "image=@\(image)").status == 200)
        let peak = try Self.memory("VmHWM", of: server)
        print("gRPC flood: rest \(rest) KiB, peak \(peak) KiB, refused \(flood.refused), held \(flood.held)")
        #expect(peak - rest < Self.mostAboveRest)
        #expect(flood.refused + flood.held == 512)
        #expect((1...3).contains(flood.held), "an address's share is 48 MiB")
        withExtendedLifetime((flood, client)) {}
    }

    @Test(.enabled(if: FloodTests.python != nil, "python3 makes the flood"))
    func `holds memory under HTTP bodies that do not end, and answers others`() async throws {
        let server = try await ServerProcess(Tool.pack, "--body-timeout", "600")
        let client = try await server.readyClient()
        let rest = try Self.memory("VmRSS", of: server)
        let flood = try await Self.flood("http", "\(server.address.port)", connections: 128, requests: 1)
        let image = try Sample.first().path
        #expect(try await server.curl("/evaluate", "--form", "image=@\(image)").status == 200)
        let peak = try Self.memory("VmHWM", of: server)
        print("HTTP flood: rest \(rest) KiB, peak \(peak) KiB, refused \(flood.refused), held \(flood.held)")
        #expect(peak - rest < Self.mostAboveRest)
        #expect(flood.refused + flood.held == 128 && flood.held <= 64)
        withExtendedLifetime((flood, client)) {}
    }

    @Test(.enabled(if: FloodTests.python != nil, "python3 makes the flood"))
    func `ends gRPC calls whose body does not come in time`() async throws {
        let server = try await ServerProcess(Tool.pack, "--grpc-port", "0", "--body-timeout", "1")
        _ = try await server.readyClient()
        let port = try #require(server.addressForGRPC?.split(separator: ":").last)
        // The flood settles when each call waits for its last byte, and then learns of each end.
        let flood = try await Self.flood("grpc", String(port), connections: 1, requests: 2)
        let image = try Sample.first().path
        try await waitUntil("the calls' bytes are given back") {
            try await server.metric("adyton_body_bytes") == 0
        }
        #expect(try await server.curl("/evaluate", "--form", "image=@\(image)").status == 200)
        withExtendedLifetime(flood) {}
    }
}
