import Foundation
import TestSupport
import Testing

/// A command that starts a machine, in a place of its own: its runtime folder, its temporary files, its output.
final class MachinePlace: Sendable {
    let folder: TemporaryFolder
    let environment: [String: String]

    init() throws {
        folder = try TemporaryFolder()
        for name in ["run", "tmp", "state"] {
            try FileManager.default.createDirectory(
                at: folder.url.appending(path: name),
                withIntermediateDirectories: false,
                attributes: [.posixPermissions: 0o700]
            )
        }
        environment = [
            "XDG_RUNTIME_DIR": folder.url.appending(path: "run").path, "TMPDIR": folder.url.appending(path: "tmp").path,
            "XDG_STATE_HOME": folder.url.appending(path: "state").path,
        ]
    }

    func path(_ name: String) -> String { folder.url.appending(path: name).path }

    /// A tree with one static program under several names, as busybox is.
    func makeTree() throws -> String {
        let tree = folder.url.appending(path: "tree")
        for name in ["bin", "dev", "proc", "sys", "tmp", "run", "www"] {
            try FileManager.default.createDirectory(
                at: tree.appending(path: name),
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o755]
            )
        }
        let program = Self.busybox?.executable ?? URL(filePath: "/bin/true")
        try FileManager.default.copyItem(at: program, to: tree.appending(path: "bin/busybox"))
        try Data("from inside\n".utf8).write(to: tree.appending(path: "www/index.html"))
        return tree.path
    }

    static let busybox = OutsideTool(named: "busybox")

    /// Kernel, modules and the process 1 that was built beside these tests.
    static let guestOptions = [
        "--kernel", ProjectFolder.dependencies.appending(path: "kernel/vmlinuz").path, "--modules",
        ProjectFolder.dependencies.appending(path: "kernel/modules").path, "--init",
        Tool.folder.appending(path: "adyton-init").path,
    ]

    /// The gateway that was built beside these tests, for packages whose configuration asks for one.
    static let gatewayOptions = ["--gateway", Tool.folder.appending(path: "adyton-gateway").path]

    /// Runs a command to its end.
    func run(_ arguments: [String]) async throws -> OutsideTool.Output {
        try await Tool.adyton.run(arguments, environment: environment)
    }

    /// What a client has: a policy of the package, and the developer's root.
    ///
    /// - Parameter package: The package.
    /// - Returns: Options of the commands that verify.
    /// - Throws: Where no policy could be made.
    func trust(_ package: String) async throws -> [String] {
        let root = try await run(["developer-root", "--pem"])
        try root.standardOutput.write(to: URL(filePath: path("root.pem")))
        let trusting = ["--trust-insecure-developer-root", path("root.pem")]
        let policy = try await run(["policy", "from", package] + trusting)
        try #require(policy.status == 0, "\(policy.standardError)")
        let file = package + ".policy.json"
        try policy.standardOutput.write(to: URL(filePath: file))
        return ["--policy", file] + trusting
    }

    /// What a page holds, fetched with curl.
    func body(of address: String, _ options: [String] = []) async throws -> String {
        let curl = try #require(Tool.curl)
        let output = try await curl.run(["--silent", "--show-error", "--max-time", "120"] + options + [address])
        return String(decoding: output.standardOutput, as: UTF8.self) + output.standardError
    }

    /// Whether no folder of a machine, no packed file and no process is left; processes are known by a machine's name.
    ///
    /// A supervisor ends just after the command that it reported to, so the last of it gets a while.
    func isClean(of name: String) async throws -> Bool {
        try await Self.eventually(within: 180) {
            let leftovers = ["run/adyton", "tmp"].flatMap {
                (try? FileManager.default.contentsOfDirectory(atPath: path($0))) ?? []
            }
            return leftovers.isEmpty && processes(named: name).isEmpty
        }
    }

    /// The processes with a word in their command line.
    func processes(named word: String) -> [Int32] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { Int32($0) }.filter {
            let line = FileManager.default.contents(atPath: "/proc/\($0)/cmdline") ?? Data()
            return line.split(separator: 0).contains { $0.elementsEqual(Data(word.utf8)) } && $0 != getpid()
        }
    }

    /// Waits for something that another process does.
    ///
    /// - Returns: Whether it came to be.
    static func eventually(within seconds: Double, _ condition: () -> Bool) async throws -> Bool {
        let deadline = Date(timeIntervalSinceNow: seconds)
        while Date() < deadline {
            if condition() { return true }
            try await Task.sleep(for: .milliseconds(100))
        }
        return condition()
    }
}

/// A running command that started a machine.
final class MachineProcess: Sendable {
    private let program: RunningProgram

    init(_ place: MachinePlace, _ arguments: [String]) async throws {
        program = try await RunningProgram(Tool.adyton, arguments, environment: place.environment)
    }

    var text: String { program.output }
    var messages: String { program.errors }
    var number: Int32 { program.number }

    /// The host's port that leads to a port of the guest, once it was printed.
    func port(of guestPort: Int) -> Int? {
        let line = messages.split(separator: "\n").first { $0.contains("port \(guestPort) of the guest is ") }
        return line?.split(separator: ":").last.flatMap { Int($0) }
    }

    /// Waits until the machine reports that it is ready.
    func isReady(within seconds: Double = 300) async throws -> Bool {
        try? await program.wait(for: "a ready machine", within: seconds) { $0.errors.contains("is ready") }
        return messages.contains("is ready")
    }

    func signal(_ number: Int32) { program.signal(number) }

    /// The exit status; nil where the command goes on.
    func status(within seconds: Double = 120) async -> Int32? { await program.status(within: seconds) }
}
