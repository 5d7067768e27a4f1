import Foundation
import Subprocess
import SystemPackage

/// A folder from which Gramine runs an application: the app directory, the template and what is made of it.
package struct GramineFolder: Sendable {
    /// Sends a signal to an application that runs.
    package typealias Sender = @Sendable (_ signal: Int32) -> Void

    /// How long a program may take to exit after SIGTERM.
    private static let gracePeriod = Duration.seconds(10)

    /// The folder.
    package let path: String
    /// The application's name: of the manifest, and the word after `gramine-sgx`.
    package let name: String
    private let tools: GramineTools

    /// - Parameters:
    ///   - path: The folder, which exists.
    ///   - name: The application's name.
    ///   - tools: Gramine's programs.
    package init(_ path: String, name: String, tools: GramineTools = GramineTools()) {
        self.path = path
        self.name = name
        self.tools = tools
    }

    /// The template's file.
    package var template: String { "\(path)/\(name).manifest.template" }

    /// Writes the template beside a link to the app directory.
    ///
    /// - Parameters:
    ///   - manifest: The template.
    ///   - root: The app directory; it is copied where the folder is to go elsewhere.
    ///   - isCopied: Whether it is copied, and not only linked to.
    /// - Throws: `gramine.unwritable`.
    package func write(_ manifest: GramineManifest, root: String, isCopied: Bool) throws(GramineError) {
        let link = "\(path)/\(GramineManifest.rootName)"
        do {
            try Data(manifest.text.utf8).write(to: URL(filePath: template))
            let source = URL(filePath: root).standardizedFileURL.path
            if isCopied {
                try FileManager.default.copyItem(atPath: source, toPath: link)
            } else {
                try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: source)
            }
        } catch {
            throw GramineError(.unwritable, subject: path, found: error.localizedDescription)
        }
    }

    /// Has Gramine render the template, and for an enclave measure and sign it.
    ///
    /// Ends the program where the task is cancelled.
    ///
    /// - Parameters:
    ///   - isSigned: Whether it is for an enclave.
    ///   - key: The signer's key, RSA-3072 with exponent 3; nil for Gramine's own default.
    /// - Throws: `gramine.program-missing`, `gramine.program-failed`.
    package func prepare(isSigned: Bool, key: String?) async throws(GramineError) {
        try await call(.manifest, ["\(name).manifest.template", "\(name).manifest"])
        guard isSigned else { return }
        let absolute = key.map { ["--key", URL(filePath: $0).standardizedFileURL.path] } ?? []
        try await call(.sign, ["--manifest", "\(name).manifest", "--output", "\(name).manifest.sgx"] + absolute)
    }

    /// Runs the application with this process's own input and output.
    ///
    /// - Parameters:
    ///   - program: `gramine-sgx` or `gramine-direct`.
    ///   - arguments: The application's, where the manifest takes them.
    ///   - environment: Further variables, `NAME=VALUE`, of which the manifest takes those that it names.
    ///   - onStart: Receives what sends a signal to the application, once it runs.
    /// - Returns: The application's status, or 128 and the signal that ended it.
    /// - Throws: `gramine.program-missing`, `gramine.program-failed`.
    package func run(
        _ program: GramineTools.Program,
        arguments: [String],
        environment: [String],
        onStart: (@escaping Sender) -> Void
    ) async throws(GramineError) -> Int32 {
        let status = try await ended(
            program,
            [name] + arguments,
            environment,
            output: .currentStandardOutput,
            onStart: onStart
        )
        return switch status {
        case .exited(let code): code
        case .signaled(let signal): 128 + signal
        }
    }

    private func call(_ program: GramineTools.Program, _ arguments: [String]) async throws(GramineError) {
        // What it prints is not the application's output.
        let status = try await ended(program, arguments, [], output: .currentStandardError) { _ in }
        guard status.isSuccess else {
            throw GramineError(
                .programFailed,
                subject: program.rawValue,
                expected: "status 0; its own message says why",
                found: "\(status)"
            )
        }
    }

    /// Runs a program in the folder until it ends.
    private func ended(
        _ program: GramineTools.Program,
        _ arguments: [String],
        _ variables: [String],
        output: FileDescriptorOutput,
        onStart: (@escaping Sender) -> Void
    ) async throws(GramineError) -> TerminationStatus {
        var options = PlatformOptions()
        // In this process group, so that it may read from the terminal.
        options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: Self.gracePeriod)]
        let executable = try tools.path(of: program)
        do {
            return try await Subprocess.run(
                .path(FilePath(executable)),
                arguments: Arguments(arguments),
                environment: Self.environment(variables),
                workingDirectory: FilePath(path),
                platformOptions: options,
                input: .currentStandardInput,
                output: output,
                error: .currentStandardError
            ) { execution in
                onStart { try? execution.send(signal: Signal(rawValue: $0)) }
            }.terminationStatus
        } catch {
            throw GramineError(.programFailed, subject: program.rawValue, found: "\(error)")
        }
    }

    /// This process's environment with further variables, `NAME=VALUE`.
    private static func environment(_ variables: [String]) -> Environment {
        var further: [Environment.Key: String?] = [:]
        for text in variables {
            guard let equals = text.firstIndex(of: "="), let name = Environment.Key(rawValue: String(text[..<equals]))
            else { continue }
            further[name] = String(text[text.index(after: equals)...])
        }
        return .inherit.updating(further)
    }
}
