import EnclavePackage
import Foundation
import GuestInterface
import PackageManifest
import RootFileSystem
import TestSupport

/// A small package whose parts mean nothing to a machine, and what it was made of.
struct SamplePackage {
    static let volume = VerityVolume(
        blocks: 1,
        hashStart: 2,
        rootHash: String(repeating: "a0", count: 32),
        salt: "00ff"
    )

    let folder: TemporaryFolder
    var path: String { folder.url.appending(path: "sample.adyton").path }
    var bytes: [UInt8] { get throws { Array(try Data(contentsOf: URL(filePath: path))) } }

    static var manifest: Manifest {
        Manifest(
            name: "sample",
            commandLine: KernelCommandLine(root: volume, isDebug: false).text,
            machine: MachineRequirements(memoryInBytes: 512 << 20)
        )
    }

    /// Contents by the order of the parts; a size of a block, one less and one more.
    static let contents: [(name: String, bytes: [UInt8])] = [
        ("kernel", noise(4096, 1)), ("initramfs", noise(511, 2)), ("config.json", Array("{}\n".utf8)),
        ("root.img", noise(4097, 3)),
    ]

    init(
        signer: any Signer = Keys.ed25519,
        contents: [(name: String, bytes: [UInt8])] = Self.contents,
        change: (inout Manifest) -> Void = { _ in }
    ) async throws {
        folder = try TemporaryFolder()
        var manifest = Self.manifest
        manifest.parts = try contents.map { try PackageWriter.describe($0.name, .bytes($0.bytes)) }
        change(&manifest)
        try PackageWriter.write(
            await SignedManifest(manifest, by: signer),
            contents.map { .bytes($0.bytes) },
            to: path,
            replacing: false
        )
    }

    /// Bytes that are no zeros, the same each time.
    static func noise(_ count: Int, _ seed: UInt32) -> [UInt8] {
        var state = seed
        return (0..<count).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(truncatingIfNeeded: state >> 24) | 1
        }
    }

    /// What opening a file of these bytes and comparing every part fails by; nil for a good package.
    static func failure(_ bytes: [UInt8], trust: SignerTrust = .anyone) throws -> PackageError? {
        let folder = try TemporaryFolder()
        let path = folder.url.appending(path: "p").path
        try Data(bytes).write(to: URL(filePath: path))
        return failure(at: path, trust: trust)
    }

    /// What opening a package and comparing every part fails by; nil for a good one.
    static func failure(at path: String, trust: SignerTrust = .anyone) -> PackageError? {
        do throws(PackageError) {
            try SealedPackage(opening: path, trusting: trust).verifyParts()
            return nil
        } catch {
            return error
        }
    }
}

/// Keys that live as long as the tests.
enum Keys {
    static let ed25519 = make(.ed25519)
    static let ecdsaP384 = make(.ecdsaP384)
    static let rsaPSS = make(.rsaPSS)
    static let all = [ed25519, ecdsaP384, rsaPSS]

    private static func make(_ algorithm: SigningAlgorithm) -> PrivateKey {
        do {
            return try PrivateKey(generating: algorithm)
        } catch {
            fatalError("no key: \(error)")
        }
    }
}
