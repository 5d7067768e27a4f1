import Foundation
import RootFileSystem
import TestSupport
import Testing

@Suite struct CpioTests {
    private static let cpio = OutsideTool(named: "cpio")

    @Test func `brings back the tree that it packed`() throws {
        let tree = try SampleTree()
        try CpioWriter.write(tree.path, to: tree.beside("a.cpio"))
        try CpioExtractor.extract(tree.beside("a.cpio"), to: tree.beside("out"))
        #expect(try Shell.describe(tree.beside("out")) == Shell.describe(tree.path))
    }

    @Test(.enabled(if: cpio?.isReady ?? OutsideTool.isRequired, "cpio is missing"))
    func `is listed and extracted by GNU cpio`() throws {
        let tree = try SampleTree()
        try CpioWriter.write(tree.path, to: tree.beside("a.cpio"))
        let listed = try Shell.run("cpio -it --quiet < \(tree.beside("a.cpio")) | LC_ALL=C sort")
        #expect(
            try listed
                == Shell.run(
                    "cd \(tree.path); find . -print0 | cpio -0 -o -H newc --quiet | cpio -it --quiet | LC_ALL=C sort"
                )
        )
        try Shell.run(
            "mkdir \(tree.beside("out")); cd \(tree.beside("out")); cpio -id --quiet < \(tree.beside("a.cpio"))"
        )
        #expect(try Shell.describe(tree.beside("out")) == Shell.describe(tree.path))
    }

    @Test(.enabled(if: cpio?.isReady ?? OutsideTool.isRequired, "cpio is missing"))
    func `extracts what GNU cpio packed`() throws {
        let tree = try SampleTree()
        try Shell.run(
            "cd \(tree.path); find . -print0 | LC_ALL=C sort -z | cpio -0 -o -H newc --quiet > \(tree.beside("a.cpio"))"
        )
        try CpioExtractor.extract(tree.beside("a.cpio"), to: tree.beside("out"))
        #expect(try Shell.describe(tree.beside("out")) == Shell.describe(tree.path))
    }

    @Test func `gives the same bytes of a copied tree at another time under another umask`() throws {
        let tree = try SampleTree()
        try CpioWriter.write(tree.path, to: tree.beside("a.cpio"))
        try Shell.run(
            """
            mkdir -p \(tree.beside("elsewhere"))/deep; umask 077; cp -a \(tree.path) \(tree.beside("elsewhere"))/deep/copy
            find \(tree.beside("elsewhere"))/deep/copy -exec touch -h -d 2031-05-06 {} +
            """
        )
        try CpioWriter.write(tree.beside("elsewhere/deep/copy"), to: tree.beside("b.cpio"))
        #expect(
            try Data(contentsOf: URL(filePath: tree.beside("a.cpio")))
                == Data(contentsOf: URL(filePath: tree.beside("b.cpio")))
        )
    }

    @Test func `maps owners, and keeps times up to the latest`() throws {
        let tree = try SampleTree("touch -d @1000 etc/motd; touch -d @3000 etc/three")
        let options = TreeOptions(owner: (user: 7, group: 8), latestTime: 2000)
        try CpioWriter.write(tree.path, to: tree.beside("a.cpio"), options: options)
        var reader = try CpioReader(opening: tree.beside("a.cpio"))
        var times: [String: Int64] = [:]
        while let entry = try reader.next() {
            #expect(entry.metadata.owner == 7 && entry.metadata.group == 8)
            times["\(entry.path)"] = entry.metadata.modified
        }
        #expect(times["etc/motd"] == 1000)
        #expect(times["etc/three"] == 2000)
    }

    @Test func `leaves nothing behind where the tree cannot be read or holds the archive`() throws {
        let tree = try SampleTree()
        #expect(failure { try CpioWriter.write(tree.beside("none"), to: tree.beside("a.cpio")) } == .fileMissing)
        #expect(failure { try CpioWriter.write(tree.path, to: tree.path + "/etc/a.cpio") } == .treeOutputInside)
        let large = try SampleTree("truncate -s 4294967296 large", isEmpty: true)
        #expect(failure { try CpioWriter.write(large.path, to: large.beside("a.cpio")) } == .cpioFileTooLarge)
        for kept in [tree, large] {
            #expect(try FileManager.default.contentsOfDirectory(atPath: kept.folder.url.path) == ["tree"])
        }
        #expect(!FileManager.default.fileExists(atPath: tree.path + "/etc/a.cpio"))
    }

    @Test func `extracts into an empty folder only`() throws {
        let tree = try SampleTree()
        try CpioWriter.write(tree.path, to: tree.beside("a.cpio"))
        #expect(failure { try CpioExtractor.extract(tree.beside("a.cpio"), to: tree.path) } == .treeDestinationInUse)
        try Shell.run("mkdir \(tree.beside("empty"))")
        try CpioExtractor.extract(tree.beside("a.cpio"), to: tree.beside("empty"))
        #expect(try Shell.describe(tree.beside("empty")) == Shell.describe(tree.path))
    }
}

/// The code of the failure that work ends with, or nil where it does not fail.
func failure(_ work: () throws -> Void) -> RootFileSystemError.Code? {
    do {
        try work()
        return nil
    } catch let error as RootFileSystemError {
        return error.code
    } catch {
        Issue.record(error)
        return nil
    }
}
