import Attestation
import Foundation
import TestSupport
import Testing

@Suite("Conformance", .enabled(if: Vectors.areReady, "\(PublicEvidence.absence)"))
struct ConformanceTests {
    static let answered = ["snp", "tdx", "sgx", "tpm", "azure-vtpm", "nitro"]

    @Test(arguments: answered)
    func `every vector gets its answer`(kind: String) throws {
        let folder = try #require(Vectors.folder)
        let index = try ConformanceIndex(reading: folder.appending(path: "INDEX.json"))
        let vectors = index.vectors.filter { $0.kind == kind }
        #expect(!vectors.isEmpty)
        let runner = ConformanceRunner(index, clock: Date(timeIntervalSince1970: 1_800_000_000))
        for result in vectors.map(runner.run) {
            #expect(result.agrees == true, "\(result.vector.id) \(result.vector.verdict): \(result.answer)")
        }
    }
}
