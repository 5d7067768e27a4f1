import Attestation
import Foundation
import Glibc
import GuestInterface
import TestSupport
import Testing

@testable import GuestInit

@Suite("Evidence of the processor")
struct ReportAttesterTests {
    /// A report directory that behaves as `configfs-tsm-report` specifies.
    final class Folder: ReportFiles {
        var provider = "sev_guest"
        var report: [UInt8] = []
        var table: [UInt8]?
        /// The errno of reading the report; nil for success.
        var failure: Int32?
        /// Whether another process writes to the same report between the attester's write and read.
        var isShared = false
        private(set) var made: [String] = []
        private(set) var folders: [String: (data: [UInt8], generation: Int)] = [:]

        func makeFolder(_ path: String) -> Result<Int32, SystemCall.Failure> {
            guard !provider.isEmpty else { return .failure(SystemCall.Failure(number: ENXIO)) }
            guard folders[path] == nil else { return .failure(SystemCall.Failure(number: EEXIST)) }
            folders[path] = ([], 0)
            made.append(path)
            return .success(0)
        }

        func remove(_ path: String) { folders[path] = nil }

        func write(_ bytes: [UInt8], to path: String) -> Result<Int, SystemCall.Failure> {
            let (place, name) = Self.split(path)
            guard let old = folders[place], name == "inblob" else {
                return .failure(SystemCall.Failure(number: ENOENT))
            }
            guard bytes.count <= 64 else { return .failure(SystemCall.Failure(number: EINVAL)) }
            folders[place] = (bytes, old.generation + (isShared ? 2 : 1))
            return .success(bytes.count)
        }

        func read(_ path: String) -> Result<[UInt8], SystemCall.Failure> {
            let (place, name) = Self.split(path)
            guard let folder = folders[place] else { return .failure(SystemCall.Failure(number: ENOENT)) }
            switch name {
            case "provider": return .success(Array("\(provider)\n".utf8))
            case "generation": return .success(Array("\(folder.generation)\n".utf8))
            case "outblob":
                if let failure { return .failure(SystemCall.Failure(number: failure)) }
                guard !folder.data.isEmpty else { return .failure(SystemCall.Failure(number: EINVAL)) }
                return .success(report)
            case "auxblob": return table.map { .success($0) } ?? .failure(SystemCall.Failure(number: ENOENT))
            default: return .failure(SystemCall.Failure(number: ENOENT))
            }
        }

        private static func split(_ path: String) -> (String, String) {
            let end = path.lastIndex(of: "/") ?? path.startIndex
            return (String(path[..<end]), String(path[path.index(after: end)...]))
        }
    }

    private let data = [UInt8](repeating: 7, count: 64)

    private func vector(_ path: String) throws -> [UInt8] {
        try PublicEvidence.bytes(path)
    }

    @Test(
        .enabled(
            if: PublicEvidence.isReady("snp/trustee/vcek_milan.der", "snp/amd-roots/milan_ark.der"),
            "\(PublicEvidence.absence)"
        )
    )
    func `a genuine report and its certificates come out as an evidence bundle names them`() throws {
        let folder = Folder()
        folder.report = try vector("snp/trustee/report_v2_milan.bin")
        let attester = try #require(ReportAttester(files: folder, folder: "/tsm"))
        #expect(attester.platform == "snp")
        let parts = try attester.evidence(reportData: data)
        #expect(parts == [EvidenceResponse.Part(name: "report", bytes: folder.report)])
        var all = Dictionary(uniqueKeysWithValues: parts.map { ($0.name, $0.bytes) })
        for (name, file) in [
            ("vcek", "trustee/vcek_milan"), ("ask", "amd-roots/milan_ask"), ("ark", "amd-roots/milan_ark"),
        ] {
            all[name] = try vector("snp/\(file).der")
        }
        let evidence = try UnverifiedEvidence(kind: .snp, parts: EvidenceParts(all))
        guard case .verified = Verifier().verify(evidence, at: Date(timeIntervalSince1970: 1_677_110_400)) else {
            Issue.record("a genuine report is refused")
            return
        }
        folder.table = [1, 2, 3]
        #expect(try attester.evidence(reportData: data).map(\.name) == ["report", "auxblob"])
    }

    @Test(
        .enabled(
            if: PublicEvidence.isReady("tdx/go-tdx-guest/cos-113-tdx-quote.bin", "tdx/go-tdx-guest/cos-113-ccel.bin"),
            "\(PublicEvidence.absence)"
        )
    )
    func `a genuine quote and its event log come out as an evidence bundle names them`() throws {
        let folder = Folder()
        folder.provider = "tdx_guest"
        folder.report = try vector("tdx/go-tdx-guest/cos-113-tdx-quote.bin")
        let log = try vector("tdx/go-tdx-guest/cos-113-ccel.bin")
        let attester = try #require(ReportAttester(files: folder, folder: "/tsm", eventLog: log))
        let parts = try attester.evidence(reportData: data)
        #expect(attester.platform == "tdx" && parts.map(\.name) == ["quote", "ccel"])
        let named = Dictionary(uniqueKeysWithValues: parts.map { ($0.name, $0.bytes) })
        _ = try UnverifiedEvidence(kind: .tdx, parts: EvidenceParts(named))
        #expect(throws: BrokerFailure.sealingUnsupported) {
            try attester.sealingKey(label: "disk", binding: .package)
        }
    }

    @Test func `each request has a folder of its own, and leaves none`() throws {
        let folder = Folder()
        folder.report = [1]
        let attester = try #require(ReportAttester(files: folder, folder: "/tsm"))
        for _ in 0..<3 { _ = try attester.evidence(reportData: data) }
        #expect(Set(folder.made).count == 4 && folder.made.count == 4)
        #expect(folder.folders.isEmpty)
        folder.failure = EIO
        #expect(throws: BrokerFailure.deviceFailed) { try attester.evidence(reportData: data) }
        #expect(folder.folders.isEmpty)
    }

    @Test(arguments: [
        (EFBIG, BrokerFailure.evidenceTooLarge), (ENXIO, .providerMissing), (EBUSY, .evidenceChanged),
        (EWOULDBLOCK, .evidenceChanged), (ETIMEDOUT, .timedOut), (EINTR, .timedOut), (EIO, .deviceFailed),
    ])
    func `what the kernel refuses with has a name of its own`(number: Int32, expected: BrokerFailure) throws {
        let folder = Folder()
        let attester = try #require(ReportAttester(files: folder, folder: "/tsm"))
        folder.failure = number
        #expect(attester.answer(.evidence(reportData: data)) == .failure(expected))
    }

    @Test func `a report that somebody else wrote to is not given out`() throws {
        let folder = Folder()
        folder.report = [1, 2, 3]
        let attester = try #require(ReportAttester(files: folder, folder: "/tsm"))
        folder.isShared = true
        #expect(throws: BrokerFailure.evidenceChanged) { try attester.evidence(reportData: data) }
        folder.isShared = false
        folder.report = []
        #expect(throws: BrokerFailure.deviceFailed) { try attester.evidence(reportData: data) }
    }

    @Test(arguments: ["", "arm_cca_guest", "sev_guestx"])
    func `a kernel without a known driver vouches for nothing`(provider: String) {
        let folder = Folder()
        folder.provider = provider
        #expect(ReportAttester(files: folder, folder: "/tsm") == nil)
        #expect(folder.folders.isEmpty)
    }

    @Test func `without a platform every request is refused, and says so`() {
        let attester = NoAttester()
        for request in [
            EvidenceRequest.evidence(reportData: data), .sealingKey(label: "a", binding: .package),
            .activateCredential(blob: [], secret: []),
        ] {
            #expect(attester.answer(request) == .failure(.platformMissing))
        }
        #expect(attester.answer(.platform) == .platform("none"))
    }

    @Test func `the kernel's own files are made, written, read and removed`() throws {
        let folder = try TemporaryFolder()
        let files = KernelReportFiles()
        let place = folder.url.appending(path: "report").path
        #expect(files.makeFolder(place).orNothing == 0)
        #expect(FileManager.default.createFile(atPath: place + "/inblob", contents: nil))
        #expect(files.write(data, to: place + "/inblob").orNothing == 64)
        #expect(files.read(place + "/inblob").orNothing == data)
        #expect(files.read(place + "/outblob").orNothing == nil)
        try FileManager.default.removeItem(atPath: place + "/inblob")
        files.remove(place)
        #expect(!FileManager.default.fileExists(atPath: place))
    }
}
