import ArgumentParser
import Attestation
import AttestedTransport
import Diagnostics
import Foundation
import InferenceClient
import PeerVerification

/// `adyton verify`: what a server, or evidence in a file, proves.
struct VerifyCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "verify",
        abstract: "Verify what a server proves, or evidence in a file.",
        discussion: """
            Asks the server with a fresh challenge on a connection of its own, sends
            nothing else, and prints what was checked and what was found. Of a file
            (a bundle of evidence, or a document that --save wrote) it is not known
            which connection it belongs to, unless --nonce or --report-data says for
            what it was made. Without a policy nothing is accepted: the report says what
            there is. Exits with 1 where anything is refused.

            Revocation lists and TCB information of a server's processor come from AMD
            or Intel, and win over what the host sends: see adyton endorsements.

            Clients that know no evidence take the server's certificate instead: it
            is written where the policy accepts the server, and nowhere else.

            EXAMPLE
              adyton verify https://flags.example.org:8443 --policy flags.policy.json
              adyton verify https://flags.example.org:8443 \\
                  --policy flags.policy.json --certificate flags.pem
              adyton verify machine.json --package app.adyton --json
              adyton verify tpm.json --tpm-authority gcp --nonce "$nonce"
            """
    )

    @Argument(help: "The server's address, or a file with evidence.", completion: .file(extensions: ["json"]))
    var subject: String

    @OptionGroup(title: "Trust") var trust: PeerOptions
    @OptionGroup(title: "Endorsements") var endorsements: SubjectEndorsementArguments

    @Option(
        help: ArgumentHelp("Of a file: judge as if the machine stated this package.", valueName: "package"),
        completion: .file(extensions: ["adyton"])
    )
    var package: String?

    @OptionGroup var trusting: TrustArguments
    @OptionGroup(title: "Evidence in a file") var binding: BindingArguments
    @OptionGroup(title: "Evidence in a file") var authorities: TpmAuthorityArguments

    @Option(help: ArgumentHelp("Judge as of this time instead of now.", valueName: "time"))
    var at: ClockArgument?

    @Option(help: "How many seconds an answer may take.")
    var timeout = 30.0

    @Option(help: ArgumentHelp("Write the server's answer to this file, which policy check takes.", valueName: "file"))
    var save: String?

    @Option(
        help: ArgumentHelp(
            "If the policy accepts the server, write its certificate in PEM to this file.",
            discussion:
                "For gRPC and others that take one to trust. It states the name \(ServerIdentity.certificateName).",
            valueName: "file"
        )
    )
    var certificate: String?

    @Flag(help: "Print one JSON document.")
    var json = false

    @OptionGroup var overwrite: OverwriteArguments

    func validate() throws {
        try trusting.check(beside: package)
        guard package == nil || !isAddress else {
            throw ValidationError("--package goes with a file: a server states its package itself.")
        }
        guard !isAddress || !binding.isStated else {
            throw ValidationError("--nonce and --report-data go with a file: a server gets a fresh challenge.")
        }
        guard !isAddress || authorities.authorities.isEmpty else {
            throw ValidationError("--tpm-authority goes with a file.")
        }
        try endorsements.check(isServer: isAddress)
        guard (0.001...86_400).contains(timeout) else {
            throw ValidationError("--timeout takes seconds up to 86400.")
        }
        guard !subject.hasPrefix("http://") else {
            throw ValidationError("\(subject): plain HTTP proves nothing. Give an https:// address, or a file.")
        }
        guard save == nil || isAddress else { throw ValidationError("--save goes with an https:// address.") }
        guard certificate == nil || (isAddress && trust.policy != nil) else {
            throw ValidationError("--certificate goes with an https:// address, and a --policy that accepts it.")
        }
    }

    private var isAddress: Bool { subject.hasPrefix("https://") }

    func run() async throws {
        let policy = try trust.rules()
        let roots = try trust.roots()
        let now = at?.date ?? Date()
        let report =
            isAddress
            ? try await examineServer(policy, roots, at: now)
            : try await examineFile(policy, roots + authorities.roots(), at: now)
        try printResult(json ? try JSONReport.of(report) : report.text)
        guard report.isGood else { throw ExitStatus.negativeAnswer }
    }

    private func examineServer(
        _ policy: AppraisalPolicy?,
        _ roots: [TrustAnchor],
        at now: Date
    ) async throws -> VerificationReport {
        let address: ServerAddress
        do {
            address = try ServerAddress(subject)
        } catch {
            throw ValidationError("\(error)")
        }
        let options = try endorsements.store.options(isOffline: endorsements.offline)
        do {
            let probe = try AttestedProbe(
                address,
                policy: policy,
                developerRoots: roots,
                endorsements: options,
                timeout: .seconds(timeout),
                now: { now }
            )
            let result = try await probe.examine()
            if let save { try ResultFile.write(result.document, to: save, replacing: overwrite.force) }
            if let certificate, result.verification.peer != nil {
                let pem = CertificatePEM.pem(result.shown.certificate)
                try ResultFile.write(pem.utf8, to: certificate, replacing: overwrite.force)
            }
            return VerificationReport(
                result.verification,
                tlsPublicKey: result.shown.publicKey,
                of: subject,
                by: policy,
                at: now
            )
        } catch let error as ClientError where error.code == .peerRefused {
            return VerificationReport(refusing: error.findings, of: subject, by: policy)
        } catch let error as ClientError {
            throw CommandFailure(.unavailable, "\(error)")
        }
    }

    private func examineFile(
        _ policy: AppraisalPolicy?,
        _ roots: [TrustAnchor],
        at now: Date
    ) async throws -> VerificationReport {
        guard FileManager.default.isReadableFile(atPath: subject) else {
            throw CommandFailure(.noInput, "\(subject): the file cannot be read; an address begins with https://")
        }
        let stated = try package.map { try trusting.examine($0) }
        let source = try endorsements.store.fileSource(fetching: endorsements.fetch)
        let outcome = try await EvidenceFile(URL(filePath: subject))
            .verified(at: now, trusting: roots, completedBy: source)
        switch outcome {
        case .refused(let findings): return VerificationReport(refusing: findings, of: subject, by: policy)
        case .verified(let evidence):
            let mismatches = try binding.mismatches(evidence)
            guard mismatches.isEmpty else { return VerificationReport(refusing: mismatches, of: subject, by: policy) }
            return VerificationReport(evidence, assuming: stated, of: subject, by: policy, at: now)
        }
    }
}
