// libFuzzer's entry point over the readers of evidence and policies and over verification; Scripts/fuzz-attestation.sh
// links it with the library.
//
// The first byte of an input chooses one part of genuine evidence, and the rest takes its place. Whatever is then still
// verified must say the very same: another encoding may be accepted, another content never.

import Attestation
import Foundation

private struct Subject {
    let kind: EvidenceKind
    let parts: [String: [UInt8]]
    let names: [String]
    let clock: Date
    let verifier: Verifier
    let claims: Claims

    init() {
        let environment = ProcessInfo.processInfo.environment
        guard let kind = environment["ADYTON_FUZZ_KIND"].flatMap(EvidenceKind.init(rawValue:)),
            let folder = environment["ADYTON_FUZZ_PARTS"].map({ URL(filePath: $0) }),
            let clock = environment["ADYTON_FUZZ_CLOCK"].flatMap(Double.init),
            let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        else { preconditionFailure("ADYTON_FUZZ_KIND, _PARTS and _CLOCK say what is fuzzed") }
        self.kind = kind
        self.names = names
        self.clock = Date(timeIntervalSince1970: clock)
        var parts: [String: [UInt8]] = [:]
        for name in names { parts[name] = (try? Data(contentsOf: folder.appending(path: name))).map(Array.init) }
        self.parts = parts
        verifier = Self.verifier(environment["ADYTON_FUZZ_ROOT"])
        guard let claims = Self.claims(kind, parts, self.clock, verifier) else {
            preconditionFailure("the genuine evidence is not verified")
        }
        self.claims = claims
    }

    /// The claims of parts of which one may be another.
    func claims(_ parts: [String: [UInt8]]) -> Claims? { Self.claims(kind, parts, clock, verifier) }

    private static func claims(
        _ kind: EvidenceKind,
        _ parts: [String: [UInt8]],
        _ clock: Date,
        _ verifier: Verifier
    ) -> Claims? {
        guard let evidence = try? UnverifiedEvidence(kind: kind, parts: EvidenceParts(parts)),
            case .verified(let verified) = verifier.verify(evidence, at: clock)
        else { return nil }
        return verified.claims
    }

    /// A TPM's root is its cloud provider's, whom a caller names.
    private static func verifier(_ root: String?) -> Verifier {
        guard let root else { return Verifier() }
        guard let certificate = try? Data(contentsOf: URL(filePath: root)),
            let anchor = try? TrustAnchor(tpmAuthority: Array(certificate), origin: "the vectors")
        else { preconditionFailure("ADYTON_FUZZ_ROOT is no certificate") }
        return Verifier(alsoTrustingDeveloperRoots: [anchor])
    }
}

private let isPolicy = ProcessInfo.processInfo.environment["ADYTON_FUZZ_KIND"] == "policy"
private let subject = Subject()

/// Reads, verifies, and checks what must hold of all that is accepted.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    if isPolicy {
        checkText(Data(bytes))
    } else if let first = bytes.first {
        var parts = subject.parts
        let name = subject.names[Int(first) % subject.names.count]
        parts[name] = Array(bytes.dropFirst())
        if let claims = subject.claims(parts) {
            var expected = subject.claims
            // How the log was padded and what an endorsement is called may differ; what was signed may not.
            expected.endorsements = claims.endorsements
            precondition(claims == expected, "changed evidence is verified")
        }
    }
    return 0
}

/// Whatever is read as a policy or a bundle is written and read again as the same.
private func checkText(_ text: Data) {
    if let policy = try? AppraisalPolicy(json: text, subject: "fuzz") {
        guard let again = try? AppraisalPolicy(json: policy.json, subject: "again") else {
            preconditionFailure("what was written is not read")
        }
        precondition(again == policy)
    }
    if let bundle = try? EvidenceBundle(json: text, subject: "fuzz") {
        precondition((try? EvidenceBundle(json: bundle.json, subject: "again"))?.parts == bundle.parts)
        _ = try? bundle.evidence()
    }
}
