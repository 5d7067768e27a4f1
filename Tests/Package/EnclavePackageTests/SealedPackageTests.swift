import Diagnostics
import EnclavePackage
import Files
import Foundation
import Glibc
import PackageManifest
import RootFileSystem
import TestSupport
import Testing

@Suite struct SealedPackageTests {
    @Test(arguments: Keys.all.indices)
    func `opens what was written, part by part`(key: Int) async throws {
        let sample = try await SamplePackage(signer: Keys.all[key])
        let package = try SealedPackage(opening: sample.path, trusting: .only([Keys.all[key].publicKey.identity]))
        try package.verifyParts()
        #expect(package.parts.map(\.name) == SamplePackage.contents.map(\.name))
        let bytes = try sample.bytes
        for (part, content) in zip(package.parts, SamplePackage.contents) {
            #expect(part.offset % 4096 == 0)
            #expect(Array(bytes[part.offset..<part.offset + part.size]) == content.bytes)
            #expect(try package.read(part.name, atMost: 1 << 20) == content.bytes)
        }
        #expect(package.manifest.root == SamplePackage.volume)
    }

    @Test func `names the part of every single byte that differs`() async throws {
        let sample = try await SamplePackage()
        let bytes = try sample.bytes
        let parts = try SealedPackage(opening: sample.path, trusting: .anyone).parts
        let file = try Descriptor(opening: sample.path, flags: O_RDWR)
        var codes: Set<String> = []
        for index in bytes.indices {
            try file.write([bytes[index] ^ UInt8(1 << (index % 8))], at: index)
            defer { try? file.write([bytes[index]], at: index) }
            guard let failure = SamplePackage.failure(at: sample.path) else {
                Issue.record("byte \(index) is not covered")
                continue
            }
            codes.insert(failure.stableCode)
            for part in parts where (part.offset..<part.offset + part.size).contains(index) {
                #expect(failure.code == .partChanged && failure.subject == part.name)
            }
        }
        #expect(
            codes == [
                "package.header-changed", "package.part-changed", "package-signature.invalid",
                "package-signature.mismatch",
            ]
        )
        #expect(SamplePackage.failure(at: sample.path) == nil)
    }

    @Test func `refuses a file that ends early, and one that goes on`() async throws {
        let sample = try await SamplePackage()
        let bytes = try sample.bytes
        let file = try Descriptor(opening: sample.path, flags: O_RDWR)
        for length in (0..<bytes.count).reversed() {
            try file.setSize(length)
            #expect(SamplePackage.failure(at: sample.path) != nil, "cut at \(length)")
        }
        #expect(try SamplePackage.failure(bytes + [0])?.code == .trailingBytes)
    }

    @Test func `tells one signer from another`() async throws {
        let bytes = try await SamplePackage(signer: Keys.ecdsaP384).bytes
        let right = SignerTrust.only([Keys.ed25519.publicKey.identity, Keys.ecdsaP384.publicKey.identity])
        let wrong = SignerTrust.only([Keys.ed25519.publicKey.identity])
        #expect(try SamplePackage.failure(bytes, trust: right) == nil)
        #expect(try SamplePackage.failure(bytes, trust: wrong)?.code == .signerUntrusted)
        #expect(try SamplePackage.failure(bytes, trust: .only([]))?.code == .signerUntrusted)
    }

    @Test func `copies a part to memory that cannot be changed`() async throws {
        let sample = try await SamplePackage()
        let package = try SealedPackage(opening: sample.path, trusting: .anyone)
        let memory = try package.copyToMemory("kernel")
        let path = "/proc/self/fd/\(memory.number)"
        #expect(Array(try Data(contentsOf: URL(filePath: path))) == SamplePackage.contents[0].bytes)
        #expect(throws: PackageError.self) { try memory.write([1], at: 0) }
        #expect(throws: PackageError.self) { try memory.setSize(1) }
    }

    @Test func `does not copy a part that changed after the package was opened`() async throws {
        let sample = try await SamplePackage()
        let package = try SealedPackage(opening: sample.path, trusting: .anyone)
        let file = try FileHandle(forWritingTo: URL(filePath: sample.path))
        try file.seek(toOffset: UInt64(package.part("kernel").offset))
        try file.write(contentsOf: Data([0]))
        try file.close()
        #expect(throws: PackageError.self) { try package.copyToMemory("kernel") }
        #expect(throws: PackageError.self) { try package.read("kernel", atMost: 1 << 20) }
        #expect(throws: PackageError.self) { try package.verifyParts() }
    }

    @Test func `holds no more of a part than was allowed`() async throws {
        let sample = try await SamplePackage()
        let package = try SealedPackage(opening: sample.path, trusting: .anyone)
        let failure = #expect(throws: PackageError.self) { try package.read("kernel", atMost: 4095) }
        #expect(failure?.code == .partTooLarge)
    }

    @Test func `gives the same bytes twice but for the signature`() async throws {
        let key = Keys.ed25519
        let (first, second) = try await (SamplePackage(signer: key), SamplePackage(signer: key))
        #expect(try first.bytes == second.bytes)
        let others = try await [SamplePackage(signer: Keys.ecdsaP384), SamplePackage(signer: Keys.ecdsaP384)]
        let packages = try others.map { try SealedPackage(opening: $0.path, trusting: .anyone) }
        #expect(packages[0].manifestBytes == packages[1].manifestBytes)
    }

    @Test func `replaces no file unless told to`() async throws {
        let sample = try await SamplePackage()
        let before = try sample.bytes
        var manifest = SamplePackage.manifest
        let content = PackageWriter.Source.bytes([1])
        for name in ["kernel", "initramfs", "config.json", "root.img"] {
            manifest.parts.append(try PackageWriter.describe(name, content))
        }
        let signed = try await SignedManifest(manifest, by: Keys.rsaPSS)
        let write = { (replacing: Bool) throws(PackageError) in
            let sources = [content, content, content, content]
            try PackageWriter.write(signed, sources, to: sample.path, replacing: replacing)
        }
        let failure = #expect(throws: PackageError.self) { try write(false) }
        #expect(failure?.code == .outputExists)
        #expect(try sample.bytes == before)
        try write(true)
        #expect(try sample.bytes != before)
        #expect(try FileManager.default.contentsOfDirectory(atPath: sample.folder.url.path).count == 1)
    }
}
