import Diagnostics

/// A measured-boot event log: the TCG's crypto-agile format, or the older one with SHA-1 only.
///
/// TCG PC Client Platform Firmware Profile, section 10; little-endian. A log proves nothing until its replay equals
/// signed register values. Even then only an event's digest is proved, not its data.
package struct EventLog: Sendable {
    /// One event.
    package struct Event: Sendable, Equatable {
        /// The extended register: a PCR, or a measurement register in a confidential computing log.
        package let register: UInt32
        /// The TCG's event type.
        package let type: UInt32
        /// The digests that extended the register, by bank.
        package let digests: [HashAlgorithm: [UInt8]]
        /// The measured data, or a description of it.
        package let data: ArraySlice<UInt8>
    }

    /// The largest log that is parsed, in bytes.
    package static let maximumByteCount = 16 << 20
    /// The maximum number of banks; more than any TPM has.
    private static let maximumBankCount = 16

    /// EV_NO_ACTION, the type of an event that extends no register.
    static let noActionType: UInt32 = 3
    private static let signature = Array("Spec ID Event03\0".utf8)
    private static let locality = Array("StartupLocality\0".utf8)

    /// The events in order; in the crypto-agile format without the header.
    package let events: [Event]
    /// The banks that the log has digests for.
    package let banks: [HashAlgorithm]
    /// The locality of TPM2_Startup, which is the last byte of PCR 0's initial value.
    package let startupLocality: UInt8
    /// The log's size without padding, in bytes.
    package let byteCount: Int

    /// Parses a log.
    ///
    /// - Parameter bytes: The log; padding after the last event must be all 0x00 or all 0xFF.
    /// - Throws: `eventlog.malformed`, `evidence.truncated`, `evidence.too-large`.
    package init(parsing bytes: [UInt8]) throws(AttestationError) {
        guard bytes.count <= Self.maximumByteCount else {
            throw AttestationError(
                EvidenceCheck.tooLarge,
                subject: "event log",
                expected: "at most \(Self.maximumByteCount) bytes",
                found: "\(bytes.count) bytes"
            )
        }
        var reader = ByteReader(bytes, subject: "event log")
        let first = try Self.plainEvent(&reader)
        let sizes = try Self.bankSizes(first)
        var events: [Event] = sizes == nil ? [first] : []
        let end = Self.endBeforePadding(bytes)
        while reader.offset < end {
            if let sizes {
                events.append(try Self.agileEvent(&reader, sizes))
            } else {
                events.append(try Self.plainEvent(&reader))
            }
        }
        byteCount = reader.offset
        self.events = events
        banks = sizes.map { $0.compactMap { HashAlgorithm(tpmAlgorithm: $0.identifier) } } ?? [.sha1]
        startupLocality = events.lazy.compactMap(Self.startupLocality).first ?? 0
    }

    /// The offset of the final run of 0x00 or 0xFF bytes; an event may extend into it.
    private static func endBeforePadding(_ bytes: [UInt8]) -> Int {
        guard let last = bytes.last, last == 0 || last == 0xFF else { return bytes.count }
        return bytes.lastIndex { $0 != last }.map { $0 + 1 } ?? 0
    }

    /// `TCG_PCR_EVENT`, the format with one SHA-1 digest; also the header of every log.
    private static func plainEvent(_ reader: inout ByteReader) throws(AttestationError) -> Event {
        let register = try reader.littleEndian(UInt32.self, "pcrIndex")
        let type = try reader.littleEndian(UInt32.self, "eventType")
        let digest = try reader.bytes(20, "digest")
        let count = Int(try reader.littleEndian(UInt32.self, "eventSize"))
        return Event(register: register, type: type, digests: [.sha1: digest], data: try reader.take(count, "event"))
    }

    /// `TCG_PCR_EVENT2`.
    private static func agileEvent(
        _ reader: inout ByteReader,
        _ sizes: [Bank]
    ) throws(AttestationError) -> Event {
        let register = try reader.littleEndian(UInt32.self, "pcrIndex")
        let type = try reader.littleEndian(UInt32.self, "eventType")
        let count = try reader.littleEndian(UInt32.self, "digests.count")
        guard count <= sizes.count else {
            throw malformed("digests.count", expected: "at most \(sizes.count)", found: "\(count)")
        }
        var digests: [HashAlgorithm: [UInt8]] = [:]
        var seen: Set<UInt16> = []
        for _ in 0..<count {
            let identifier = try reader.littleEndian(UInt16.self, "digests.hashAlg")
            guard let bank = sizes.first(where: { $0.identifier == identifier }), seen.insert(identifier).inserted
            else {
                throw malformed("digests.hashAlg", expected: "a bank of the header, once", found: "\(identifier)")
            }
            let digest = try reader.bytes(bank.byteCount, "digests.digest")
            if let algorithm = HashAlgorithm(tpmAlgorithm: identifier) { digests[algorithm] = digest }
        }
        let size = Int(try reader.littleEndian(UInt32.self, "eventSize"))
        return Event(register: register, type: type, digests: digests, data: try reader.take(size, "event"))
    }

    /// A hash algorithm in the header; an unknown one can still be skipped by its size.
    private struct Bank {
        let identifier: UInt16
        let byteCount: Int
    }

    /// Parses the header's algorithm list; nil where the first event is of the older format.
    private static func bankSizes(_ header: Event) throws(AttestationError) -> [Bank]? {
        guard header.type == noActionType, header.data.starts(with: signature) else { return nil }
        var reader = ByteReader(header.data.dropFirst(24), subject: "event log")
        let count = try reader.littleEndian(UInt32.self, "numberOfAlgorithms")
        guard (1...maximumBankCount).contains(Int(count)) else {
            throw malformed("numberOfAlgorithms", expected: "1 to \(maximumBankCount)", found: "\(count)")
        }
        var banks: [Bank] = []
        for _ in 0..<count {
            let identifier = try reader.littleEndian(UInt16.self, "algorithmId")
            let size = Int(try reader.littleEndian(UInt16.self, "digestSize"))
            let expected = HashAlgorithm(tpmAlgorithm: identifier)?.byteCount ?? size
            guard size == expected, (1...64).contains(size), !banks.contains(where: { $0.identifier == identifier })
            else {
                throw malformed("digestSize", expected: "\(expected) for \(identifier), once", found: "\(size)")
            }
            banks.append(Bank(identifier: identifier, byteCount: size))
        }
        return banks
    }

    private static func startupLocality(_ event: Event) -> UInt8? {
        guard event.type == noActionType, event.data.count == locality.count + 1, event.data.starts(with: locality)
        else { return nil }
        return event.data.last
    }

    private static func malformed(_ field: String, expected: String, found: String) -> AttestationError {
        AttestationError(
            EventLogCheck.malformed,
            subject: "event log",
            fields: [field],
            expected: expected,
            found: found
        )
    }
}
