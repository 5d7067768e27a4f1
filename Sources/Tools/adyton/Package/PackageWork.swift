import ArgumentParser
import EnclavePackage
import Foundation
import PackageManifest
import RootFileSystem

/// Runs a library's call for a command about packages, and ends with the status that fits its failure.
enum PackageWork {
    /// - Parameters:
    ///   - command: The command's name, for messages.
    ///   - work: Takes what wants to be told of bytes.
    /// - Returns: What the work returns.
    /// - Throws: The exit status; the failure itself goes to standard error.
    static func run<Result>(
        _ command: String,
        _ work: (ByteProgress.Report?) throws(PackageError) -> Result
    ) throws -> Result {
        let meter = StandardError.isTerminal ? TransferProgress() : nil
        var report: ByteProgress.Report?
        if let meter { report = { meter.show(done: $0, of: $1) } }
        do throws(PackageError) {
            let result = try work(report)
            meter?.finish()
            return result
        } catch {
            meter?.finish()
            printError("adyton \(command): \(error)")
            throw error.exitStatus
        }
    }
}

extension PackageError {
    /// The status that a command ends with.
    var exitStatus: ExitCode {
        switch code {
        case .inputMissing: ExitStatus.noInput
        case .outputExists, .unreadable, .unwritable, .signerCommandFailed: ExitStatus.systemError
        default: ExitStatus.dataError
        }
    }
}
