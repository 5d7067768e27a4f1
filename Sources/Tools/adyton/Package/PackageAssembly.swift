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

    /// - Parameter path: The file for a package's name.
    /// - Returns: The manifest's digest, in hexadecimal.
    /// - Throws: `package.*`, `config.*`, `key.invalid`.
    func write(to path: (String) -> String) throws -> String {
        try TransferProgress.show { report in
            // The key first: a missing key is reported before the image is built, which takes long.
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
                Message.print("this is a DEBUG package: its host sees all that the application prints.")
            }
            return Hexadecimal.text(result.manifest.digest)
        }
    }
}
