import AttestedTransport
import Crypto
import Diagnostics
import TestSupport
import Testing

/// Tests what evidence is bound to, and how that is encoded.
@Suite struct BindingTests {
    private static let nonce = [UInt8](0..<32)
    private static let key = [UInt8](0..<91)
    private static let hpke = [UInt8](repeating: 7, count: 32)
    private static let manifest = Array(SHA256.hash(data: Array("manifest".utf8)))

    private static func data(
        nonce: [UInt8] = nonce,
        key: [UInt8] = key,
        hpke: [UInt8] = hpke,
        manifest: [UInt8] = []
    ) throws -> ReportData {
        ReportData(
            challenge: try #require(Challenge(nonce)),
            tlsPublicKey: key,
            hpkePublicKey: hpke,
            manifestDigest: manifest
        )
    }

    @Test func `has the published vector`() throws {
        #expect(
            Hexadecimal.text(try Self.data().bytes)
                == "52554a131cde643469bba287f884eddc1c7a91874c9c1b391be3b1b2e5dccf73"
                + "51d42583002076225f756992b0cc6f1088c05f8c3be3eba5763838af39d0c55e"
        )
    }

    @Test(.enabled(if: OutsideTool.python.isReady, "Scripts/setup.sh test brings Python"), arguments: [true, false])
    func `is what Python computes from the format's page alone`(hasManifest: Bool) async throws {
        let manifest = hasManifest ? Self.manifest : []
        let theirs = try await TransportSample.ask(
            "report-data",
            Hexadecimal.text(Self.nonce),
            Hexadecimal.text(Self.key),
            Hexadecimal.text(Self.hpke),
            hasManifest ? Hexadecimal.text(manifest) : "-"
        )
        #expect(theirs == Hexadecimal.text(try Self.data(manifest: manifest).bytes))
    }

    @Test func `changes with every field, and with where one ends and the next begins`() throws {
        let all = [
            try Self.data(), try Self.data(nonce: Self.nonce.reversed()), try Self.data(key: Self.key + [0]),
            try Self.data(hpke: [UInt8](repeating: 8, count: 32)), try Self.data(manifest: Self.manifest),
            // The same bytes in sequence, with the boundary between two fields moved.
            try Self.data(key: Array(Self.key.dropLast()), hpke: [Self.key[90]] + Self.hpke),
            ReportData(applicationData: Self.nonce), ReportData(certificateClaims: Self.nonce),
        ]
        #expect(Set(all).count == all.count)
        #expect(all.allSatisfy { $0.bytes.count == ReportData.size })
    }

    @Test(arguments: [
        nil, "", "00", String(repeating: "0", count: 63), String(repeating: "0", count: 65),
        String(repeating: "g", count: 64), String(repeating: "0", count: 62) + "é",
        String(repeating: "0", count: 1 << 20),
    ])
    func `refuses a nonce that is not 32 bytes`(text: String?) {
        let error = #expect(throws: TransportError.self) { try Challenge(hexadecimal: text) }
        #expect(error?.code == .nonceInvalid)
        #expect(error?.found?.count ?? 0 < 20, "what was sent does not come back")
    }

    @Test func `reads the nonce that it writes, and makes no two alike`() throws {
        let challenges = (0..<100).map { _ in Challenge.random() }
        #expect(Set(challenges).count == 100)
        for challenge in challenges { #expect(try Challenge(hexadecimal: challenge.hexadecimal) == challenge) }
    }

    @Test func `writes the encryption key as RFC 9458 has it, and reads nothing else`() throws {
        let keys = HpkeKeyConfiguration(publicKey: Self.hpke).encoded
        #expect(Hexadecimal.text(keys) == "0029" + "00" + "0020" + Hexadecimal.text(Self.hpke) + "0004" + "00010002")
        #expect(try HpkeKeyConfiguration(encoded: keys).publicKey == Self.hpke)
        for count in keys.indices {
            #expect(throws: TransportError.self) { try HpkeKeyConfiguration(encoded: Array(keys.prefix(count))) }
        }
        #expect(throws: TransportError.self) { try HpkeKeyConfiguration(encoded: keys + [0]) }
        for index in keys.indices where !(5..<37).contains(index) {
            var changed = keys
            changed[index] ^= 1
            #expect(throws: TransportError.self, "byte \(index)") { try HpkeKeyConfiguration(encoded: changed) }
        }
    }
}
