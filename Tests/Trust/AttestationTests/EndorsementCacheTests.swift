import Attestation
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite("Cache of endorsements", .enabled(if: Vectors.areReady, "\(PublicEvidence.absence)"))
struct EndorsementCacheTests {
    /// A vendor's service that records requests and answers late.
    private final class Vendor: EndorsementSource {
        let asked = Mutex<[String]>([])
        let documents: [String: [UInt8]]
        let isAnswering: Mutex<Bool>

        init(_ documents: [String: [UInt8]], isAnswering: Bool = true) {
            self.documents = documents
            self.isAnswering = Mutex(isAnswering)
        }

        func document(for request: EndorsementRequest) async throws -> [UInt8]? {
            asked.withLock { $0.append(request.url) }
            guard isAnswering.withLock(\.self) else { throw URLError(.timedOut) }
            try await Task.sleep(for: .milliseconds(20))
            return documents[request.url]
        }
    }

    private static let key =
        "https://kdsintf.amd.com/vcek/v1/Turin/3b42092f69c656d3"
        + "?fmcSPL=0&blSPL=1&teeSPL=0&snpSPL=2&ucodeSPL=71"
    private static let chain = "https://kdsintf.amd.com/vcek/v1/Turin/cert_chain"
    private static let list = "https://kdsintf.amd.com/vcek/v1/Turin/crl"

    private func vendor() throws -> Vendor {
        let pem = try ["turin_ask", "turin_ark"].map { name in
            let der = Data(try Vectors.bytes("snp/amd-roots/\(name).der"))
            let text = der.base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
            return "-----BEGIN CERTIFICATE-----\n\(text)\n-----END CERTIFICATE-----\n"
        }
        return Vendor([
            Self.key: try Vectors.bytes("snp/oak/vcek_turin_oc.der"), Self.chain: Array(pem.joined().utf8),
        ])
    }

    @Test func `10. a vendor is asked once, however many ask for a report`() async throws {
        let folder = try TemporaryFolder()
        let vendor = try vendor()
        let cache = EndorsementCache(folder: folder.url.appending(path: "new"), upstream: vendor)
        let bytes = try Vectors.bytes("snp/oak/report_v5_turin_oc.bin")
        let report = try SnpReport(bytes)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let endorsements = try await SnpEndorsements.published(for: report, from: cache)
                    let evidence = try UnverifiedEvidence.snp(report: bytes, endorsements: endorsements)
                    let now = Date(timeIntervalSince1970: 1_755_302_400)
                    guard case .verified = Verifier().verify(evidence, at: now) else {
                        Issue.record("what was fetched does not vouch")
                        return
                    }
                }
            }
            try await group.waitForAll()
        }
        let asked = vendor.asked.withLock(\.self)
        #expect(asked.count { $0 == Self.key } == 1)
        #expect(asked.count { $0 == Self.chain } == 1)
        #expect(asked.contains(Self.list))
        let offline = EndorsementCache(folder: folder.url.appending(path: "new"), upstream: nil)
        #expect(try await SnpEndorsements.published(for: report, from: offline).root != nil)
    }

    @Test func `an old list is asked for anew, and given where the vendor is silent`() async throws {
        let folder = try TemporaryFolder()
        let request = EndorsementRequest(name: "list.crl", url: "list", maximumAgeInDays: 7)
        let vendor = Vendor(["list": [1]])
        let start = Date()
        let later = EndorsementCache(folder: folder.url, upstream: vendor) { start + 8 * 86_400 }
        let cache = EndorsementCache(folder: folder.url, upstream: vendor)
        for _ in 0..<3 { #expect(try await cache.document(for: request) == [1]) }
        #expect(vendor.asked.withLock(\.count) == 1)
        #expect(try await later.document(for: request) == [1])
        #expect(vendor.asked.withLock(\.count) == 2)
        vendor.isAnswering.withLock { $0 = false }
        #expect(try await later.document(for: request) == [1])
        let other = EndorsementRequest(name: "other.crl", url: "other", maximumAgeInDays: 7)
        await #expect(throws: URLError.self) { try await later.document(for: other) }
    }

    @Test(arguments: ["../escape", ".hidden", "", "a/b"])
    func `a name that is no file's name is not kept`(name: String) async throws {
        let folder = try TemporaryFolder()
        let request = EndorsementRequest(name: name, url: "list", maximumAgeInDays: nil)
        let cache = EndorsementCache(folder: folder.url.appending(path: "cache"), upstream: Vendor(["list": [1]]))
        #expect(try await cache.document(for: request) == [1])
        #expect(!FileManager.default.fileExists(atPath: folder.url.appending(path: "cache").path))
        #expect(!FileManager.default.fileExists(atPath: folder.url.appending(path: "escape").path))
    }
}
