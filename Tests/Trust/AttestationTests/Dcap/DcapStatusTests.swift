import Foundation
import StrictJSON
import TestSupport
import Testing

@testable import Attestation

@Suite(
    "Levels of Intel's platforms",
    .enabled(if: Vectors.areReady, "\(PublicEvidence.absence)")
)
struct DcapStatusTests {
    /// Determines a sample's TCB status from its own collateral with changed text; signatures are not checked here.
    private func judge(
        _ sample: DcapSample,
        _ edit: (String) -> String = { $0 },
        identity editIdentity: (String) -> String = { $0 }
    ) throws -> (status: TCBStatus, findings: [Finding], advisories: Set<String>) {
        let parts = try sample.bytes()
        let quote = try DcapQuote(parsing: try #require(parts["quote"]))
        let collateral = try DcapCollateral(parsing: try #require(parts["collateral"]))
        guard case .chain(let pem) = quote.certification else { throw CancellationError() }
        let leaf = try #require(try PemText.blocks(pem, subject: "test").first)
        let platform = try PlatformIdentity(Certificate(der: leaf, role: "test"))
        let info = edit(String(decoding: collateral.tcbInfo.body, as: UTF8.self))
        let identity = editIdentity(String(decoding: collateral.quotingEnclaveIdentity.body, as: UTF8.self))
        var work = VerificationContext(now: Date(timeIntervalSince1970: sample.time), anchors: [])
        var levels = TCBLevelMatcher(
            quote: quote,
            platform: platform,
            info: try TCBInfo(JSONText(Array(info.utf8)).root),
            identity: try QuotingEnclaveIdentity(JSONText(Array(identity.utf8)).root)
        )
        let status = levels.appraise(&work)
        return (status, work.findings, levels.advisories)
    }

    @Test func `a platform above a level reaches it`() throws {
        // Each of the platform's components is at least the level's and some are higher; equality would find no level.
        let lowered = try judge(.trustDomain) { $0.replacing(#""pcesvn":11"#, with: #""pcesvn":10"#) }
        #expect(lowered.status == .upToDate)
        #expect(lowered.findings.isEmpty)
    }

    @Test func `one component below a level is not made good by the others`() throws {
        let raised = try judge(.trustDomain) { text in
            text.replacing(#"{"svn":0}"#, with: #"{"svn":1}"#)
        }
        #expect(raised.findings.map(\.id) == ["dcap.tcb-unsupported"])
    }

    @Test(
        arguments: [
            ("OutOfDate", TCBStatus.outOfDate), ("SWHardeningNeeded", .softwareHardeningNeeded),
            ("ConfigurationNeeded", .configurationNeeded),
        ]
    )
    func `a status is given by its own name`(word: String, status: TCBStatus) throws {
        let judged = try judge(.trustDomain) { text in
            text.replacing(#""tcbStatus":"UpToDate""#, with: #""tcbStatus":"\#(word)""#)
        }
        #expect(judged.status == status)
        #expect(judged.findings.isEmpty)
    }

    @Test func `the quoting enclave's status counts as the platform's and the module's do`() throws {
        let judged = try judge(
            .trustDomain,
            identity: { $0.replacing(#""tcbStatus":"UpToDate""#, with: #""tcbStatus":"OutOfDate""#) }
        )
        #expect(judged.status == .outOfDate)
    }

    @Test func `the platform's status is not hidden by its module's`() throws {
        // The module's levels come first in the text; only the rest belongs to the platform.
        let judged = try judge(.trustDomain) { text in
            guard let start = text.range(of: #""sgxtcbcomponents""#)?.lowerBound else { return text }
            let levels = String(text[start...])
            return text[..<start] + levels.replacing(#""tcbStatus":"UpToDate""#, with: #""tcbStatus":"OutOfDate""#)
        }
        #expect(judged.status == .outOfDate)
    }

    @Test func `a revoked part refuses`() throws {
        let judged = try judge(
            .enclave,
            identity: { $0.replacing(#""tcbStatus":"UpToDate""#, with: #""tcbStatus":"Revoked""#) }
        )
        #expect(judged.findings.map(\.id) == ["dcap.tcb-revoked"])
    }

    @Test func `a quoting enclave below every level refuses`() throws {
        let judged = try judge(.trustDomain, identity: { $0.replacing(#""isvsvn":"#, with: #""isvsvn":9"#) })
        #expect(judged.findings.map(\.id) == ["dcap.qe-unsupported"])
    }

    @Test(arguments: ["MRSIGNER", "ISVPRODID", "MISCSELECT", "ATTRIBUTES"])
    func `another quoting enclave than Intel's refuses`(field: String) throws {
        let judged = try judge(
            .trustDomain,
            identity: { text in
                switch field {
                case "MRSIGNER": text.replacing(#""mrsigner":"D"#, with: #""mrsigner":"E"#)
                case "ISVPRODID": text.replacing(#""isvprodid":2"#, with: #""isvprodid":3"#)
                case "MISCSELECT": text.replacing(#""miscselect":"0"#, with: #""miscselect":"1"#)
                default: text.replacing(#""attributes":"1"#, with: #""attributes":"2"#)
                }
            }
        )
        #expect(judged.findings.map(\.id) == ["dcap.qe-mismatch"])
        #expect(judged.findings.flatMap(\.fields) == ["QE report \(field)"])
    }

    @Test func `a TDX module of an unknown major version refuses`() throws {
        let judged = try judge(.trustDomain) { $0.replacing(#""TDX_01""#, with: #""TDX_07""#) }
        #expect(judged.findings.map(\.id) == ["tdx.module-unknown"])
    }

    @Test func `a TDX module below every level refuses`() throws {
        let judged = try judge(.trustDomain) { $0.replacing(#""isvsvn":"#, with: #""isvsvn":9"#) }
        #expect(judged.findings.map(\.id) == ["tdx.module-unsupported"])
    }

    @Test func `a TDX module of another signer or with attributes refuses`() throws {
        let zeros = String(repeating: "0", count: 16)
        let judged = try judge(.trustDomain) { text in
            text.replacing(#""attributes":"\#(zeros)""#, with: #""attributes":"0000000000000001""#)
        }
        #expect(judged.findings.map(\.id) == ["tdx.module-mismatch"])
        #expect(judged.findings.flatMap(\.fields) == ["SEAMATTRIBUTES"])
    }

    @Test func `a domain whose machine was updated since is advised to launch anew`() throws {
        // Module 11 launched the domain, and module 13 runs now; only 13 reaches the first level.
        let judged = try judge(.newTrustDomain) { $0.replacing(#""isvsvn":6}"#, with: #""isvsvn":13}"#) }
        let stale = try judge(.newTrustDomain) { $0.replacing(#""isvsvn":6}"#, with: #""isvsvn":14}"#) }
        #expect(stale.status == .outOfDate)
        #expect(judged.status == .relaunchAdvised)
    }

    @Test(
        arguments: [
            (TCBStatus.upToDate, TCBStatus.outOfDate, TCBStatus.outOfDate),
            (.softwareHardeningNeeded, .outOfDate, .outOfDate),
            (.configurationNeeded, .outOfDate, .outOfDateConfigurationNeeded),
            (.configurationAndSoftwareHardeningNeeded, .outOfDate, .outOfDateConfigurationNeeded),
            (.relaunchAdvised, .upToDate, .relaunchAdvised), (.relaunchAdvised, .outOfDate, .outOfDate),
            (.upToDate, .revoked, .revoked), (.outOfDateConfigurationNeeded, .revoked, .revoked),
            (.softwareHardeningNeeded, .configurationNeeded, .configurationAndSoftwareHardeningNeeded),
            (.upToDate, .notAppraised, .upToDate),
        ]
    )
    func `two statuses join to the worse`(one: TCBStatus, other: TCBStatus, joined: TCBStatus) {
        #expect(one.joined(with: other) == joined)
        #expect(other.joined(with: one) == joined)
    }

    @Test func `advisories of every level that was reached are given`() throws {
        let sample = DcapSample.enclave
        guard case .verified(let evidence) = sample.verify(try sample.bytes()) else {
            Issue.record("not verified")
            return
        }
        #expect(evidence.claims.advisories == ["INTEL-SA-00289", "INTEL-SA-00615"])
        #expect(evidence.claims.status == .configurationAndSoftwareHardeningNeeded)
        #expect(evidence.claims.endorsements.contains { $0.name == "TCB info" && $0.kind == .collateral })
    }
}
