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
        let head = try await Self.run("git", ["rev-parse", "--verify", "HEAD"], in: origin, failure: .cloneInvalid)
        commit = head.trimmingCharacters(in: .whitespacesAndNewlines)
        let copy = ["clone", "--quiet", "--no-hardlinks", "--no-checkout", origin.path, clone.path]
        _ = try await Self.run("git", copy, in: origin, failure: .cloneInvalid)
        let checkOut = ["checkout", "--quiet", "--detach", commit]
        _ = try await Self.run("git", checkOut, in: clone, failure: .cloneInvalid)
        let libraries = origin.appending(path: ".deps").resolvingSymlinksInPath()
        do {
            try FileManager.default.createSymbolicLink(
                at: clone.appending(path: ".deps"),
                withDestinationURL: libraries
            )
        } catch {
            throw SourceBuildError(.buildFailed, subject: clone.path, found: error.localizedDescription)
        }
        _ = try await Self.run("bash", [Self.script, "all", Self.output], in: clone, failure: .buildFailed)
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

    /// Runs a program to its end.
    ///
    /// - Returns: What git prints; a build's output goes to standard error.
    private static func run(
        _ program: String,
        _ arguments: [String],
        in folder: URL,
        failure: SourceBuildError.Code
    ) async throws(SourceBuildError) -> String {
        // Another build, or a time, that the caller has named is not this build's.
        let environment = Environment.inherit.updating([
            "ADYTON_BUILD": nil, "ADYTON_SHARE": nil, "SOURCE_DATE_EPOCH": nil,
        ])
        let place = FilePath(folder.path)
        let found: String
        do {
            if program == "git" {
                let result = try await Subprocess.run(
                    .name(program),
                    arguments: Arguments(arguments),
                    environment: environment,
                    workingDirectory: place,
                    platformOptions: options,
                    output: .string(limit: 4096),
                    error: .currentStandardError
                )
                guard !result.terminationStatus.isSuccess else { return result.standardOutput }
                found = "\(result.terminationStatus)"
            } else {
                let result = try await Subprocess.run(
                    .name(program),
                    arguments: Arguments(arguments),
                    environment: environment,
                    workingDirectory: place,
                    platformOptions: options,
                    input: .none,
                    output: .currentStandardError,
                    error: .currentStandardError
                )
                guard !result.terminationStatus.isSuccess else { return "" }
                found = "\(result.terminationStatus)"
            }
        } catch {
            throw SourceBuildError(failure, subject: program, found: "\(error)")
        }
        throw SourceBuildError(
            failure,
            subject: ([program] + arguments).joined(separator: " "),
            expected: "status 0; its own message says why",
            found: found
        )
    }
}
