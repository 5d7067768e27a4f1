import Attestation
import AttestedTransport
import Crypto
import Diagnostics
import Foundation
import InferenceClient
import NIOHTTP1
import NIOSSL
import Synchronization
import TestSupport
import Testing

/// A client that connects to a machine with a recorded TDX quote, over real TLS, with Intel's service on this machine.
///
/// A recorded quote names another connection's key, so that a complete appraisal ends with that finding alone.
@Suite(
    "Endorsements of a connection",
    .enabled(if: PublicEvidence.isReady(PublicEvidence.index), "\(PublicEvidence.absence)")
)
struct ConnectionEndorsementTests {
    private static let evidence = PublishedEvidence.trustDomain
    private static let now = Date(timeIntervalSince1970: evidence.time)
    private static let unbound = ["policy.report-data-mismatch"]
    private static let missing = [
        "endorsement.revocation-not-checked", "endorsement.status-not-appraised", "policy.report-data-mismatch",
    ]

    private let folder: TemporaryFolder
    private let events = Events()

    private final class Events: Sendable {
        let all = Mutex<[EndorsementEvent]>([])
    }

    init() throws {
        folder = try TemporaryFolder()
    }

    /// A machine that answers every challenge with the same recorded quote.
    private func machine(_ bundle: EvidenceBundle? = nil) async throws -> LocalVendor {
        let source = InsecureProcessSource(key: P256.Signing.PrivateKey())
        let document = EvidenceDocument(
            evidence: try bundle ?? Self.evidence.bundle(),
            hpkeKey: HpkeKeyConfiguration(publicKey: [UInt8](repeating: 9, count: 32)),
            package: .none
        )
        let identity = try await ServerIdentity(from: source)
        return try await LocalVendor(
            [EvidenceDocument.path: [.init(body: document.json)]],
            tls: try identity.tlsConfiguration()
        )
    }

    private func options(_ vendor: LocalVendor?) -> EndorsementOptions {
        var options = EndorsementOptions()
        options.folder = folder.url.appending(path: "cache")
        options.report = { [events] event in events.all.withLock { $0.append(event) } }
        guard let vendor else {
            options.isOffline = true
            return options
        }
        options.mirrors = Dictionary(
            uniqueKeysWithValues: Self.evidence.origins.map { ($0, "http://127.0.0.1:\(vendor.port)") }
        )
        return options
    }

    /// What the policy demands is what the quote measures.
    private func policy() throws -> AppraisalPolicy {
        guard case .verified(let verified) = Verifier().verify(try Self.evidence.bundle().evidence(), at: Self.now)
        else { throw CancellationError() }
        var rule = AppraisalPolicy.PlatformRule()
        for name in EvidenceKind.tdx.requiredMeasurements {
            rule.measurements[name] = [Hexadecimal.text(try #require(verified.claims.measurements[name]))]
        }
        var policy = AppraisalPolicy()
        policy.platforms[.tdx] = rule
        return policy
    }

    private func refusal(
        by policy: AppraisalPolicy,
        _ machine: LocalVendor,
        _ options: EndorsementOptions
    ) async throws -> [String] {
        let client = try InferenceClient(
            ServerAddress("https://127.0.0.1:\(machine.port)"),
            policy: policy,
            endorsements: options,
            now: { Self.now }
        )
        let error = await #expect(throws: ClientError.self) { try await client.peer() }
        #expect(error?.code == .peerRefused, "\(String(describing: error))")
        await client.close()
        return error?.findings.map(\.id).sorted() ?? []
    }

    @Test func `a connecting client fetches what Intel publishes, and then only the binding fails`() async throws {
        let machine = try await machine()
        let vendor = try await LocalVendor(Self.evidence.answers())
        #expect(try await refusal(by: policy(), machine, options(nil)) == Self.missing)
        #expect(vendor.asked.isEmpty)
        #expect(try await refusal(by: policy(), machine, options(vendor)) == Self.unbound)
        let asked = vendor.asked
        #expect(asked.count == 4)
        // A second client asks nobody, and one without a network does without.
        #expect(try await refusal(by: policy(), machine, options(vendor)) == Self.unbound)
        #expect(try await refusal(by: policy(), machine, options(nil)) == Self.unbound)
        #expect(vendor.asked == asked)
    }

    @Test func `two clients that start at the same time share a folder`() async throws {
        let machine = try await machine()
        let vendor = try await LocalVendor(Self.evidence.answers())
        let policy = try policy()
        try await withThrowingTaskGroup(of: [String].self) { group in
            for _ in 0..<6 { group.addTask { try await refusal(by: policy, machine, options(vendor)) } }
            for try await findings in group { #expect(findings == Self.unbound) }
        }
        let reported = events.all.withLock(\.self)
        #expect(reported.isEmpty, "\(reported)")
    }

    @Test func `an old document of the cache is refused by the policy's age, with and without a network`()
        async throws
    {
        let machine = try await machine()
        let vendor = try await LocalVendor(Self.evidence.answers())
        var policy = try policy()
        policy.platforms[.tdx]?.maximumAgeInDays = [.collateral: 5]
        let expected = ["policy.endorsement-too-old", "policy.endorsement-too-old"] + Self.unbound
        #expect(try await refusal(by: policy, machine, options(vendor)) == expected)
        #expect(try await refusal(by: policy, machine, options(nil)) == expected)
    }

    @Test func `a mirror that is silent, endless or lies holds nobody up, and is reported`() async throws {
        let machine = try await machine()
        let answers = try Self.evidence.answers()
        let bad: [@Sendable (LocalVendor.Answer) -> LocalVendor.Answer] = [
            { _ in .init(isSilent: true) },
            { answer in
                var answer = answer
                answer.body = [UInt8](repeating: 0x20, count: EndorsementCache.maximumSize + 1)
                return answer
            },
            { _ in .init(body: Array("<html>".utf8)) },
            { answer in
                var answer = answer
                answer.isCut = true
                return answer
            },
            { _ in .init(status: .internalServerError) },
        ]
        for spoil in bad {
            let vendor = try await LocalVendor(answers.mapValues { $0.map(spoil) })
            var options = options(vendor)
            options.timeout = .seconds(2)
            let start = ContinuousClock().now
            #expect(try await refusal(by: policy(), machine, options) == Self.missing)
            #expect(ContinuousClock().now - start < .seconds(15))
            let reported = events.all.withLock { events in
                defer { events = [] }
                return Set(events.map(\.document))
            }
            #expect(reported.count == 4, "\(reported)")
        }
        // Nothing of it was kept.
        #expect(try await refusal(by: policy(), machine, options(nil)) == Self.missing)
    }

    @Test func `nobody connects by a policy whose tolerance has ended`() async throws {
        let machine = try await machine()
        var policy = try policy()
        let yesterday = try #require(PolicyDate("2025-06-30"))
        policy.platforms[.tdx]?.tolerated = ["endorsement.status-not-appraised": yesterday]
        #expect(try await refusal(by: policy, machine, options(nil)) == ["connection.tolerance-ended"])
        #expect(machine.asked.isEmpty)
        policy.platforms[.tdx]?.tolerated = [:]
        #expect(try await refusal(by: policy, machine, options(nil)) == Self.missing)
        #expect(machine.asked.count == 1)
    }
}
