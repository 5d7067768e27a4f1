import Diagnostics
import StrictJSON

extension EventLog {
    /// Replays the events of a bank and returns the resulting PCR values.
    ///
    /// - Parameter bank: The bank to replay.
    /// - Returns: Every PCR that an event extended, and PCR 0 where the log has a startup locality.
    /// - Throws: `eventlog.bank-missing` where an event has no digest of that bank.
    package func replay(_ bank: HashAlgorithm) throws(AttestationError) -> [UInt32: [UInt8]] {
        var registers: [UInt32: [UInt8]] = [:]
        if startupLocality != 0 { registers[0] = start(of: 0, bank) }
        for event in events where event.type != Self.noActionType {
            guard let digest = event.digests[bank] else {
                throw AttestationError(
                    EventLogCheck.bankMissing,
                    subject: "event log",
                    fields: ["digests"],
                    expected: bank.rawValue,
                    found: event.digests.keys.map(\.rawValue).sorted().joined(separator: ", ")
                )
            }
            let before = registers[event.register] ?? start(of: event.register, bank)
            registers[event.register] = bank.digest(of: before + digest).bytes
        }
        return registers
    }

    /// A PCR's value before the first event: zeros; ones where only a dynamic launch resets it; in PCR 0 the startup
    /// locality.
    private func start(of register: UInt32, _ bank: HashAlgorithm) -> [UInt8] {
        var value = [UInt8](repeating: (17...22).contains(register) ? 0xFF : 0, count: bank.byteCount)
        if register == 0 { value[value.count - 1] = startupLocality }
        return value
    }
}

/// The replayed event log of a trust domain's runtime measurements (RTMRs).
package struct RuntimeEventLog: Sendable, Equatable {
    /// RTMR3, which only software of the domain extends: the firmware's log does not cover it.
    static let runtimeRegister = 3
    /// A register's value before the first event.
    static let start = [UInt8](repeating: 0, count: 48)

    /// The values of the registers that an event extended.
    private let registers: [Int: [UInt8]]
    /// The digests of what the firmware took for ACPI tables from its host, in their order; all are in RTMR0.
    let tables: [[UInt8]]

    /// Replays a CCEL table's log area: its registers 1 to 4 are RTMR0 to RTMR3, its bank is SHA-384.
    ///
    /// - Parameter bytes: The area, with its padding.
    /// - Throws: `eventlog.*`, `evidence.*`.
    package init(confidentialComputing bytes: [UInt8]) throws(AttestationError) {
        let log = try EventLog(parsing: bytes)
        var registers: [Int: [UInt8]] = [:]
        for event in log.events where event.type != EventLog.noActionType && event.register != 0 {
            guard (1...4).contains(event.register), let digest = event.digests[.sha384] else {
                throw AttestationError(
                    EventLogCheck.malformed,
                    subject: "event log",
                    fields: ["mrIndex", "digests"],
                    expected: "a SHA-384 digest for register 1 to 4",
                    found: "register \(event.register)"
                )
            }
            let index = Int(event.register) - 1
            registers[index] = HashAlgorithm.sha384.digest(of: registers[index, default: Self.start] + digest).bytes
        }
        self.registers = registers
        tables = log.tables(.sha384)
    }

    /// Replays a list of digests.
    ///
    /// - Parameters:
    ///   - events: The register, 0 to 3, and the digest that extended it, 48 bytes.
    ///   - tables: Those digests of register 0 that are of ACPI tables.
    /// - Throws: `eventlog.malformed` for another register or length.
    package init(
        events: [(register: Int, digest: [UInt8])],
        tables: [[UInt8]] = []
    ) throws(AttestationError) {
        var registers: [Int: [UInt8]] = [:]
        for event in events {
            guard (0...3).contains(event.register), event.digest.count == 48 else {
                throw AttestationError(
                    EventLogCheck.malformed,
                    subject: "event log",
                    fields: ["imr", "digest"],
                    expected: "48 bytes of digest for register 0 to 3, or dstack's event with its name and payload",
                    found: "\(event.digest.count) bytes for register \(event.register)"
                )
            }
            let before = registers[event.register, default: Self.start]
            registers[event.register] = HashAlgorithm.sha384.digest(of: before + event.digest).bytes
        }
        self.registers = registers
        self.tables = tables
    }

    /// The replayed value of RTMR0 to RTMR3; nil where no event of the log extended it.
    func register(_ index: Int) -> [UInt8]? { registers[index] }

    /// What was replayed, for reports.
    var description: String {
        let names = registers.keys.sorted().map { "RTMR\($0)" }
        return names.isEmpty ? "not replayed: no event" : "replayed: " + names.joined(separator: " ")
    }
}

extension RuntimeEventLog {
    private struct Entry: Decodable {
        /// The type of events that dstack extends at run time.
        private static let runtimeType: UInt32 = 0x0800_0001

        let imr: Int
        let digest: String?
        let type: UInt32?
        let name: String?
        let payload: String?

        private enum CodingKeys: String, CodingKey {
            case imr, digest
            case type = "event_type"
            case name = "event"
            case payload = "event_payload"
        }

        /// The digest that extended the register; empty where the event has none and none can be computed.
        ///
        /// dstack leaves it out of its own events, or leaves it empty: it is SHA-384 over the type in 32 bits little-endian,
        /// a colon, the name, a colon and the payload.
        var bytes: [UInt8] {
            if let digest, !digest.isEmpty { return Hexadecimal.bytes(digest) ?? [] }
            guard let type, type == Self.runtimeType, let name, let payload = Hexadecimal.bytes(payload ?? "") else {
                return []
            }
            let head = (0..<4).map { UInt8(truncatingIfNeeded: type >> (8 * $0)) }
            let colon = UInt8(ascii: ":")
            return HashAlgorithm.sha384.digest(of: head + [colon] + Array(name.utf8) + [colon] + payload).bytes
        }

        var isTable: Bool { imr == 0 && EventLog.isTable(type: type, payload: payload) }
    }

    private struct Report: Decodable {
        let events: [Entry]

        private enum Key: String, CodingKey {
            case log = "event_log"
        }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: Key.self)
            if let text = try? values.decode(String.self, forKey: .log) {
                events = try JSONText.decode(from: Array(text.utf8), unknownNames: .ignored)
            } else {
                events = try values.decode([Entry].self, forKey: .log)
            }
        }
    }

    /// Replays a log in dstack's JSON: events with `imr`, 0 to 3, and `digest` in hexadecimal.
    ///
    /// dstack's own events of run time may have no digest, or an empty one; it is computed from `event` and `event_payload`.
    ///
    /// - Parameter json: An array of events, or an object with one under `event_log`, also as text.
    /// - Throws: `eventlog.malformed`, `evidence.too-large`.
    package init(json: [UInt8]) throws(AttestationError) {
        guard json.count <= EventLog.maximumByteCount else {
            throw AttestationError(EvidenceCheck.tooLarge, subject: "event log", found: "\(json.count) bytes")
        }
        let entries: [Entry]
        do throws(JSONError) {
            let root = try JSONText(json).root
            entries =
                root.kind == .array
                ? try root.decode(unknownNames: .ignored)
                : try root.decode(Report.self, unknownNames: .ignored).events
        } catch {
            throw AttestationError(
                EventLogCheck.malformed,
                subject: "event log",
                expected: "events with imr and digest in JSON",
                found: error.description
            )
        }
        try self.init(events: entries.map { ($0.imr, $0.bytes) }, tables: entries.filter(\.isTable).map(\.bytes))
    }
}
