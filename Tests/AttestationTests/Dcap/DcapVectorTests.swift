import Attestation
import Foundation
import Testing

@Suite(.enabled(if: Vectors.arePresent))
struct DcapVectorTests {
    @Test(arguments: ["tdx", "sgx", "tpm"])
    func `every vector gets the answer that its entry states`(kind: String) throws {
        let folder = try #require(Vectors.folder)
        let index = try ConformanceIndex(reading: folder.appending(path: "INDEX.json"))
        let vectors = index.vectors.filter { $0.kind == kind }
        #expect(vectors.count >= 12)
        let runner = ConformanceRunner(index, clock: Date(timeIntervalSince1970: 1_750_000_000))
        for vector in vectors {
            let result = runner.run(vector)
            #expect(result.agrees == true, "\(vector.id): \(result.answer)")
        }
    }
}
