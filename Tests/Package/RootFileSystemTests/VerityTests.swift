import Diagnostics
import Foundation
import RootFileSystem
import TestSupport
import Testing

@Suite struct VerityTests {
    private static let veritysetup = OutsideTool(named: "veritysetup")
    private static let salt = (0..<32).map { UInt8($0 * 7 % 256) }

    /// A file of that many blocks of noise.
    private static func image(_ blocks: Int) async throws -> (folder: TemporaryFolder, path: String) {
        let folder = try TemporaryFolder()
        let path = folder.url.appending(path: "image").path
        try await Shell.run("head -c \(blocks * 4096) /dev/urandom > \(path)")
        return (folder, path)
    }

    @Test(
        .enabled(if: veritysetup?.isReady ?? OutsideTool.isRequired, "veritysetup is missing"),
        arguments: [1, 2, 3, 127, 128, 129, 255, 256, 257, 1000, 16_383, 16_384, 16_385, 20_000]
    )
    func `makes the tree that veritysetup makes`(blocks: Int) async throws {
        let (folder, path) = try await Self.image(blocks)
        try await Shell.run("cp \(path) \(path).theirs")
        let block = try SealedImage.seal(path, salt: Self.salt)
        let theirs = try await Shell.run(
            """
            veritysetup format --no-superblock --salt=\(Hexadecimal.text(Self.salt)) --data-blocks=\(blocks) \
              --hash-offset=\(blocks * 4096) \(path).theirs \(path).theirs | awk '/^Root hash/ { print $3 }'
            # Ours has a superblock before the tree and a signature block behind it.
            tail -c +\(blocks * 4096 + 1) \(path).theirs > \(path).tree
            tail -c +\((blocks + 1) * 4096 + 1) \(path) | head -c -4096 > \(path).ours
            cmp \(path).tree \(path).ours
            veritysetup verify --hash-offset=\(blocks * 4096) \(path) \(path) \(Hexadecimal.text(block.rootHash))
            # The same without the superblock: then the offset is the tree's, and the rest has to be said.
            veritysetup verify --no-superblock --hash-offset=\((blocks + 1) * 4096) --data-blocks=\(blocks) \
              --salt=\(Hexadecimal.text(Self.salt)) \(path) \(path) \(Hexadecimal.text(block.rootHash))
            """
        )
        #expect(theirs == Hexadecimal.text(block.rootHash) + "\n")
        #expect(try SealedImage(opening: path).salt == Self.salt)
        withExtendedLifetime(folder) {}
    }

    @Test func `names the block that was changed`() async throws {
        let keys = try await KeyFiles()
        let (folder, path) = try await Self.image(20_000)
        _ = try SealedImage.seal(path, salt: Self.salt, keys: keys.signing)
        let key = try SignerKey(reading: keys.publicPath)
        try SealedImage(opening: path).verify(by: key)
        // 20,000 blocks have a superblock, a root, two blocks and 157 leaves.
        let places: [(offset: Int, name: String)] = [
            (0, "data block 0"), (12_345 * 4096 + 77, "data block 12345"), (19_999 * 4096 + 4095, "data block 19999"),
            (20_001 * 4096, "hash block 0"), (20_003 * 4096 + 5, "hash block 2"),
            (20_160 * 4096 + 4095, "hash block 159"),
        ]
        for place in places {
            try Self.flip(path, at: place.offset)
            do {
                try SealedImage(opening: path).verify(by: key)
                Issue.record("\(place.name) passed")
            } catch {
                #expect(error.code == .verityBlockMismatch)
                #expect(error.subject == place.name)
            }
            try Self.flip(path, at: place.offset)
        }
        try SealedImage(opening: path).verify(by: key)
        withExtendedLifetime(folder) {}
    }

    @Test func `refuses a flip in every byte of superblock and signature block`() async throws {
        let keys = try await KeyFiles()
        let (folder, path) = try await Self.image(3)
        _ = try SealedImage.seal(path, salt: Self.salt, keys: keys.signing)
        let key = try SignerKey(reading: keys.publicPath)
        let whole = try Data(contentsOf: URL(filePath: path))
        // The superblock's UUID is a name that nothing depends on.
        let uuid = 3 * 4096 + 16..<3 * 4096 + 32
        for offset in Array(3 * 4096..<3 * 4096 + 600) + Array(5 * 4096..<6 * 4096) where !uuid.contains(offset) {
            try Self.flip(path, at: offset)
            let code = failure { try SealedImage(opening: path).verify(by: key) }
            #expect(code != nil, "byte \(offset)")
            try Self.flip(path, at: offset)
        }
        for count in stride(from: 0, to: whole.count, by: 97) {
            try whole[..<count].write(to: URL(filePath: path))
            #expect(failure { try SealedImage(opening: path).verify(by: key) } != nil, "cut at \(count)")
        }
        withExtendedLifetime(folder) {}
    }

    private static func flip(_ path: String, at offset: Int) throws {
        let file = try FileHandle(forUpdating: URL(filePath: path))
        try file.seek(toOffset: UInt64(offset))
        let byte = try #require(file.read(upToCount: 1)?.first)
        try file.seek(toOffset: UInt64(offset))
        try file.write(contentsOf: Data([byte ^ 1]))
        try file.close()
    }
}
