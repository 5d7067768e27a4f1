import Foundation
import RootFileSystem
import TestSupport
import Testing

@Suite(.enabled(if: OutsideTool(named: "mke2fs")?.isReady ?? OutsideTool.isRequired, "mke2fs is missing"))
struct Ext2ReaderTests {
    private static func describe(_ path: String) async throws -> String {
        try await Shell.describe(path)
            + Shell.run("cd \(path); getfattr -R -h -m '^user|^security.cap' -d -e hex . | LC_ALL=C sort")
    }

    private static let attributes = """
        cp /bin/true capable; setcap cap_net_raw+ep capable; setfattr -n user.short -v 1 etc/motd
        setfattr -n user.longer.name -v abcdefg etc/motd; setfattr -n user.none etc/three; setfattr -n user.f -v x etc
        """

    @Test func `brings back the tree that it wrote`() async throws {
        let tree = try await SampleTree(Self.attributes)
        _ = try Ext2Writer.write(tree.path, to: tree.beside("image"))
        try Ext2Extractor.extract(tree.beside("image"), to: tree.beside("out"))
        #expect(try await Self.describe(tree.beside("out")) == Self.describe(tree.path))
    }

    @Test(arguments: [
        "-b 1024", "-b 2048 -I 128", "-b 4096", "-b 1024 -O ^sparse_super,^filetype,^resize_inode",
        "-I 256 -O dir_index",
    ])
    func `extracts what mke2fs wrote`(options: String) async throws {
        let tree = try await SampleTree(
            Self.attributes + "\nhead -c 5M /dev/urandom > large; mkdir many; cd many; seq 2000 | xargs touch"
        )
        let image = tree.beside("image")
        // mke2fs adds lost+found.
        try await Shell.run("truncate -s 24M \(image); mke2fs -q -t ext2 \(options) -d \(tree.path) \(image)")
        try Ext2Extractor.extract(image, to: tree.beside("out"))
        try await Shell.run("rmdir \(tree.beside("out"))/lost+found")
        #expect(try await Self.describe(tree.beside("out")) == Self.describe(tree.path))
    }

    @Test func `keeps holes`() async throws {
        let tree = try await SampleTree(
            "truncate -s 7G large; printf x | dd of=large bs=1 seek=6000000000 conv=notrunc status=none",
            isEmpty: true
        )
        _ = try Ext2Writer.write(tree.path, to: tree.beside("image"))
        try Ext2Extractor.extract(tree.beside("image"), to: tree.beside("out"))
        let found = try await Shell.run(
            "cd \(tree.beside("out")); stat -c %s large; test $(stat -c %b large) -lt 100; tail -c +6000000001 large | head -c 1"
        )
        #expect(found == "7516192768\nx")
    }

    @Test func `lists what is below a path`() async throws {
        let tree = try await SampleTree()
        _ = try Ext2Writer.write(tree.path, to: tree.beside("image"))
        let below = try #require(EntryPath(checking: "usr".utf8))
        let entries = try Ext2Listing.entries(of: tree.beside("image"), below: below)
        #expect(
            entries.map { "\($0.path)" } == [
                "usr", "usr/bin", "usr/bin/program", "usr/bin/second", "usr/link", "usr/long-link",
            ]
        )
        #expect(entries.first { "\($0.path)" == "usr/link" }?.target == Array("bin/program".utf8))
        let none = try #require(EntryPath(checking: "us".utf8))
        #expect(failure { _ = try Ext2Listing.entries(of: tree.beside("image"), below: none) } == .fileMissing)
    }
}
