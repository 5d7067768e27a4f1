import Foundation
import RootFileSystem
import TestSupport
import Testing

/// A small image that a test breaks with debugfs or by hand.
struct BrokenImage {
    let tree: SampleTree
    var path: String { tree.beside("image") }
    var output: String { tree.beside("out") }

    init() async throws {
        tree = try await SampleTree(
            "mkdir d; printf hello > d/f; ln d/f g; ln -s d/f l; mkdir d/e; head -c 60000 /dev/urandom > big; setfattr -n user.a -v b g",
            isEmpty: true
        )
        _ = try Ext2Writer.write(tree.path, to: path)
    }

    /// Runs debugfs commands that change the image.
    func change(_ commands: String) async throws {
        try commands.write(toFile: tree.beside("commands"), atomically: true, encoding: .utf8)
        try await Shell.run("debugfs -w -f \(tree.beside("commands")) \(path) 2>&1")
    }

    /// The code that the extraction ends with; nil where it does not fail.
    func extract() async throws -> RootFileSystemError.Code? {
        let code = failure { try Ext2Extractor.extract(path, to: output) }
        if code != nil { #expect(!FileManager.default.fileExists(atPath: output)) }
        let partial = try FileManager.default.contentsOfDirectory(atPath: tree.folder.url.path).filter {
            $0.hasPrefix(".")
        }
        #expect(partial.isEmpty)
        if code == nil { try await Shell.run("chmod -R u+rwx \(output); rm -r \(output)") }
        return code
    }
}

@Suite(.enabled(if: OutsideTool(named: "debugfs")?.isReady ?? OutsideTool.isRequired, "debugfs is missing"))
struct HostileExt2Tests {
    private static let lies: [(commands: String, code: RootFileSystemError.Code)] = [
        ("sif big block[0] 999999", .ext2BlockOutOfRange), ("sif big block[0] 1", .ext2BlockTwice),
        ("sif big block[0] 0\nsif big block[1] 0", .ext2InodeInvalid), ("sif big block[IND] 2", .ext2BlockTwice),
        ("sif big size 100", .ext2InodeInvalid),
        ("sif big blocks 8", .ext2InodeInvalid), ("sif big flags 0x80000", .ext2InodeInvalid),
        ("sif big mode 0", .ext2InodeInvalid), ("sif big links_count 0", .ext2InodeInvalid),
        ("sif big dtime 5", .ext2InodeInvalid), ("sif big mode 0040755", .ext2FolderInvalid),
        ("sif big size 4503599627370496", .ext2InodeInvalid), ("sif d size 100", .ext2FolderInvalid),
        ("sif d block[0] 0", .ext2InodeInvalid),
        ("sif d block[0] 0\nsif d blocks 0", .ext2FolderInvalid), ("sif l size 0", .ext2InodeInvalid),
        ("sif l size 60", .ext2InodeInvalid),
        ("sif g file_acl 1", .ext2AttributeInvalid), ("sif g file_acl 99999999", .ext2BlockOutOfRange),
        ("link d d/e/cycle", .ext2FolderTwice), ("link . d/e/cycle", .ext2FolderTwice),
        ("ssv log_block_size 9", .ext2SuperblockInvalid), ("ssv inodes_per_group 0", .ext2SuperblockInvalid),
        ("ssv blocks_per_group 0", .ext2SuperblockInvalid), ("ssv blocks_count 4294967295", .ext2SuperblockInvalid),
        ("ssv inode_size 100", .ext2SuperblockInvalid), ("ssv feature_incompat 0x42", .ext2SuperblockInvalid),
        ("ssv feature_ro_compat 0x400", .ext2SuperblockInvalid), ("ssv rev_level 7", .ext2SuperblockInvalid),
        ("set_bg 0 inode_table 99999999", .ext2BlockOutOfRange), ("set_bg 0 inode_table 0", .ext2BlockTwice),
        ("set_bg 0 block_bitmap 5", .ext2BlockTwice),
    ]

    @Test(arguments: lies.indices)
    func `refuses a lie, and leaves nothing behind`(index: Int) async throws {
        let image = try await BrokenImage()
        #expect(try await image.extract() == nil)
        try await image.change(Self.lies[index].commands)
        #expect(try await image.extract() == Self.lies[index].code, "\(Self.lies[index].commands)")
    }

    /// Replaces bytes of the image's folders.
    private static func replace(_ old: [UInt8], _ new: [UInt8], in image: BrokenImage) throws {
        var data = try Data(contentsOf: URL(filePath: image.path))
        let range = try #require(data.range(of: Data(old)))
        data.replaceSubrange(range, with: new)
        try data.write(to: URL(filePath: image.path))
    }

    @Test func `refuses names that are none, and a name twice`() async throws {
        // The entry of "big": name length 3, type 1, and then the name.
        for (name, type) in [("a/b", 1), ("a\0b", 1), ("big", 2)] as [(String, UInt8)] {
            let image = try await BrokenImage()
            try Self.replace([3, 1] + Array("big".utf8), [3, type] + Array(name.utf8), in: image)
            #expect(try await image.extract() == .ext2FolderInvalid)
        }
        for name in ["..", "l\0"] {
            let image = try await BrokenImage()
            try Self.replace(
                [1, 1] + Array("g\0".utf8),
                [UInt8(name == ".." ? 2 : 1), 1] + Array(name.utf8),
                in: image
            )
            #expect(try await image.extract() == .ext2FolderInvalid)
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `refuses or survives a flip in every byte of its tables`() async throws {
        let image = try await BrokenImage()
        let whole = try Data(contentsOf: URL(filePath: image.path))
        let file = try FileHandle(forUpdating: URL(filePath: image.path))
        // Superblock, descriptor, the inodes in use, and the root folder's first entries behind the inode table.
        let used = Array(1024..<1024 + 140) + Array(4096..<4096 + 32) + Array(4 * 4096 + 128..<4 * 4096 + 128 * 18)
        for offset in used + Array(5 * 4096..<5 * 4096 + 100) {
            for bit in [UInt8(0x01), 0x80] {
                try file.seek(toOffset: UInt64(offset))
                try file.write(contentsOf: [whole[offset] ^ bit])
                _ = try await image.extract()
            }
            try file.seek(toOffset: UInt64(offset))
            try file.write(contentsOf: [whole[offset]])
        }
        #expect(try await image.extract() == nil)
    }

    @Test func `refuses an image that ends before its content does`() async throws {
        let image = try await BrokenImage()
        let whole = try Data(contentsOf: URL(filePath: image.path))
        for count in Array(0..<2100) + [4096, 8 << 20 - 1] {
            try whole[..<min(count, (8 << 20) - 1)].write(to: URL(filePath: image.path))
            #expect(try await image.extract() != nil, "cut at \(count)")
        }
    }
}
