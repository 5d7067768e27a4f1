package import EnclavePackage
package import Foundation
import Subprocess
import SystemPackage

/// The measured programs as a clean clone of the project's sources gives them.
///
/// Nothing but what git has counts: the last commit is cloned into a folder of its own and built there by the clone's own
/// `Scripts/build-guest.sh`. Only the libraries that set-up brought, `.deps`, are shared with the given clone.
package struct SourceBuild {
    /// The commit that was built.
    package let commit: String
    /// Where the clone is, with its build folder.
    private let clone: URL

    private static let script = "Scripts/build-guest.sh"
    private static let output = ".build/parts"

    /// The folder with the stripped programs.
    package var programs: URL { clone.appending(path: Self.output) }

    /// Clones and builds.
    ///
    /// This takes as long as a release build, whose output goes to standard error.
    ///
    /// - Parameters:
    ///   - source: A clone of the project with a commit, and after `Scripts/setup.sh`. Its scripts are run.
    ///   - folder: An empty folder for the new clone and its build, 3 GB; the caller removes it.
    /// - Throws: `source.clone-invalid`, `source.build-failed`, also where the task was cancelled, once the build has ended.
    package init(of source: String, in folder: URL) async throws(SourceBuildError) {
        let origin = URL(filePath: source).standardizedFileURL
        guard FileManager.default.fileExists(atPath: origin.appending(path: Self.script).path) else {
            throw SourceBuildError(
                .cloneInvalid,
                subject: source,
                expected: "a clone of Adyton's sources, with \(Self.script)",
                found: "none"
            )
        }
        let clone = folder.appending(path: "adyton")
        let head = try await Self.git(["rev-parse", "--verify", "HEAD"], in: origin)
        commit = head.trimmingCharacters(in: .whitespacesAndNewlines)
        try await Self.git(
            ["clone", "--quiet", "--no-hardlinks", "--no-checkout", origin.path, clone.path],
            in: origin
        )
        try await Self.git(["checkout", "--quiet", "--detach", commit], in: clone)
        let libraries = origin.appending(path: ".deps").resolvingSymlinksInPath()
        do {
            try FileManager.default.createSymbolicLink(
                at: clone.appending(path: ".deps"),
                withDestinationURL: libraries
            )
        } catch {
            throw SourceBuildError(.buildFailed, subject: clone.path, found: error.localizedDescription)
        }
        try await Self.run(
            "bash",
            [Self.script, "all", Self.output],
            in: clone,
            output: .currentStandardError,
            failure: .buildFailed
        )
        self.clone = clone
    }

    /// Reads a program.
    ///
    /// - Parameter program: The program.
    /// - Returns: The stripped program, and the same with symbols.
    /// - Throws: `source.program-missing`.
    package func content(of program: MeasuredProgram) throws(SourceBuildError) -> (program: [UInt8], symbols: [UInt8]) {
        (
            try Self.read(programs.appending(path: program.fileName)),
            try Self.read(clone.appending(path: ".build/release/\(program.productName)"))
        )
    }

    private static func read(_ file: URL) throws(SourceBuildError) -> [UInt8] {
        guard let data = try? Data(contentsOf: file, options: .alwaysMapped) else {
            throw SourceBuildError(.programMissing, subject: file.path)
        }
        return Array(data)
    }

    /// A process group of its own, which ends with the task: a build starts many programs.
    private static var options: PlatformOptions {
        var options = PlatformOptions()
        options.processGroupID = 0
        options.teardownSequence = [.gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: .seconds(10))]
        return options
    }

    /// Runs git in a folder.
    ///
    /// - Returns: What it prints.
    @discardableResult
    private static func git(_ arguments: [String], in folder: URL) async throws(SourceBuildError) -> String {
        try await run("git", arguments, in: folder, output: .string(limit: 4096), failure: .cloneInvalid)
    }

    /// Runs a program to its end; its errors go to standard error.
    ///
    /// - Returns: Its output, as far as `output` collects it.
    private static func run<Output: OutputProtocol>(
        _ program: String,
        _ arguments: [String],
        in folder: URL,
        output: Output,
        failure: SourceBuildError.Code
    ) async throws(SourceBuildError) -> Output.OutputType {
        let result: ExecutionResult<Void, Output, FileDescriptorOutput>
        do {
            result = try await Subprocess.run(
                .name(program),
                arguments: Arguments(arguments),
                // Another build, or a time, that the caller has named is not this build's.
                environment: .inherit.updating(["ADYTON_BUILD": nil, "ADYTON_SHARE": nil, "SOURCE_DATE_EPOCH": nil]),
                workingDirectory: FilePath(folder.path),
                platformOptions: options,
                input: .none,
                output: output,
                error: .currentStandardError
            )
        } catch {
            throw SourceBuildError(failure, subject: program, found: "\(error)")
        }
        guard result.terminationStatus.isSuccess else {
            throw SourceBuildError(
                failure,
                subject: ([program] + arguments).joined(separator: " "),
                expected: "status 0; its own message says why",
                found: "\(result.terminationStatus)"
            )
        }
        return result.standardOutput
    }
}
