import Foundation
import InferenceClient
import TestSupport
import Testing

/// The command line tool as it was built beside these tests.
enum Tool {
    /// The folder that holds the built programs.
    static let folder = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()

    static let adyton = OutsideTool(executable: folder.appending(path: "adyton"))
    static let curl = OutsideTool(named: "curl")

    /// The bundled model pack.
    static let pack = ProjectFolder.root.appending(path: "Models/signal-flags")
    /// The sample images.
    static let images = ProjectFolder.root.appending(path: "Examples/images")
}

/// A server process of a test's own, on a free port of the loopback interface.
final class ServerProcess: Sendable {
    /// Why a server did not come up.
    struct Failure: Error {
        let log: String
    }

    let address: ServerAddress
    /// Where it listens for gRPC, if it was told to.
    let addressForGRPC: String?
    private let program: RunningProgram

    /// Starts a server and waits until it listens.
    convenience init(
        _ pack: URL? = Tool.pack,
        _ options: String...,
        environment: [String: String] = [:]
    ) async throws {
        try await self.init(pack, options: options, environment: environment)
    }

    /// Starts a server and waits until it listens.
    init(_ pack: URL? = Tool.pack, options: [String], environment: [String: String] = [:]) async throws {
        let arguments = ["serve"] + (pack.map { [$0.path] } ?? []) + ["--port", "0"] + options
        let program = try await RunningProgram(Tool.adyton, arguments, environment: environment)
        // Its first lines say where it listens.
        let scheme = options.contains("--attest") ? "https" : "http"
        let schemeForGRPC = scheme == "https" ? "grpcs" : "grpc"
        let wanted = options.contains("--grpc-port") ? [scheme, schemeForGRPC] : [scheme]
        let address = { (scheme: String) -> String? in
            let start = "listening on \(scheme)://"
            let lines = program.output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            return lines.first { $0.hasPrefix(start) }.map { String($0.dropFirst(start.count)) }
        }
        try? await program.wait(for: "an address") { _ in wanted.allSatisfy { address($0) != nil } }
        guard let place = address(scheme) else { throw Failure(log: program.errors) }
        self.address = try ServerAddress("\(scheme)://\(place)")
        addressForGRPC = address(schemeForGRPC)
        self.program = program
    }

    /// A client that waited until the server is ready.
    func readyClient() async throws -> InferenceClient {
        let client = try InferenceClient(insecurePlaintext: address)
        try await client.waitUntilReady(atMost: .seconds(120))
        return client
    }

    /// The process ID.
    var number: Int32 { program.number }

    /// What the server has logged so far.
    var log: String { program.errors }

    func signal(_ number: Int32) { program.signal(number) }

    /// Waits for the end.
    ///
    /// - Returns: The exit status, or 128 and the signal's number.
    @discardableResult
    func waitUntilExit() async throws -> Int32 { try await program.waitUntilEnd() }

    /// The value of a metric; nil where the server has none with that name and label.
    func metric(_ name: String, _ label: String = "") async throws -> Int? {
        let line = try await curl("/metrics").body.split(separator: "\n").first { line in
            (line.hasPrefix("\(name) ") || line.hasPrefix("\(name){")) && (label.isEmpty || line.contains(label))
        }
        return line?.split(separator: " ").last.flatMap { Int($0) }
    }

    /// Waits until a server that got a signal accepts no connection any more.
    func waitUntilClosed() async throws {
        try await waitUntil("the port is closed") {
            do {
                _ = try RawConnection(to: address, saying: "")
                return false
            } catch is RawConnection.Failure {
                return true
            }
        }
    }

    /// Runs curl against the server.
    ///
    /// - Returns: The status and the body.
    func curl(_ path: String, _ arguments: String...) async throws -> (status: Int, body: String) {
        guard let curl = Tool.curl else { throw Failure(log: "curl is missing; run Scripts/setup.sh run") }
        let output = try await curl.run(
            ["--silent", "--show-error", "--max-time", "60", "--write-out", "\n%{http_code}"] + arguments
                + ["\(address)\(path)"]
        )
        let text = String(decoding: output.standardOutput, as: UTF8.self)
        let end = text.lastIndex(of: "\n") ?? text.startIndex
        return (Int(text[end...].dropFirst()) ?? 0, String(text[..<end]))
    }
}

/// Waits for a state that another process or task brings about; two minutes are long enough for a machine under load.
func waitUntil(_ state: String, _ holds: () async throws -> Bool) async throws {
    let end = ContinuousClock.now + .seconds(120)
    while try await !holds() {
        guard .now < end else {
            Issue.record("it never came to this: \(state)")
            return
        }
        try await Task.sleep(for: .milliseconds(50))
    }
}
