import CGuest
import Glibc
import GuestInterface

/// Evidence from the processor (SEV-SNP or TDX) through the kernel's `configfs-tsm-report` ABI.
final class ReportAttester: Attester {
    /// The fields that an SEV-SNP derived key depends on: the guest policy and the launch measurement.
    private static let policyAndMeasurement: UInt64 = 1 << 0 | 1 << 3

    /// Known kernel drivers, by the contents of the `provider` attribute.
    private enum Provider: String {
        case snp = "sev_guest"
        case tdx = "tdx_guest"
    }

    let platform: String
    private let provider: Provider
    private let files: any ReportFiles
    private let folder: String
    /// `/dev/sev-guest`, for derived keys.
    private let device: SystemFile?
    /// The firmware's event log of TDX (CCEL); nil where there is none.
    private let eventLog: [UInt8]?
    private var count: UInt64 = 0

    /// Detects the driver; nil where the kernel has none or an unknown one.
    ///
    /// - Parameters:
    ///   - files: Access to the report directory.
    ///   - folder: The report directory's path.
    ///   - device: `/dev/sev-guest`, or nil.
    ///   - eventLog: The firmware's event log, or nil.
    init?(
        files: any ReportFiles,
        folder: String,
        device: SystemFile? = nil,
        eventLog: [UInt8]? = nil
    ) {
        self.files = files
        self.folder = folder
        self.device = device
        self.eventLog = eventLog
        let place = "\(folder)/adyton-provider"
        guard case .success = files.makeFolder(place) else { return nil }
        defer { files.remove(place) }
        guard let name = files.read("\(place)/provider").orNothing.map({ Self.word($0) }),
            let provider = Provider(rawValue: name)
        else { return nil }
        self.provider = provider
        platform = provider == .snp ? "snp" : "tdx"
    }

    /// Each request uses a report directory of its own, so no two requests write to the same report.
    func evidence(reportData: [UInt8]) throws(BrokerFailure) -> [EvidenceResponse.Part] {
        count += 1
        let place = "\(folder)/adyton-\(count)"
        try require(files.makeFolder(place))
        defer { files.remove(place) }
        let before = try generation(place)
        guard try require(files.write(reportData, to: "\(place)/inblob")) == reportData.count else {
            throw .deviceFailed
        }
        let report = try require(files.read("\(place)/outblob"))
        // Read before the generation check below, which then covers it too.
        let table = files.read("\(place)/auxblob").orNothing
        guard try generation(place) == before + 1 else { throw .evidenceChanged }
        guard !report.isEmpty else { throw .deviceFailed }
        switch provider {
        case .snp:
            let certificates = table.flatMap { $0.isEmpty ? nil : EvidenceResponse.Part(name: "auxblob", bytes: $0) }
            return [EvidenceResponse.Part(name: "report", bytes: report)] + [certificates].compactMap(\.self)
        case .tdx:
            let log = eventLog.map { EvidenceResponse.Part(name: "ccel", bytes: $0) }
            return [EvidenceResponse.Part(name: "quote", bytes: report)] + [log].compactMap(\.self)
        }
    }

    /// The SEV-SNP firmware derives a key from the chip's secret, the guest policy and the launch measurement; TDX has
    /// no such key.
    ///
    /// No guest that our launcher starts has a signer known to the processor (ID block), so a key bound to the signer
    /// is refused.
    func sealingKey(label: String, binding: EvidenceRequest.SealingBinding) throws(BrokerFailure) -> [UInt8] {
        guard binding == .package, provider == .snp, let device else { throw .sealingUnsupported }
        var key = [UInt8](repeating: 0, count: 32)
        // Safe: the call writes 32 bytes, which the array has.
        guard unsafe guest_snp_derived_key(device.number, Self.policyAndMeasurement, &key) == 0 else {
            throw .deviceFailed
        }
        return Sha256.authentication(of: SealingLabel.bytes(label), key: key)
    }

    func activate(blob: [UInt8], secret: [UInt8]) throws(BrokerFailure) -> [UInt8] { throw .requestUnsupported }

    private func generation(_ place: String) throws(BrokerFailure) -> UInt64 {
        guard let number = UInt64(Self.word(try require(files.read("\(place)/generation")))), number < .max else {
            throw .deviceFailed
        }
        return number
    }

    private static func word(_ bytes: [UInt8]) -> String {
        String(decoding: bytes.prefix { $0 != 0x0a }, as: UTF8.self)
    }

    @discardableResult
    private func require<Value>(_ result: Result<Value, SystemCall.Failure>) throws(BrokerFailure) -> Value {
        switch result {
        case .success(let value): return value
        case .failure(let failure):
            switch failure.number {
            case EFBIG: throw .evidenceTooLarge
            case ENXIO, ENOENT: throw .providerMissing
            case EBUSY, EWOULDBLOCK: throw .evidenceChanged
            case ETIMEDOUT, EINTR: throw .timedOut
            default: throw .deviceFailed
            }
        }
    }
}
