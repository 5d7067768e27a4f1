import Attestation
import Diagnostics
import Foundation
import TestSupport
import Testing

@Suite("Event logs", .enabled(if: Vectors.areReady, "\(PublicEvidence.absence)"))
struct EventLogTests {
    private static let logs = [
        "tpm/go-tpm-tools/eventlogs/rhel8-uefi.bin", "tpm/go-tpm-tools/eventlogs/ubuntu-2404-amd-sevsnp.bin",
        "tpm/go-tpm-tools/eventlogs/arch-linux-workstation.bin", "tpm/go-tpm-tools/eventlogs/cos-101-amd-sev.bin",
        "tpm/go-tpm-tools/eventlogs/gdc-host.bin", "tpm/go-tpm-tools/eventlogs/eventlogwithsp800155.bin",
        "tpm/keylime/binary_bios_measurements.bin", "tpm/keylime/binary_bios_measurements-secureboot.bin",
        "tpm/go-attestation/crypto_agile_eventlog.bin",
    ]
    private static let readers = ["tpm2_eventlog", "python3"]
    private static var haveReaders: Bool {
        OutsideTool.isRequired || readers.allSatisfy { OutsideTool(named: $0) != nil }
    }

    /// Parses the PCR values that tpm2-tools replay: lines such as `  0  : 0x24af…` below the name of a bank.
    private func registers(of text: String, bank: String) -> [UInt32: String] {
        var registers: [UInt32: String] = [:]
        var isOfBank = false
        var isAtEnd = false
        for line in text.split(separator: "\n") {
            if line == "pcrs:" { isAtEnd = true }
            guard isAtEnd else { continue }
            let parts = line.split(separator: ":").map { $0.trimmingCharacters(in: .whitespaces) }
            if parts.count == 1 { isOfBank = parts[0] == bank }
            if parts.count == 2, isOfBank, let number = UInt32(parts[0]) {
                registers[number] = String(parts[1].dropFirst(2))
            }
        }
        return registers
    }

    @Test(.enabled(if: haveReaders, "tpm2-tools or Python is missing; run Scripts/setup.sh test"), arguments: logs)
    func `replays to the registers that tpm2-tools compute`(path: String) async throws {
        let tool = try #require(OutsideTool(named: "tpm2_eventlog"))
        let url = try #require(Vectors.folder).appending(path: path)
        let text = String(decoding: try await tool.run([url.path]).standardOutput, as: UTF8.self)
        let log = try EventLog(parsing: try Vectors.bytes(path))
        // tpm2-tools before 5.5 extend PCR 0 with EV_NO_ACTION events that only describe how the platform started.
        let isDistrusted = log.events.contains { $0.type == 3 }
        for bank in log.banks {
            let expected = registers(of: text, bank: bank.rawValue).filter { $0.key != 0 || !isDistrusted }
            #expect(!expected.isEmpty, "\(bank)")
            let found = try log.replay(bank).mapValues { Hexadecimal.text($0) }
            #expect(found.filter { $0.key != 0 || !isDistrusted } == expected, "\(bank)")
        }
    }

    @Test(arguments: ["tpm/keylime/eventlog-measurements", "tpm/keylime/eventlog-measurements-secureboot"])
    func `replays to the registers that the index states, the first one among them`(id: String) throws {
        let url = try #require(Vectors.folder).appending(path: "INDEX.json")
        let entries = try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [[String: Any]]
        let entry = try #require(entries?.first { $0["id"] as? String == id })
        let claims = try #require(entry["claims"] as? [String: Any])
        let expected = try #require(claims["sha256_pcrs"] as? [String: String])
        let path = try #require((entry["files"] as? [String: String])?["event_log"])
        let log = try EventLog(parsing: try Vectors.bytes(path))
        let found = try log.replay(.sha256).map { ("\($0.key)", Hexadecimal.text($0.value)) }
        #expect(Dictionary(uniqueKeysWithValues: found) == expected)
        #expect(log.events.count == claims["events"] as? Int)
    }

    @Test(
        .enabled(if: haveReaders && ProjectFolder.shared("oracles") != nil, "the oracle or Python is missing"),
        arguments: logs
    )
    func `has the events that another reader finds`(path: String) async throws {
        let tool = try #require(OutsideTool(named: "python3"))
        let folder = try #require(ProjectFolder.shared("oracles"))
        let url = try #require(Vectors.folder).appending(path: path)
        let program = """
            import sys
            sys.path.insert(0, sys.argv[1])
            import tcg_event_log
            events = tcg_event_log.parse(open(sys.argv[2], "rb").read())[2]
            for pcr, kind, digests, data in events:
                print(pcr, kind, digests[0xb].hex(), data.hex())
            """
        let output = try await tool.run(["-c", program, folder.path, url.path])
        #expect(output.status == 0, "\(output.standardError)")
        let expected = String(decoding: output.standardOutput, as: UTF8.self).split(separator: "\n").map(String.init)
        let found = try EventLog(parsing: try Vectors.bytes(path)).events.map { event in
            let digest = Hexadecimal.text(event.digests[.sha256] ?? [])
            return "\(event.register) \(event.type) \(digest) \(Hexadecimal.text(event.data))"
        }
        #expect(found == expected)
    }

    /// A log in the crypto-agile format with SHA-256 only.
    private func log(_ events: [(register: UInt32, type: UInt32, digest: [UInt8], data: [UInt8])]) -> [UInt8] {
        func number(_ value: some FixedWidthInteger) -> [UInt8] {
            (0..<(value.bitWidth / 8)).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        let header =
            Array("Spec ID Event03\0".utf8) + [0, 0, 0, 0, 0, 2, 0, 2] + number(UInt32(1)) + number(UInt16(0xB))
            + number(UInt16(32)) + [0]
        var bytes = number(UInt32(0)) + number(UInt32(3)) + [UInt8](repeating: 0, count: 20)
        bytes += number(UInt32(header.count)) + header
        for event in events {
            bytes += number(event.register) + number(event.type) + number(UInt32(1)) + number(UInt16(0xB))
            bytes += event.digest + number(UInt32(event.data.count)) + event.data
        }
        return bytes
    }

    @Test func `the locality of the start is the last byte of the first register`() throws {
        let digest = [UInt8](repeating: 7, count: 32)
        let locality = Array("StartupLocality\0".utf8) + [3]
        let zeros = [UInt8](repeating: 0, count: 32)
        let replayed = try EventLog(parsing: log([(0, 3, zeros, locality), (0, 8, digest, [])])).replay(.sha256)
        let start = [UInt8](repeating: 0, count: 31) + [3]
        #expect(replayed == [0: HashAlgorithm.sha256.digest(of: start + digest).bytes])
        let alone = try EventLog(parsing: log([(0, 3, zeros, locality)])).replay(.sha256)
        #expect(alone == [0: start])
    }

    @Test func `a register that a dynamic launch resets begins with ones`() throws {
        let digest = [UInt8](repeating: 7, count: 32)
        let replayed = try EventLog(parsing: log([(17, 1, digest, [])])).replay(.sha256)
        #expect(replayed[17] == HashAlgorithm.sha256.digest(of: [UInt8](repeating: 0xFF, count: 32) + digest).bytes)
    }

    @Test func `a log may be padded with one value, and with nothing else`() throws {
        let bytes = log([(4, 13, [UInt8](repeating: 7, count: 32), Array("boot".utf8))])
        for padding in [UInt8(0), 0xFF] {
            let padded = try EventLog(parsing: bytes + [UInt8](repeating: padding, count: 500))
            #expect(padded.events.count == 1)
            #expect(padded.byteCount == bytes.count)
        }
        #expect(throws: AttestationError.self) { try EventLog(parsing: bytes + [0, 0, 1]) }
    }

    @Test func `a bank that the log lacks cannot be replayed`() throws {
        let parsed = try EventLog(parsing: log([(4, 13, [UInt8](repeating: 7, count: 32), [])]))
        let error = #expect(throws: AttestationError.self) { try parsed.replay(.sha384) }
        #expect(error?.finding.id == "eventlog.bank-missing")
    }

    @Test func `a header that claims more than there is, or a bank of another width, is refused`() throws {
        let bytes = log([])
        for (place, value) in [(56, UInt8(0xFF)), (62, 20), (60, 0x0C), (28, 0xFF)] {
            var changed = bytes
            changed[place] = value
            #expect(throws: AttestationError.self, "byte \(place)") { try EventLog(parsing: changed) }
        }
    }

    @Test func `a long run of small events takes time that grows with the log alone`() throws {
        // Each event begins with bytes that look like padding, and the last byte shows that they are not.
        let zeros = [UInt8](repeating: 0, count: 32)
        let bytes = log((0..<20_000).map { _ in (0, 0, zeros, []) } + [(0, 0, zeros, [1])])
        let clock = ContinuousClock()
        var count = 0
        let time = try clock.measure { count = try EventLog(parsing: bytes).events.count }
        #expect(count == 20_001)
        #expect(time < .seconds(20))
    }
}
