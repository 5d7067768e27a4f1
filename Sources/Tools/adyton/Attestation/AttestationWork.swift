import ArgumentParser
import Attestation
import EnclavePackage
import Foundation
import PackageManifest
import PeerVerification

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
            let missing = [
                "policy-file.unreadable", "conformance.index-unreadable", "evidence.bundle-unreadable",
            ].contains(error.finding.id)
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
        if let warning = warning(about: policy) { printError("adyton \(command): \(path): \(warning)") }
        return policy
    }

    /// What every output says about a policy that names a developer's platform or accepts a debug package.
    ///
    /// - Parameter policy: The policy.
    /// - Returns: One line; nil for every other policy.
    static func warning(about policy: AppraisalPolicy) -> String? {
        var warnings: [String] = []
        let names = policy.developerPlatforms.map(\.rawValue)
        if !names.isEmpty {
            warnings.append(
                "INSECURE: this policy trusts the developer's platforms \(names.joined(separator: ", ")), "
                    + "whose host can read and change all that they hold."
            )
        }
        if policy.package?.acceptsDebug == true {
            warnings.append(
                "INSECURE: this policy accepts a debug package: whatever its application prints reaches the host."
            )
        }
        return warnings.isEmpty ? nil : warnings.joined(separator: " ")
    }

    /// Reads and verifies one bundle.
    ///
    /// - Parameters:
    ///   - url: The bundle's file.
    ///   - now: The time at which everything must be valid.
    ///   - roots: A developer's roots, beside those of the vendors.
    ///   - source: Where endorsements come from that did not come along; nil for nowhere.
    ///   - command: The command's name, for messages.
    /// - Returns: The verified evidence, or every reason to refuse it.
    /// - Throws: The exit status where the source does not answer; the failure goes to standard error.
    static func verify(
        _ url: URL,
        at now: Date,
        trusting roots: [TrustAnchor],
        completedBy source: EndorsementCache?,
        for command: String
    ) async throws -> Verifier.Outcome {
        do {
            var bundle = try EvidenceBundle(reading: url)
            if let source { bundle = try await bundle.completed(from: source) }
            let verifier = roots.isEmpty ? Verifier() : Verifier(alsoTrustingDeveloperRoots: roots)
            return verifier.verify(try bundle.evidence(), at: now)
        } catch let error as AttestationError where error.finding.id == "evidence.bundle-unreadable" {
            // Nobody's evidence is refused where there is none.
            return try run(command) { () throws(AttestationError) -> Verifier.Outcome in throw error }
        } catch let error as AttestationError {
            return .refused([error.finding])
        } catch {
            printError("adyton \(command): \(url.relativePath): \(error)")
            throw ExitStatus.unavailable
        }
    }

    /// Reads what a package states, after a look at all of its parts.
    ///
    /// - Parameters:
    ///   - path: The package.
    ///   - trust: Whose signature counts.
    ///   - command: The command's name, for messages.
    /// - Returns: What it states, its measurements computed anew where its parts determine them.
    /// - Throws: The exit status; the failure itself goes to standard error.
    static func package(
        _ path: String,
        trusting trust: TrustArguments,
        for command: String
    ) throws -> (facts: Binding.PackageFacts, values: PackageReferenceValues) {
        try PackageWork.run(command) { progress throws(PackageError) in
            let package = try SealedPackage(opening: path, trusting: trust.trust())
            try package.verifyParts(progress: progress)
            let stated = package.claim
            let computed = try package.referenceValues(by: ReferenceMeasurer())
            return (stated.facts, stated.referenceValues(computed: computed))
        }
    }

    /// The ages of what a verdict rests on, the oldest first.
    static func text(_ endorsements: [EndorsementAge], at now: Date) -> String {
        endorsements.sorted { $0.issued < $1.issued }.map { endorsement in
            let end = endorsement.expires.map { ", until \($0.plain)" } ?? ""
            return "  \(endorsement.name): \(endorsement.ageInDays(at: now)) days old\(end)\n"
        }.joined()
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

/// One document that a verdict rests on, in a command's JSON.
struct EndorsementEntry: Encodable {
    let name: String
    let sort: String
    let issued: String
    let expires: String?
    let ageInDays: Int

    init(_ endorsement: EndorsementAge, at now: Date) {
        name = endorsement.name
        sort = endorsement.sort.rawValue
        issued = endorsement.issued.plain
        expires = endorsement.expires?.plain
        ageInDays = endorsement.ageInDays(at: now)
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
