import ArgumentParser
import Diagnostics
import EnclavePackage
import Foundation
import GuestInterface
import PackageManifest

/// Builds, signs and writes a package for the commands that do so.
struct PackageAssembly {
    let inputs: PackageBuilder.Inputs
    let key: String
    let signing: SignerArguments
    let force: Bool

    /// What was written.
    struct Written {
        /// The package's file.
        let path: String
        /// The manifest's digest, in hexadecimal.
        let digest: String
        /// The signer's identity, in hexadecimal.
        let signer: String
        let isDebug: Bool
    }

    /// - Parameter path: The file for a package's name.
    /// - Returns: What was written.
    /// - Throws: `package.*`, `config.*`, `key.invalid`.
    func write(to path: (String) -> String) async throws -> Written {
        // The key first: a missing key is reported before the image is built, which takes long.
        let signer = try signing.signer(key)
        let result = try TransferProgress.show { report in
            let builder = try PackageBuilder(inputs, progress: report)
            let folder = URL(filePath: path("x")).deletingLastPathComponent().path
            return try builder.build(in: folder)
        }
        let signed = try await SignedManifest(result.manifest, by: signer)
        try TransferProgress.show { report in
            try PackageWriter.write(
                signed,
                result.sources,
                to: path(result.manifest.name),
                replacing: force,
                progress: report
            )
        }
        if result.manifest.isDebug {
            Message.print("this is a DEBUG package: its host sees all that the application prints.")
        }
        if let kernel = result.manifest.kernel { announce(kernel) }
        return Written(
            path: path(result.manifest.name),
            digest: Hexadecimal.text(result.manifest.digest),
            signer: Hexadecimal.text(signer.publicKey.identity),
            isDebug: result.manifest.isDebug
        )
    }

    /// Says in a line what a kernel that is not sealed means.
    private func announce(_ kernel: Manifest.KernelEntry) {
        switch kernel.kind {
        case .sealed: return
        case .distribution:
            Message.print(
                "kernel \(kernel.release) is a distribution's: the package is for vtpm alone, and code in the host's ACPI "
                    + "tables reaches the machine's memory. make kernel builds the sealed one."
            )
        case .unsealed:
            Message.print(
                "UNSEALED KERNEL \(kernel.release): on SEV-SNP and TDX, too, code in the host's ACPI tables reaches the "
                    + "machine's memory. The manifest says so, and policies refuse the package by default."
            )
        }
    }
}
