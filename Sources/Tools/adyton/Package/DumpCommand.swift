import ArgumentParser
import EnclavePackage
import Foundation
import GuestInterface
import PackageManifest
import RootFileSystem

/// `adyton dump`: all that a package is, at a glance.
struct DumpCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dump",
        abstract: "Print a package: identity, signer, configuration, every part and every file.",
        discussion: """
            Everything is verified first: signature, frame, and every part against its
            digest; exits with 65 at the first that differs, and names it. Without
            --pubkey or --signer the signer is shown, and anyone is taken.

            EXAMPLE
              adyton dump app.adyton
              adyton dump --pubkey signer.pub.pem app.adyton
              adyton dump --json app.adyton \\
                | jq -r '.files[] | select(.kind == "file") | "\\(.size) \\(.path)"'
            """
    )

    @Argument(help: "The package.", completion: .file(extensions: ["adyton"]))
    var package: String

    @Flag(help: "Print one JSON document.")
    var json = false

    @Flag(help: "Leave the root file system's list of files out.")
    var brief = false

    @OptionGroup var trusting: TrustArguments

    func run() throws {
        let report = try TransferProgress.show { progress in
            let sealed = try SealedPackage(opening: package, trusting: trusting.trust())
            try sealed.verifyParts(progress: progress)
            return try PackageReport(sealed, isBrief: brief)
        }
        try printResult(json ? try report.json() : report.text)
    }
}
