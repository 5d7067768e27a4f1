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
final class ServerProcess {
    /// Why a server did not come up.
    struct Failure: Error {
        let log: String
    }

    let address: ServerAddress
    /// Where it listens for gRPC, if it was told to.
    let addressForGRPC: String?
    private let process: Process
    private let logFile: URL
    private let folder: TemporaryFolder

    /// Starts a server and waits until it listens.
    convenience init(_ pack: URL? = Tool.pack, _ options: String..., environment: [String: String] = [:]) throws {
        try self.init(pack, options: options, environment: environment)
    }

    /// Starts a server and waits until it listens.
    init(_ pack: URL? = Tool.pack, options: [String], environment: [String: String] = [:]) throws {
        folder = try TemporaryFolder()
        logFile = folder.url.appending(path: "log")
        try Data().write(to: logFile)
        process = Process()
        process.executableURL = Tool.adyton.executable
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.arguments = ["serve"] + (pack.map { [$0.path] } ?? []) + ["--port", "0"] + options
        let output = Pipe()
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: logFile)
        try process.run()
        // Its first lines say where it listens; end of file means that it never will.
        let scheme = options.contains("--attest") ? "https" : "http"
        let schemeForGRPC = scheme == "https" ? "grpcs" : "grpc"
        let wanted = options.contains("--grpc-port") ? [scheme, schemeForGRPC] : [scheme]
        var text = ""
        let address = { (scheme: String) -> String? in
            let start = "listening on \(scheme)://"
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            return lines.first { $0.hasPrefix(start) }.map { String($0.dropFirst(start.count)) }
        }
        while !wanted.allSatisfy({ address($0) != nil }) {
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { break }
            text += String(decoding: data, as: UTF8.self)
        }
        guard let place = address(scheme) else {
            process.waitUntilExit()
            throw Failure(log: (try? String(contentsOf: logFile, encoding: .utf8)) ?? "")
        }
        self.address = try ServerAddress("\(scheme)://\(place)")
        addressForGRPC = address(schemeForGRPC)
    }

    deinit {
        if process.isRunning {
            kill(process.processIdentifier, SIGKILL)
        }
        process.waitUntilExit()
    }

    /// A client that waited until the server is ready.
    func readyClient() async throws -> InferenceClient {
        let client = try InferenceClient(insecurePlaintext: address)
        try await client.waitUntilReady(atMost: .seconds(120))
        return client
    }

    /// The process's number.
    var number: Int32 { process.processIdentifier }

    /// What the server has logged so far.
    var log: String {
        (try? String(contentsOf: logFile, encoding: .utf8)) ?? ""
    }

    func signal(_ number: Int32) {
        kill(process.processIdentifier, number)
    }

    /// Waits for the end.
    ///
    /// - Returns: The exit status.
    func waitUntilExit() -> Int32 {
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// The value of a metric; nil where the server has none with that name and label.
    func metric(_ name: String, _ label: String = "") throws -> Int? {
        let line = try curl("/metrics").body.split(separator: "\n").first { line in
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
    func curl(_ path: String, _ arguments: String...) throws -> (status: Int, body: String) {
        guard let curl = Tool.curl else { throw Failure(log: "curl is missing; run Scripts/setup.sh run") }
        let output = try curl.run(
            ["--silent", "--show-error", "--max-time", "60", "--write-out", "\n%{http_code}"] + arguments
                + ["\(address)\(path)"]
        )
        let text = String(decoding: output.standardOutput, as: UTF8.self)
        let end = text.lastIndex(of: "\n") ?? text.startIndex
        return (Int(text[end...].dropFirst()) ?? 0, String(text[..<end]))
    }
}

/// Waits for a state that another process or task brings about; two minutes are long enough for a machine under load.
func waitUntil(_ state: String, _ holds: () throws -> Bool) async throws {
    let end = ContinuousClock.now + .seconds(120)
    while try !holds() {
        guard .now < end else {
            Issue.record("it never came to this: \(state)")
            return
        }
        try await Task.sleep(for: .milliseconds(50))
    }
}
