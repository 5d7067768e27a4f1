import Attestation
import Crypto
import Diagnostics
import Foundation
import TestSupport
import Testing

@Suite("Policies", .enabled(if: Vectors.areReady, "\(PublicEvidence.absence)"))
struct PolicyTests {
    private static let far = PolicyDate("2099-12-31")

    /// A policy that accepts the Turin report, for tests to change.
    static func sample() throws -> (evidence: VerifiedEvidence, policy: AppraisalPolicy, clock: Date) {
        let sample = try Vectors.sample("snp/oak/turin-v5")
        let evidence = try sample.verified()
        var rule = AppraisalPolicy.PlatformRule()
        let measurement = try #require(evidence.claims.measurements["measurement"])
        rule.measurements = ["measurement": [Hexadecimal.text(measurement)]]
        rule.minimumTCB = ["Turin": ["bootloader": 1, "snp": 2, "microcode": 71]]
        rule.tolerated["endorsement.revocation-not-checked"] = far
        var policy = AppraisalPolicy()
        policy.platforms[.snp] = rule
        return (evidence, policy, sample.clock)
    }

    @Test func `a policy accepts what it was made from, and gives a peer`() throws {
        let (evidence, policy, clock) = try Self.sample()
        let binding = try Binding(reportData: evidence.claims.reportData)
        guard case .accepted(let peer) = policy.appraise(evidence, binding: binding, at: clock) else {
            Issue.record("refused")
            return
        }
        #expect(peer.kind == .snp)
        #expect(!peer.isDeveloperPlatform)
        #expect(peer.waivers.map(\.name) == ["endorsement.revocation-not-checked"])
    }

    @Test func `an empty policy refuses everything`() throws {
        let (evidence, _, clock) = try Self.sample()
        #expect(AppraisalPolicy().dryRun(evidence, at: clock).map(\.id) == ["policy.platform-not-named"])
    }

    struct Change: Sendable, CustomTestStringConvertible {
        let id: String
        let fields: [String]
        let change: @Sendable (inout AppraisalPolicy.PlatformRule) -> Void
        var testDescription: String { id + " " + fields.joined(separator: ",") }

        init(
            _ id: String,
            _ fields: [String] = [],
            _ change: @escaping @Sendable (inout AppraisalPolicy.PlatformRule) -> Void
        ) {
            self.id = id
            self.fields = fields
            self.change = change
        }
    }

    @Test(
        arguments: [
            Change("policy.reference-missing", ["measurement"]) { $0.measurements = [:] },
            Change("policy.measurement-mismatch", ["measurement"]) {
                $0.measurements["measurement"] = [String(repeating: "0", count: 96)]
            },
            Change("policy.measurement-mismatch", ["host-data"]) {
                $0.measurements["host-data"] = [String(repeating: "1", count: 64)]
            },
            Change("policy.measurement-missing", ["rtmr0"]) { $0.measurements["rtmr0"] = ["00"] },
            Change("policy.signer-mismatch") { $0.signers = [String(repeating: "1", count: 96)] },
            Change("policy.product-mismatch") { $0.productIDs = [String(repeating: "1", count: 64)] },
            Change("policy.security-version-low") { $0.minimumSecurityVersion = 1 },
            Change("policy.tcb-low", ["microcode"]) { $0.minimumTCB["Turin"] = ["microcode": 72, "bootloader": 0] },
            Change("policy.tcb-component-missing", ["psp"]) { $0.minimumTCB["Turin"] = ["psp": 0] },
            Change("policy.tcb-line-missing") { $0.minimumTCB = ["Milan": ["microcode": 0]] },
            Change("policy.machine-not-named", ["chip-id"]) { $0.machines["chip-id"] = ["00"] },
            Change("policy.endorsement-too-old", ["VCEK"]) { $0.maximumAgeInDays[.certificate] = 28 },
            Change("policy.root-not-named") { $0.roots = [String(repeating: "0", count: 64)] },
            Change("endorsement.revocation-not-checked") { $0.tolerated = [:] },
            Change("policy.acceptance-ended", ["endorsement.revocation-not-checked"]) {
                $0.tolerated["endorsement.revocation-not-checked"] = PolicyDate("2025-08-15")
            },
        ]
    )
    func `a rule that is not met refuses, and names what`(change: Change) throws {
        var (evidence, policy, clock) = try Self.sample()
        #expect(policy.dryRun(evidence, at: clock).isEmpty)
        var rule = try #require(policy.platforms[.snp])
        change.change(&rule)
        policy.platforms[.snp] = rule
        let findings = policy.dryRun(evidence, at: clock)
        #expect(findings.contains { $0.id == change.id && $0.fields.starts(with: change.fields) }, "\(findings)")
    }

    @Test func `signers, products and versions stand in for reference values`() throws {
        let sample = try Vectors.sample("sgx/dcap-qvl/v3-config-and-sw-hardening")
        let evidence = try sample.verified()
        var rule = AppraisalPolicy.PlatformRule()
        rule.signers = ["815f42f11cf64430c30bab7816ba596a1da0130c3b028b673133a66cf9a3e0e6"]
        rule.productIDs = ["0000"]
        rule.minimumSecurityVersion = 0
        rule.statuses[.configurationAndSoftwareHardeningNeeded] = Self.far
        rule.advisories = ["INTEL-SA-00289": try #require(Self.far), "INTEL-SA-00615": try #require(Self.far)]
        var policy = AppraisalPolicy()
        policy.platforms[.sgx] = rule
        #expect(policy.dryRun(evidence, at: sample.clock).isEmpty)
        policy.platforms[.sgx]?.advisories["INTEL-SA-00615"] = nil
        let advisories = policy.dryRun(evidence, at: sample.clock)
        #expect(advisories.map(\.id) == ["policy.advisory-not-accepted"])
        #expect(advisories.first?.found == "INTEL-SA-00615")
        policy.platforms[.sgx]?.statuses = [.outOfDate: try #require(Self.far)]
        #expect(policy.dryRun(evidence, at: sample.clock).map(\.id).contains("policy.status-not-accepted"))
        policy.platforms[.sgx]?.minimumSecurityVersion = nil
        #expect(policy.dryRun(evidence, at: sample.clock).map(\.id).contains("policy.reference-missing"))
    }

    @Test func `a package, its signer, its product, its version and its models are compared`() throws {
        var (evidence, policy, clock) = try Self.sample()
        var rule = AppraisalPolicy.PackageRule()
        rule.digests = ["aa"]
        rule.signers = ["bb"]
        rule.productID = "classifier"
        rule.minimumSecurityVersion = 3
        policy.package = rule
        policy.models = ["cc"]
        func ids(_ package: Binding.PackageFacts?) throws -> [String] {
            let binding = try Binding(reportData: evidence.claims.reportData, package: package)
            guard case .refused(let findings) = policy.appraise(evidence, binding: binding, at: clock) else {
                return []
            }
            return findings.map(\.id)
        }
        let right = Binding.PackageFacts(
            digest: "aa",
            signer: "bb",
            productID: "classifier",
            securityVersion: 4,
            models: ["cc"]
        )
        #expect(try ids(right) == [])
        #expect(try ids(nil) == ["policy.package-unbound"])
        let changes: [(String, WritableKeyPath<Binding.PackageFacts, String?>)] = [
            ("policy.package-signer-mismatch", \.signer), ("policy.package-product-mismatch", \.productID),
        ]
        for (id, path) in changes {
            var facts = right
            facts[keyPath: path] = nil
            #expect(try ids(facts) == [id])
        }
        var facts = right
        facts.digest = "ab"
        facts.securityVersion = 2
        facts.models = ["cc", "dd"]
        #expect(
            try ids(facts) == [
                "policy.package-mismatch", "policy.package-security-version-low", "policy.model-mismatch",
            ]
        )
        facts.models = []
        #expect(try ids(facts).contains("policy.model-mismatch"))
    }

    @Test func `a debug package is refused by every policy that does not accept one`() throws {
        var (evidence, policy, clock) = try Self.sample()
        let package = Binding.PackageFacts(digest: "aa", isDebug: true)
        #expect(policy.dryRun(evidence, package: package, at: clock).map(\.id) == ["policy.package-debug"])
        policy.package = AppraisalPolicy.PackageRule()
        #expect(policy.dryRun(evidence, package: package, at: clock).map(\.id) == ["policy.package-debug"])
        policy.package?.acceptsDebug = true
        #expect(policy.dryRun(evidence, package: package, at: clock).isEmpty)
        #expect(try AppraisalPolicy(json: policy.json, subject: "again") == policy)
        let values = PackageReferenceValues(name: "a", digest: String(repeating: "a", count: 64), isDebug: true)
        #expect(AppraisalPolicy(from: values).package?.acceptsDebug == true)
        #expect(try JSONDecoder().decode(PackageReferenceValues.self, from: JSONEncoder().encode(values)) == values)
    }

    @Test func `a package whose kernel is not sealed is refused on hardware until a named day`() throws {
        var (evidence, policy, clock) = try Self.sample()
        func findings(_ kind: Binding.PackageFacts.Kernel.Kind) -> [Finding] {
            let kernel = Binding.PackageFacts.Kernel(kind: kind, release: "6.12", version: "#1")
            return policy.dryRun(evidence, package: Binding.PackageFacts(digest: "aa", kernel: kernel), at: clock)
        }
        #expect(findings(.sealed).isEmpty)
        for kind in [Binding.PackageFacts.Kernel.Kind.distribution, .unsealed, .notStated] {
            let finding = try #require(findings(kind).first)
            #expect(finding.id == "policy.kernel-unsealed" && finding.expected == "sealed")
            #expect(finding.found == "\(kind.rawValue), 6.12" && finding.explanation.whoMustAct == .publisher)
        }
        policy.platforms[.snp]?.tolerated["policy.kernel-unsealed"] = Self.far
        #expect(findings(.unsealed).isEmpty && findings(.notStated).isEmpty)
        #expect(policy.remarks(at: clock).map(\.id).contains(.kernelTolerated))
        #expect(try AppraisalPolicy(json: policy.json, subject: "again") == policy)
        policy.platforms[.snp]?.tolerated["policy.kernel-unsealed"] = PolicyDate("2020-01-01")
        #expect(findings(.unsealed).map(\.id) == ["policy.acceptance-ended", "policy.kernel-unsealed"])
        // An enclave, or another's package, has no kernel of its own.
        #expect(policy.dryRun(evidence, package: Binding.PackageFacts(digest: "aa"), at: clock).isEmpty)
    }

    @Test func `what is written is read again as the same`() throws {
        var (_, policy, _) = try Self.sample()
        policy.name = "turin"
        policy.package = AppraisalPolicy.PackageRule()
        policy.platforms[.tdx] = AppraisalPolicy.PlatformRule()
        policy.platforms[.tdx]?.statuses[.outOfDate] = Self.far
        policy.platforms[.tdx]?.maximumAgeInDays[.collateral] = 30
        let digest = String(repeating: "ab", count: 48)
        policy.platforms[.tdx]?.acpiTables = [[digest, digest], [digest]]
        #expect(try AppraisalPolicy(json: policy.json, subject: "again") == policy)
    }

    @Test(
        arguments: [
            (#"{"version": 3, "platforms": {}}"#, "policy-file.version-unknown", ""),
            (#"{"version": 1}"#, "policy-file.invalid", "platforms"),
            (#"{"version": 1, "platforms": {}, "platform": {}}"#, "policy-file.invalid", "platform"),
            (#"{"version": 1, "platforms": {"snp": {"debug": true}}}"#, "policy-file.invalid", "platforms.snp.debug"),
            (#"{"version": 1, "platforms": {}, "package": {"digest": []}}"#, "policy-file.invalid", "package.digest"),
            (#"{"version": 1, "platforms": {"sev": {}}}"#, "policy-file.value-invalid", "platforms.sev"),
            (
                #"{"version": 1, "platforms": {"snp": {"tolerate": {"snp.report-signature": "2030-01-01"}}}}"#,
                "policy-file.value-invalid", "platforms.snp.tolerate.snp.report-signature"
            ),
            (
                #"{"version": 1, "platforms": {"snp": {"tolerate": {"snp.debug": "2030-02-30"}}}}"#,
                "policy-file.value-invalid", "platforms.snp.tolerate.snp.debug"
            ),
            (
                #"{"version": 1, "platforms": {"tdx": {"statuses": {"Revoked": "2030-01-01"}}}}"#,
                "policy-file.value-invalid", "platforms.tdx.statuses.Revoked"
            ),
            (
                #"{"version": 1, "platforms": {"snp": {"measurements": {"measurement": ["0"]}}}}"#,
                "policy-file.value-invalid", "platforms.snp.measurements.measurement"
            ),
            (
                #"{"version": 1, "platforms": {"snp": {"measurements": {"measurement": []}}}}"#,
                "policy-file.value-invalid", "platforms.snp.measurements.measurement"
            ),
            (
                #"{"version": 1, "platforms": {"snp": {"maximumAgeInDays": {"crl": 1}}}}"#,
                "policy-file.value-invalid", "platforms.snp.maximumAgeInDays.crl"
            ),
            ("no JSON", "policy-file.invalid", ""),
        ]
    )
    func `a false file is refused, and the place named`(json: String, id: String, place: String) throws {
        let finding = try AttestationError.thrown { _ = try AppraisalPolicy(json: Data(json.utf8), subject: "policy") }
        #expect(finding.id == id)
        #expect(place.isEmpty || "\(finding)".contains(place), "\(finding)")
    }

    @Test func `a policy from a package names no developer's platform unless asked frankly`() throws {
        let values = PackageReferenceValues(
            name: "classifier",
            digest: String(repeating: "a", count: 64),
            securityVersion: 3,
            models: [String(repeating: "b", count: 64)],
            platforms: [
                .snp: ["measurement": [String(repeating: "1", count: 96)]],
                .developerVtpm: ["pcr4": [String(repeating: "2", count: 64)]], .developerProcess: [:],
            ]
        )
        let policy = AppraisalPolicy(from: values)
        #expect(policy.platforms.keys.map(\.rawValue) == ["snp"])
        #expect(policy.developerPlatforms.isEmpty)
        let root = String(repeating: "c", count: 64)
        let frank = AppraisalPolicy(from: values, trustingInsecureDeveloperRoots: [root])
        #expect(frank.developerPlatforms == [.developerProcess, .developerVtpm])
        #expect(frank.platforms[.developerVtpm]?.roots == [root])
        #expect(try AppraisalPolicy(json: frank.json, subject: "again") == frank)
        let coded = try JSONDecoder().decode(PackageReferenceValues.self, from: JSONEncoder().encode(values))
        #expect(coded == values)
    }

    @Test func `lint remarks what deserves a second look`() throws {
        var (_, policy, clock) = try Self.sample()
        policy.platforms[.snp]?.tolerated["snp.debug"] = PolicyDate("2020-01-01")
        policy.platforms[.snp]?.minimumTCB = [:]
        policy.platforms[.snp]?.measurements["host-data"] = [String(repeating: "0", count: 64)]
        policy.platforms[.developerProcess] = AppraisalPolicy.PlatformRule()
        let ids = Set(policy.remarks(at: clock).map(\.id))
        #expect(
            ids == [
                .developerPlatform, .referenceMissing, .measurementZero, .minimumMissing, .debugTolerated,
                .revocationOverlooked, .dateOver, .dateFar, .ageUnbounded, .packageMissing,
            ]
        )
        policy.package = AppraisalPolicy.PackageRule()
        policy.package?.acceptsDebug = true
        #expect(policy.remarks(at: clock).first?.id == .debugPackage)
        #expect(AppraisalPolicy().remarks(at: clock).contains { $0.id == .nothingAccepted })
    }
}
