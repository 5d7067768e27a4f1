package import Foundation
import Subprocess
import SystemPackage

/// Another program that has to agree with ours.
package struct OutsideTool: Sendable {
    /// What the program printed, and how it ended.
    package struct Output: Sendable {
        /// The exit status, or 128 and the signal's number.
        package let status: Int32
        package let standardOutput: Data
        package let standardError: String
    }

    /// The bound on each output, in bytes.
    private static let largestOutput = 1 << 30

    /// The program's file.
    package let executable: URL

    /// The Python of `Scripts/setup.sh test`, with Pillow, torchvision and ONNX Runtime.
    package static let python = OutsideTool(executable: ProjectFolder.dependencies.appending(path: "python/bin/python"))

    package init(executable: URL) {
        self.executable = executable
    }

    /// A tool of the search path.
    package init?(named name: String) {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        // The folders of file systems' tools, which only root has on its path.
        let folders = path.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin"]
        let found = folders.map { URL(filePath: $0).appending(path: name) }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
        guard let found else { return nil }
        executable = found
    }

    /// Whether a missing tool makes a test fail instead of being skipped.
    package static var isRequired: Bool { ProcessInfo.processInfo.environment["REQUIRE_TOOLS"] == "1" }

    /// Whether the tool can be run; a test is skipped on "no" except where `REQUIRE_TOOLS=1`, so that it fails there.
    package var isReady: Bool {
        FileManager.default.isExecutableFile(atPath: executable.path)
            || Self.isRequired
    }

    /// Runs the tool until it exits, without blocking a thread; cancellation of the task kills the tool.
    ///
    /// - Parameters:
    ///   - arguments: The arguments after the program's name.
    ///   - input: What it reads from standard input, a file.
    ///   - environment: Variables in addition to this process's environment.
    /// - Returns: What it printed and its exit status.
    /// - Throws: `CocoaError` or `SubprocessError` where it cannot be started.
    package func run(
        _ arguments: [String],
        input: Data = Data(),
        environment: [String: String] = [:]
    ) async throws -> Output {
        let folder = try input.isEmpty ? nil : TemporaryFolder()
        // A file and no pipe: a tool may end before it has read everything.
        let file = folder?.url.appending(path: "input") ?? URL(filePath: "/dev/null")
        if folder != nil { try input.write(to: file) }
        let result = try await Subprocess.run(
            try configuration(arguments, environment: environment),
            input: .fileDescriptor(try .open(FilePath(file.path), .readOnly), closeAfterSpawningProcess: true),
            output: .bytes(limit: Self.largestOutput),
            error: .bytes(limit: Self.largestOutput)
        )
        return Output(
            status: result.terminationStatus.code,
            standardOutput: Data(result.standardOutput),
            standardError: String(decoding: result.standardError, as: UTF8.self)
        )
    }

    /// How the tool is started: in a process group of its own, and killed by the kernel when this process ends.
    ///
    /// - Parameters:
    ///   - arguments: The arguments after the program's name.
    ///   - environment: Variables in addition to this process's environment.
    ///   - folder: The working directory; nil for this process's.
    /// - Returns: What swift-subprocess starts.
    /// - Throws: `CocoaError` where there is no such program.
    func configuration(
        _ arguments: [String],
        environment: [String: String],
        folder: URL? = nil
    ) throws -> Configuration {
        guard FileManager.default.isExecutableFile(atPath: executable.path) else {
            throw CocoaError(.fileNoSuchFile, userInfo: [NSFilePathErrorKey: executable.path])
        }
        // The signal of a parent's death is sent when the thread ends that started the program. The library starts all
        // programs on one thread, which ends with the process.
        var line = [executable.path] + arguments
        if let setpriv = OutsideTool(named: "setpriv") {
            line = [setpriv.executable.path, "--pdeathsig", "KILL", "--"] + line
        }
        var options = PlatformOptions()
        options.processGroupID = 0
        let variables = environment.map { (Environment.Key(stringLiteral: $0), Optional($1)) }
        return Configuration(
            executable: .path(FilePath(line[0])),
            arguments: Arguments(Array(line.dropFirst())),
            environment: .inherit.updating(Dictionary(uniqueKeysWithValues: variables)),
            workingDirectory: folder.map { FilePath($0.path) },
            platformOptions: options
        )
    }
}

extension TerminationStatus {
    /// The exit status, or 128 and the signal's number.
    var code: Int32 {
        switch self {
        case .exited(let code): code
        case .signaled(let signal): 128 + signal
        }
    }
}
