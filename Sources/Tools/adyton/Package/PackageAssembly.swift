import ArgumentParser
import Diagnostics
import EnclavePackage
import Foundation
import PackageManifest

/// Builds, signs and writes a package for the commands that do so.
struct PackageAssembly {
    let inputs: PackageBuilder.Inputs
    let key: String
    let signing: SignerArguments
    let force: Bool

    /// - Parameters:
    ///   - command: The command's name, for messages.
    ///   - path: The file for a package's name.
    /// - Returns: The manifest's digest, in hexadecimal.
    /// - Throws: The exit status.
    func write(_ command: String, to path: (String) -> String) throws -> String {
        try PackageWork.run(command) { report throws(PackageError) in
            // The key first: nobody wants to wait for an image and then be told that the key is missing.
            let signer = try signing.signer(key)
            let builder = try PackageBuilder(inputs, progress: report)
            let folder = URL(filePath: path("x")).deletingLastPathComponent().path
            let result = try builder.build(in: folder)
            try PackageWriter.write(
                result.manifest,
                result.sources,
                signer: signer,
                to: path(result.manifest.name),
                replacing: force,
                progress: report
            )
            if result.manifest.isDebug {
                printError("adyton \(command): this is a DEBUG package: its host sees all that the application prints.")
            }
            return Hexadecimal.text(result.manifest.digest)
        }
    }
}
