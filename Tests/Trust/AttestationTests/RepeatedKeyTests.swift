import Attestation
import Foundation
import TestSupport
import Testing

/// Files with a duplicate key are ambiguous, because parsers choose different values; they must be refused.
@Suite("Keys that stand twice")
struct RepeatedKeyTests {
    private static let digests = ["aa", "bb"].map { String(repeating: $0, count: 48) }

    @Test(
        arguments: [
            #"{"version": 1, "version": 1, "platforms": {}}"#,
            #"{"version": 1, "platforms": {}, "platforms": {"process": {"roots": []}}}"#,
            #"{"version": 1, "platforms": {"snp": {}, "snp": {}}}"#,
            #"{"version": 1, "platforms": {"snp": {"minimumSecurityVersion": 3, "minimumSecurityVersion": 0}}}"#,
            #"{"version": 1, "platforms": {"snp": {"measurements": {"measurement": ["\#(digests[0])"], "#
                + #""measurement": ["\#(digests[1])"]}}}}"#,
            #"{"version": 1, "platforms": {"snp": {"minimumTcb": {"Milan": {"snp": 8, "sn\u0070": 0}}}}}"#,
        ]
    )
    func `a policy with one is refused`(text: String) throws {
        let finding = try AttestationError.thrown { _ = try AppraisalPolicy(json: Data(text.utf8), subject: "policy") }
        #expect(finding.id == "policy-file.invalid")
        #expect(finding.found?.contains("once in its object") == true, "\(finding)")
    }

    @Test(
        arguments: [
            #"{"version": 1, "kind": "snp", "kind": "process", "parts": {}}"#,
            #"{"version": 1, "kind": "snp", "parts": {"report": "AA==", "report": "AQ=="}}"#,
        ]
    )
    func `a bundle with one is refused`(text: String) throws {
        let finding = try AttestationError.thrown { _ = try EvidenceBundle(json: Data(text.utf8), subject: "bundle") }
        #expect(finding.id == "evidence.bundle-invalid")
        #expect(finding.found?.contains("once in its object") == true, "\(finding)")
    }

    @Test func `an index with one is refused`() throws {
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: "INDEX.json")
        let entry = #"{"id": "a", "id": "b", "kind": "snp", "files": {}, "verdict": "reject"}"#
        try Data("[\(entry)]".utf8).write(to: file)
        let finding = try AttestationError.thrown { _ = try ConformanceIndex(reading: file) }
        #expect(finding.id == "conformance.index-invalid")
        #expect(finding.found?.contains("once in its object") == true, "\(finding)")
    }

    @Test func `a package's values with one are refused`() throws {
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: "values.json")
        try Data(#"{"name": "a", "digest": "00", "digest": "11", "platforms": {}}"#.utf8).write(to: file)
        let finding = try AttestationError.thrown { _ = try PackageReferenceValues(reading: file) }
        #expect(finding.id == "policy-file.invalid")
    }
}
