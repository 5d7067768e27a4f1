package import ArgumentParser
package import AttestedTransport
import GuestInterface

/// How the server proves what it is, as options.
package struct AttestationOptions: ParsableArguments {
    /// Who vouches for the server.
    package enum EvidenceSourceKind: String, ExpressibleByArgument, CaseIterable {
        /// Nobody: plain HTTP.
        case none
        /// The sealed machine that the server runs in.
        case machine
        /// A developer's key.
        case process
    }

    @Option(
        help: ArgumentHelp(
            "Who vouches for the server: none (plain HTTP), machine (the sealed machine it runs in), or process.",
            discussion: "With machine and process it speaks TLS 1.3 only, and answers challenges. "
                + "INSECURE: process is the word of a developer's key."
        )
    )
    package var attest = EvidenceSourceKind.none

    @Option(
        help: ArgumentHelp("For --attest process: a private key of P-256 in PEM.", valueName: "file"),
        completion: .file(extensions: ["pem"])
    )
    package var insecureDeveloperKey: String?

    @Option(help: "How many challenges a second are answered, over time; beyond it the answer is 429.")
    package var evidenceRate = EvidenceRateLimiter.Limits().answersPerSecond

    package init() {}

    /// Refuses options that do not go together.
    ///
    /// - Throws: The parser's error.
    package func validateChoice() throws {
        guard (attest == .process) == (insecureDeveloperKey != nil) else {
            throw ValidationError("--attest process and --insecure-developer-key FILE go together.")
        }
        guard (1...10_000).contains(evidenceRate) else {
            throw ValidationError("--evidence-rate takes a number from 1 to 10000, found \(evidenceRate).")
        }
    }

    /// Asks the platform for its source.
    ///
    /// - Returns: nil for plain HTTP.
    /// - Throws: A `TransportError`.
    package func setup() async throws -> AttestationSetup? {
        var setup: AttestationSetup
        switch attest {
        case .none: return nil
        case .machine:
            setup = AttestationSetup(
                source: try await BrokerSource(),
                package: try PackageDocuments(readingFrom: GuestPath.manifest, GuestPath.manifestSignature)
            )
        case .process:
            setup = AttestationSetup(source: try InsecureProcessSource(readingKeyAt: insecureDeveloperKey ?? ""))
        }
        setup.limits.answersPerSecond = evidenceRate
        setup.limits.burst = max(evidenceRate, 8)
        return setup
    }
}
