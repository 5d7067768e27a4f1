import Dispatch
import Foundation
import Glibc

/// A folder from which Gramine runs an application: the app directory, the template and what is made of it.
package struct GramineFolder: Sendable {
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
    /// - Parameters:
    ///   - isSigned: Whether it is for an enclave.
    ///   - key: The signer's key, RSA-3072 with exponent 3; nil for Gramine's own default.
    /// - Throws: `gramine.program-missing`, `gramine.program-failed`.
    package func prepare(isSigned: Bool, key: String?) throws(GramineError) {
        try call(.manifest, ["\(name).manifest.template", "\(name).manifest"])
        guard isSigned else { return }
        let absolute = key.map { ["--key", URL(filePath: $0).standardizedFileURL.path] } ?? []
        try call(.sign, ["--manifest", "\(name).manifest", "--output", "\(name).manifest.sgx"] + absolute)
    }

    /// Runs the application, and passes SIGINT, SIGTERM and SIGHUP on.
    ///
    /// - Parameters:
    ///   - program: `gramine-sgx` or `gramine-direct`.
    ///   - arguments: The application's, where the manifest takes them.
    ///   - environment: Further variables, `NAME=VALUE`, of which the manifest takes those that it names.
    /// - Returns: The application's status, or 128 and the signal that ended it.
    /// - Throws: `gramine.program-missing`, `gramine.program-failed`.
    package func run(
        _ program: GramineTools.Program,
        arguments: [String],
        environment: [String]
    ) throws(GramineError) -> Int32 {
        let process = try started(program, [name] + arguments, environment)
        let number = process.processIdentifier
        let sources = [SIGINT, SIGTERM, SIGHUP].map { signal in
            Glibc.signal(signal, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: signal, queue: .global())
            source.setEventHandler { kill(number, signal) }
            source.resume()
            return source
        }
        defer { for source in sources { source.cancel() } }
        process.waitUntilExit()
        return process.terminationStatus + (process.terminationReason == .uncaughtSignal ? 128 : 0)
    }

    private func call(_ program: GramineTools.Program, _ arguments: [String]) throws(GramineError) {
        // What it prints is not the application's output.
        let process = try started(program, arguments, [], output: .standardError)
        process.waitUntilExit()
        guard process.terminationReason == .exit, process.terminationStatus == 0 else {
            throw GramineError(
                .programFailed,
                subject: program.rawValue,
                expected: "status 0; its own message says why",
                found: "status \(process.terminationStatus)"
            )
        }
    }

    private func started(
        _ program: GramineTools.Program,
        _ arguments: [String],
        _ environment: [String],
        output: FileHandle = .standardOutput
    ) throws(GramineError) -> Process {
        let process = Process()
        process.standardOutput = output
        process.executableURL = URL(filePath: try tools.path(of: program))
        process.arguments = arguments
        process.currentDirectoryURL = URL(filePath: path)
        var variables = ProcessInfo.processInfo.environment
        for text in environment {
            guard let equals = text.firstIndex(of: "=") else { continue }
            variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
        }
        process.environment = variables
        do {
            try process.run()
        } catch {
            throw GramineError(.programFailed, subject: program.rawValue, found: error.localizedDescription)
        }
        return process
    }
}
