import ArgumentParser
import Attestation
import Foundation

/// What the commands about evidence and policies share.
enum AttestationWork {
    /// Runs a library's call, and ends with the status that fits its failure.
    ///
    /// - Parameters:
    ///   - command: The command's name, for messages.
    ///   - work: The call.
    /// - Returns: What the call returns.
    /// - Throws: The exit status; the failure itself goes to standard error, with who must act.
    static func run<Result>(_ command: String, _ work: () throws(AttestationError) -> Result) throws -> Result {
        do throws(AttestationError) {
            return try work()
        } catch {
            printError("adyton \(command): \(error)\n  \(error.finding.explanation.remedy)")
            let missing = ["policy-file.unreadable", "conformance.index-unreadable"].contains(error.finding.id)
            throw missing ? ExitStatus.noInput : ExitStatus.dataError
        }
    }

    /// One JSON document, ended by a line break.
    static func json(_ document: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(document), as: UTF8.self) + "\n"
    }

    /// Reads a policy, and says on standard error where it trusts what no hardware vouches for.
    static func policy(_ path: String, for command: String) throws -> AppraisalPolicy {
        let policy = try run(command) { () throws(AttestationError) in
            try AppraisalPolicy(reading: URL(filePath: path))
        }
        if let warning = developerWarning(policy) { printError("adyton \(command): \(path): \(warning)") }
        return policy
    }

    /// What every output says about a policy that names a developer's platform; nil for every other policy.
    static func developerWarning(_ policy: AppraisalPolicy) -> String? {
        let names = policy.developerPlatforms.map(\.rawValue)
        guard !names.isEmpty else { return nil }
        return "INSECURE: this policy trusts the developer's platforms \(names.joined(separator: ", ")), "
            + "whose host can read and change all that they hold."
    }

    /// Reads and verifies one bundle.
    ///
    /// - Parameters:
    ///   - url: The bundle's file.
    ///   - now: The time at which everything must be valid.
    ///   - roots: The developer's roots.
    /// - Returns: The verified evidence, or every reason to refuse it.
    static func verify(_ url: URL, at now: Date, roots: [TrustAnchor] = []) -> Verifier.Outcome {
        do throws(AttestationError) {
            let bundle = try EvidenceBundle(reading: url)
            return Verifier(alsoTrustingDeveloperRoots: roots).verify(try bundle.evidence(), at: now)
        } catch {
            return .refused([error.finding])
        }
    }

    /// A finding for people: what is wrong, then what to do.
    static func text(_ findings: [Finding]) -> String {
        findings.map { finding in
            """
              \(finding)
                \(finding.explanation.meaning)
                \(finding.explanation.whoMustAct.rawValue): \(finding.explanation.remedy)

            """
        }.joined()
    }
}

/// A time that a command takes in place of the present.
struct Clock: ExpressibleByArgument {
    let date: Date

    init?(argument: String) {
        guard let date = try? Date.ISO8601FormatStyle().parse(argument) else { return nil }
        self.date = date
    }
}
