import ArgumentParser
import DeveloperTrust
import Foundation

/// `adyton developer-root`: the root that vouches for this user's virtual TPMs.
struct DeveloperRootCommand: ParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "developer-root",
        abstract: "Print the root of this user's virtual TPMs.",
        discussion: """
            Machines of the platform vtpm have a TPM in software, made anew at
            each start. An authority of this user certifies its attestation key;
            a policy accepts such a machine only where it names the authority's
            fingerprint. It is INSECURE: anyone who can read this user's files can
            forge evidence. The authority is created on first use.

            EXAMPLE
              adyton developer-root
              adyton developer-root --pem > root.pem
              adyton policy from values.json \\
                --trust-insecure-developer-root "$(adyton developer-root)"
            """
    )

    private struct Document: Encodable {
        let fingerprint, certificate, folder: String
    }

    @Flag(help: "Print the authority's certificate instead of its fingerprint.")
    var pem = false

    @Flag(help: "Print one JSON document.")
    var json = false

    func validate() throws {
        if pem, json { throw ValidationError("--json holds the certificate already; leave --pem out.") }
    }

    func run() throws {
        let folder = DeveloperAuthority.folder()
        let authority = try DeveloperAuthority(in: folder)
        guard json else { return try printResult(pem ? authority.pem : authority.fingerprint + "\n") }
        let document = Document(fingerprint: authority.fingerprint, certificate: authority.pem, folder: folder)
        try printResult(JSONReport.of(document))
    }
}
