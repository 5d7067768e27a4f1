import Diagnostics
import Foundation
import RootFileSystem
import TestSupport
import Testing

/// A pair of keys as openssl makes them, in files.
struct KeyFiles {
    let folder: TemporaryFolder
    var publicPath: String { folder.url.appending(path: "public.pem").path }
    var privatePath: String { folder.url.appending(path: "private.pem").path }
    var signing: SigningKeys {
        get throws { try SigningKeys(publicKey: publicPath, privateKey: privatePath) }
    }

    init(bits: Int = 3072) async throws {
        folder = try TemporaryFolder()
        let place = folder.url.path
        try await Shell.run(
            "cd \(place); openssl genrsa -3 -out private.pem \(bits) 2>&1; openssl rsa -in private.pem -pubout -out public.pem 2>&1"
        )
    }
}

@Suite(.enabled(if: OutsideTool(named: "openssl")?.isReady ?? OutsideTool.isRequired, "openssl is missing"))
struct SignatureTests {
    private static func image(_ folder: TemporaryFolder) throws -> String {
        let path = folder.url.appending(path: "image").path
        try Data((0..<3 * 4096).map { UInt8(truncatingIfNeeded: $0 * 31 >> 3) }).write(to: URL(filePath: path))
        return path
    }

    @Test(arguments: [2048, 3072, 4096, 8192])
    func `signs as openssl verifies`(bits: Int) async throws {
        let keys = try await KeyFiles(bits: bits)
        let folder = try TemporaryFolder()
        let path = try Self.image(folder)
        let block = try SealedImage.seal(path, salt: [1, 2, 3], keys: keys.signing)
        #expect(block.signature.count == bits / 8)
        try Data(block.rootHash).write(to: folder.url.appending(path: "root"))
        try Data(block.signature).write(to: folder.url.appending(path: "signature"))
        let answer = try await Shell.run(
            """
            cd \(folder.url.path)
            openssl pkeyutl -verify -pubin -inkey \(keys.publicPath) -pkeyopt digest:sha256 -in root -sigfile signature
            openssl rsa -pubin -in \(keys.publicPath) -noout -modulus | cut -d= -f2 | xxd -r -p | sha256sum | cut -d' ' -f1
            """
        )
        #expect(answer == "Signature Verified Successfully\n\(Hexadecimal.text(block.signer))\n")
        try SealedImage(opening: path).verify(by: SignerKey(reading: keys.publicPath))
    }

    @Test func `lays the block out as Mystikos does`() async throws {
        let keys = try await KeyFiles()
        let folder = try TemporaryFolder()
        let path = try Self.image(folder)
        let block = try SealedImage.seal(path, salt: [], keys: keys.signing)
        let bytes = Array(try Data(contentsOf: URL(filePath: path)).suffix(4096))
        #expect(Hexadecimal.text(bytes[0..<24]) == "384d6253a19851f5" + "0100000000000000" + "0030000000000000")
        #expect(Array(bytes[24..<56]) == block.rootHash)
        #expect(Array(bytes[56..<88]) == block.signer)
        #expect(Array(bytes[88..<472]) == block.signature)
        #expect(bytes[472..<1112].allSatisfy { $0 == 0 })
        #expect(Hexadecimal.text(bytes[1112..<1120]) == "8001000000000000")
        #expect(bytes[1120...].allSatisfy { $0 == 0 })
    }

    @Test func `refuses another signer, no signature, and keys that do not fit`() async throws {
        let (keys, others) = (try await KeyFiles(), try await KeyFiles())
        let folder = try TemporaryFolder()
        let path = try Self.image(folder)
        _ = try SealedImage.seal(path, salt: [], keys: keys.signing)
        let other = try SignerKey(reading: others.publicPath)
        #expect(failure { try SealedImage(opening: path).verify(by: other) } == .signatureMismatch)
        let unsigned = try Self.image(folder)
        _ = try SealedImage.seal(unsigned, salt: [])
        let key = try SignerKey(reading: keys.publicPath)
        #expect(failure { try SealedImage(opening: unsigned).verify(by: key) } == .signatureMissing)
        let mixed = { try SigningKeys(publicKey: keys.publicPath, privateKey: others.privatePath) }
        #expect(failure { _ = try mixed() } == .signatureKeyInvalid)
        #expect(failure { _ = try SignerKey(reading: path) } == .signatureKeyInvalid)
        #expect(failure { _ = try SignerKey(reading: path + ".none") } == .fileMissing)
        let short = try await KeyFiles(bits: 1024)
        #expect(failure { _ = try SignerKey(reading: short.publicPath) } == .signatureKeyInvalid)
    }
}
