import Attestation
import AttestedTransport
import Crypto
import Diagnostics
import Foundation
import MachineLaunch
import PeerVerification

/// What verification found out, for people and for programs.
struct VerificationReport: Encodable {
    /// One thing that was looked at.
    struct Step: Encodable {
        /// How it went.
        enum Outcome: String, Encodable {
            case good
            case refused
            case notChecked = "not-checked"
        }

        let name: String
        let outcome: Outcome
        let detail: String
    }

    /// One document that verification rested on.
    struct Endorsement: Encodable {
        let name: String
        let issued: String
        let expires: String?
        let ageInDays: Int
    }

    /// One document that the client brought.
    struct OwnEndorsement: Encodable {
        let name: String
        let fetched: String
        let ageInHours: Int
    }

    /// One document that the client could not bring.
    struct MissingEndorsement: Encodable {
        let name: String
        let reason: String
    }

    let subject: String
    /// `accepted` by the policy, `authentic` where there is no policy or no connection to accept, `refused`.
    let verdict: String
    let platform: String?
    let insecure: String?
    let policy: String?
    let root: String?
    let measurements: [String: String]
    /// The digests of the host's ACPI tables, as a policy's `acpiTables` takes them; empty where no event log has them.
    let acpiTables: [String]
    /// The key of the connection, which the evidence names, as `curl --pinnedpubkey` takes it.
    let connectionKey: String?
    let package: Package?
    let steps: [Step]
    let endorsements: [Endorsement]
    /// The documents that this client fetched itself, which win over those of the host; nil where none were looked for.
    let ownEndorsements: [OwnEndorsement]?
    /// The documents that this client could not bring; what the host sent counts, if it sent any.
    let missingEndorsements: [MissingEndorsement]?
    let concessions: [String]
    /// Without a policy: what a policy would refuse unless it names it, such as debugging.
    let reservations: [Finding]
    let findings: [Finding]
    let notCovered: [String]

    /// What the machine states of its package, where the evidence bears it out.
    struct Package: Encodable {
        let name: String?
        let digest: String
        let signer: String?
        let productId: String?
        let securityVersion: UInt64?
        let models: [String]
        let kernel: Kernel?

        init(_ facts: Binding.PackageFacts, name: String?) {
            self.name = name
            (digest, signer, productId) = (facts.digest, facts.signer, facts.productID)
            (securityVersion, models) = (facts.securityVersion, facts.models)
            kernel = facts.kernel.map(Kernel.init)
        }
    }

    /// The kernel of the package's machine, as the manifest names it and process 1 has compared it.
    struct Kernel: Encodable {
        let kind: String
        let release: String
        let version: String

        init(_ kernel: Binding.PackageFacts.Kernel) {
            (kind, release, version) = (kernel.kind.rawValue, kernel.release, kernel.version)
        }
    }

    /// Where the firmware is older than the built-in table of minimum versions demands.
    let belowTable: [String]
    /// Every value that a policy can name, in its words; nil where nothing is authentic.
    let stated: PolicyStatement?

    /// Whether nothing was refused.
    var isGood: Bool { findings.isEmpty }

    /// Reports on a connection.
    ///
    /// - Parameters:
    ///   - result: What was found out.
    ///   - tlsPublicKey: The key that the server has shown in its handshake: SubjectPublicKeyInfo in DER.
    ///   - subject: The server's address.
    ///   - policy: What judged it; nil for none.
    ///   - now: As of when.
    init(
        _ result: PeerVerificationResult,
        tlsPublicKey: [UInt8],
        of subject: String,
        by policy: AppraisalPolicy?,
        at now: Date
    ) {
        let verified = result.verified
        let isBound = verified.map { _ in result.isBound }
        let facts = result.facts
        var steps = [Self.authenticity(verified, result.findings)]
        steps.append(
            Step(
                name: "connection",
                outcome: isBound.map { $0 ? .good : .refused } ?? .notChecked,
                detail:
                    "this challenge, this connection's TLS key, the encryption key and the manifest are signed along"
            )
        )
        let isStated = result.document?.package.manifest != nil
        steps.append(
            Step(
                name: "package",
                outcome: result.findings.contains { $0.id.hasPrefix("connection.manifest") }
                    ? .refused : facts == nil ? .notChecked : .good,
                detail: facts != nil
                    ? "the manifest's signature is true, and the machine measures to it"
                    : isStated
                        ? "a manifest is stated, but it has no measurement of this platform, so that nothing proves it"
                        : "the machine states no package"
            )
        )
        steps.append(Self.appraisal(policy, isAccepted: result.peer != nil, wasReached: verified != nil))
        self.init(
            subject: subject,
            verdict: result.findings.isEmpty ? (result.peer == nil ? "authentic" : "accepted") : "refused",
            evidence: verified,
            connectionKey: isBound == true
                ? "sha256//" + Data(SHA256.hash(data: tlsPublicKey)).base64EncodedString() : nil,
            policy: policy,
            package: facts.map { Package($0, name: result.packageName) },
            steps: steps,
            use: result.endorsements,
            concessions: result.peer?.waivers.map { "\($0.name) until \($0.until)" } ?? [],
            findings: result.findings,
            notCovered: (verified?.unjudged(by: policy, package: facts) ?? []) + Self.limits,
            now: now
        )
    }

    /// Reports on evidence in a file, which belongs to no connection.
    ///
    /// - Parameters:
    ///   - evidence: The evidence.
    ///   - stated: The package that the machine is assumed to state; nil for none.
    ///   - subject: The file.
    ///   - policy: What judges it; nil for none.
    ///   - now: As of when.
    init(
        _ evidence: VerifiedEvidence,
        assuming stated: ExaminedPackage? = nil,
        of subject: String,
        by policy: AppraisalPolicy?,
        at now: Date
    ) {
        let differences = stated?.values.differences(from: evidence)
        let judged = policy?.dryRun(evidence, package: stated?.facts, at: now) ?? []
        let findings = (differences ?? []) + judged
        self.init(
            subject: subject,
            verdict: findings.isEmpty ? "authentic" : "refused",
            evidence: evidence,
            policy: policy,
            package: stated.map { Package($0.facts, name: $0.values.name) },
            steps: [
                Self.authenticity(evidence, []),
                Step(name: "connection", outcome: .notChecked, detail: "a file belongs to no connection"),
                Self.assumption(stated, differences),
                Self.appraisal(policy, isAccepted: judged.isEmpty, wasReached: true),
            ],
            concessions: [],
            findings: findings,
            notCovered: ["whose evidence it is, and when it was made"]
                + evidence.unjudged(by: policy, package: stated?.facts) + Self.limits,
            now: now
        )
    }

    /// Reports on what is not authentic, or no evidence at all.
    init(refusing findings: [Finding], of subject: String, by policy: AppraisalPolicy?) {
        self.init(
            subject: subject,
            verdict: "refused",
            evidence: nil,
            policy: policy,
            package: nil,
            steps: [
                Self.authenticity(nil, findings),
                Self.appraisal(policy, isAccepted: false, wasReached: false),
            ],
            concessions: [],
            findings: findings,
            notCovered: Self.limits,
            now: Date()
        )
    }

    private init(
        subject: String,
        verdict: String,
        evidence: VerifiedEvidence?,
        connectionKey: String? = nil,
        policy: AppraisalPolicy?,
        package: Package?,
        steps: [Step],
        use: EndorsementUse? = nil,
        concessions: [String],
        findings: [Finding],
        notCovered: [String],
        now: Date
    ) {
        self.subject = subject
        self.verdict = verdict
        platform = evidence?.kind.rawValue
        insecure =
            evidence?.kind.isDeveloperPlatform == true
            ? "INSECURE: a developer's platform: its host can read and change all that it holds." : nil
        self.policy = policy.map { $0.name ?? "without a name" }
        root = evidence?.claims.root
        measurements = evidence?.claims.measurements.mapValues { Hexadecimal.text($0) } ?? [:]
        acpiTables = evidence?.claims.acpiTables?.map { Hexadecimal.text($0) } ?? []
        self.connectionKey = connectionKey
        self.package = package
        self.steps = steps
        endorsements =
            evidence?.claims.endorsements.map {
                Endorsement(
                    name: $0.name,
                    issued: $0.issued.plain,
                    expires: $0.expires?.plain,
                    ageInDays: $0.ageInDays(at: now)
                )
            } ?? []
        ownEndorsements = use?.own.map { document in
            let hours = max(0, Int(now.timeIntervalSince(document.fetched) / 3600))
            return OwnEndorsement(name: document.name, fetched: document.fetched.plain, ageInHours: hours)
        }
        missingEndorsements = use?.missing.map { MissingEndorsement(name: $0.name, reason: $0.reason) }
        self.concessions = concessions
        reservations = policy == nil ? evidence?.claims.allReservations ?? [] : []
        self.findings = findings
        self.notCovered = notCovered
        stated = evidence.map(PolicyStatement.init)
        belowTable = evidence.map { MinimumVersions.builtIn.shortfalls(of: $0.claims) } ?? []
    }

    private static let limits = [
        "sizes and timing of requests and answers, which the network sees",
        "attacks on the hardware itself, and its vulnerabilities that are not published yet",
        "whether the model's predictions are right: its card says how it was tested",
    ]

    private static func authenticity(_ evidence: VerifiedEvidence?, _ findings: [Finding]) -> Step {
        guard let evidence else {
            return Step(
                name: "evidence",
                outcome: .refused,
                detail: findings.first.map { "\($0.explanation.meaning)" } ?? "there is none"
            )
        }
        let lists = evidence.claims.revocation == .checked ? "" : "; no revocation list was at hand"
        let status = evidence.claims.status == .notStated ? "" : "; status \(evidence.claims.status.rawValue)"
        return Step(
            name: "evidence",
            outcome: .good,
            detail:
                "\(evidence.kind.rawValue), every signature leads to root \(evidence.claims.root.prefix(16))...\(status)\(lists)"
        )
    }

    /// A file does not say which package its machine stated; whether it measures to the one that was named can be seen.
    private static func assumption(_ stated: ExaminedPackage?, _ differences: [Finding]?) -> Step {
        guard stated != nil else {
            return Step(name: "package", outcome: .notChecked, detail: "a file belongs to no connection")
        }
        guard let differences else {
            return Step(
                name: "package",
                outcome: .notChecked,
                detail: "the named one has no measurement of this platform, so that nothing proves it"
            )
        }
        return Step(
            name: "package",
            outcome: differences.isEmpty ? .good : .refused,
            detail: "the machine \(differences.isEmpty ? "measures" : "does not measure") to the named one"
        )
    }

    private static func appraisal(_ policy: AppraisalPolicy?, isAccepted: Bool, wasReached: Bool) -> Step {
        guard let policy, wasReached else {
            return Step(
                name: "policy",
                outcome: .notChecked,
                detail: policy == nil ? "none was given, so nothing is accepted" : "not reached"
            )
        }
        return Step(name: "policy", outcome: isAccepted ? .good : .refused, detail: policy.name ?? "without a name")
    }
}

extension VerificationReport {
    /// The report for people on standard output, ended by a line break.
    var text: String { formatted(.output) }

    /// The report for people, ended by a line break.
    ///
    /// - Parameter style: The width and the marks of where it goes.
    /// - Returns: The lines.
    private func formatted(_ style: TextStyle) -> String {
        var lines = ["\(subject): \(verdict)"]
        if let insecure { lines.append("  \(insecure)") }
        lines += steps.map { step in
            let mark: TextStyle.Mark =
                switch step.outcome {
                case .good: .good
                case .refused: .bad
                default: .absent
                }
            return "  \(style.mark(mark)) \(step.name): \(step.detail)"
        }
        if let package {
            lines.append("  package \(package.name ?? ""), manifest \(package.digest)")
            lines.append("    signer \(package.signer ?? "none")")
            lines.append("    product \(package.productId ?? "none"), security version \(package.securityVersion ?? 0)")
            lines += package.kernel.map { ["    kernel \($0.kind) \($0.release), \($0.version)"] } ?? []
            lines += package.models.map { "    model \($0)" }
        }
        if let connectionKey { lines.append("  key of the connection: \(connectionKey)") }
        lines += endorsements.map { endorsement in
            let end = endorsement.expires.map { ", until \($0)" } ?? ""
            return "  \(endorsement.name): \(endorsement.ageInDays) days old, of \(endorsement.issued)\(end)"
        }
        lines += ownEndorsements?.map { "  brought by this client: \($0.name), fetched at \($0.fetched)" } ?? []
        lines += missingEndorsements?.map { "  not brought by this client: \($0.name): \($0.reason)" } ?? []
        lines += concessions.map { "  overlooked by the policy: \($0)" }
        lines += reservations.map { "  a policy refuses it unless it names: \($0)" }
        lines += belowTable.map { "  \(style.mark(.absent)) firmware: \($0)" }
        var text = lines.joined(separator: "\n") + "\n"
        if !findings.isEmpty { text += "Refused, for:\n" + AttestationText.of(findings) }
        text = style.wrapped(text + "Not covered: " + notCovered.joined(separator: ";\n  ") + ".\n")
        return text + (stated.map { "In a policy's words, the evidence states:\n\($0.text)" } ?? "")
    }
}
