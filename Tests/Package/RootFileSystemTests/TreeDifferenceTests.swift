import Foundation
import RootFileSystem
import TestSupport
import Testing

@Suite struct TreeDifferenceTests {
    private static func difference(_ first: String, _ second: String) throws -> TreeDifference? {
        TreeDifference.between(
            try TreeSnapshot(of: first, options: TreeOptions()),
            try TreeSnapshot(of: second, options: TreeOptions())
        )
    }

    @Test func `finds none between a tree, its image and a copy`() async throws {
        let tree = try await SampleTree(
            "truncate -s 100M holes; printf x | dd of=holes bs=1 seek=50000000 conv=notrunc status=none"
        )
        _ = try Ext2Writer.write(tree.path, to: tree.beside("image"))
        try await Shell.run("cp -a \(tree.path) \(tree.beside("copy"))")
        #expect(try Self.difference(tree.path, tree.beside("image")) == nil)
        #expect(try Self.difference(tree.beside("image"), tree.beside("copy")) == nil)
    }

    private static let changes: [(script: String, path: String, aspects: [String])] = [
        ("printf HELLO | dd of=etc/motd conv=notrunc status=none", "etc/motd", ["content"]),
        ("chmod 611 etc/motd", "etc/motd", ["mode"]), ("touch etc/new", "etc/new", ["entry"]),
        ("rm etc/motd", "etc/motd", ["entry"]), ("ln -sfn elsewhere usr/link", "usr/link", ["size", "target"]),
        ("cp -a a-third other; mv other a-third", "a-third", ["links"]),
        ("rm fifo; touch fifo; chmod 644 fifo", "fifo", ["kind", "content"]),
        ("rm etc/motd etc/three usr/link", "etc/motd", ["entry"]),
    ]

    @Test(arguments: changes.indices)
    func `names the first entry that differs, and how`(index: Int) async throws {
        let (script, path, aspects) = Self.changes[index]
        let tree = try await SampleTree()
        _ = try Ext2Writer.write(tree.path, to: tree.beside("image"))
        try await Shell.run("cd \(tree.path); \(script)")
        let found = try #require(try Self.difference(tree.beside("image"), tree.path))
        #expect("\(found.path)" == path)
        #expect(found.aspects.map(\.name) == aspects)
    }
}
