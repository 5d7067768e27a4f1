package import Foundation
import Synchronization

/// Another program that has to agree with ours.
package struct OutsideTool: Sendable {
    /// What the program printed, and how it ended.
    package struct Output: Sendable {
        package let status: Int32
        package let standardOutput: Data
        package let standardError: String
    }

    /// Where the program lies.
    package let executable: URL

    /// The Python of `Scripts/setup.sh test`, with Pillow, torchvision and ONNX Runtime.
    package static let python = OutsideTool(executable: ProjectFolder.dependencies.appending(path: "python/bin/python"))

    package init(executable: URL) {
        self.executable = executable
    }

    /// A tool of the search path.
    package init?(named name: String) {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        // Where file systems' tools lie, which only root has on its path.
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

    /// Runs the tool to its end.
    ///
    /// - Parameters:
    ///   - arguments: What follows the program's name.
    ///   - input: What it reads from standard input.
    ///   - environment: What is added to this process's own environment.
    /// - Returns: What it printed and its exit status.
    /// - Throws: Foundation's error where it cannot be started.
    package func run(
        _ arguments: [String],
        input: Data = Data(),
        environment: [String: String] = [:]
    ) throws -> Output {
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let (inPipe, outPipe, errorPipe) = (Pipe(), Pipe(), Pipe())
        process.standardInput = inPipe
        process.standardOutput = outPipe
        process.standardError = errorPipe
        try process.run()
        // Both outputs and the input move at once, or a full pipe would stop all three.
        let errors = Mutex(Data())
        let group = DispatchGroup()
        DispatchQueue.global().async(group: group) {
            let text = errorPipe.fileHandleForReading.readDataToEndOfFile()
            errors.withLock { $0 = text }
        }
        DispatchQueue.global().async(group: group) {
            try? inPipe.fileHandleForWriting.write(contentsOf: input)
            try? inPipe.fileHandleForWriting.close()
        }
        let output = outPipe.fileHandleForReading.readDataToEndOfFile()
        group.wait()
        process.waitUntilExit()
        return Output(
            status: process.terminationStatus,
            standardOutput: output,
            standardError: String(decoding: errors.withLock { $0 }, as: UTF8.self)
        )
    }
}
