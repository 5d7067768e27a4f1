import Foundation
import RootFileSystem
import TestSupport
import Testing

@Suite struct CpioTests {
    private static let cpio = OutsideTool(named: "cpio")

    @Test func `brings back the tree that it packed`() async throws {
        let tree = try await SampleTree()
        try CpioWriter.write(tree.path, to: tree.beside("a.cpio"))
        try CpioExtractor.extract(tree.beside("a.cpio"), to: tree.beside("out"))
        #expect(try await Shell.describe(tree.beside("out")) == Shell.describe(tree.path))
    }

    @Test(.enabled(if: cpio?.isReady ?? OutsideTool.isRequired, "cpio is missing"))
    func `is listed and extracted by GNU cpio`() async throws {
        let tree = try await SampleTree()
        try CpioWriter.write(tree.path, to: tree.beside("a.cpio"))
        let listed = try await Shell.run("cpio -it --quiet < \(tree.beside("a.cpio")) | LC_ALL=C sort")
        #expect(
            try await listed
                == Shell.run(
                    "cd \(tree.path); find . -print0 | cpio -0 -o -H newc --quiet | cpio -it --quiet | LC_ALL=C sort"
                )
        )
        try await Shell.run(
            "mkdir \(tree.beside("out")); cd \(tree.beside("out")); cpio -id --quiet < \(tree.beside("a.cpio"))"
        )
        #expect(try await Shell.describe(tree.beside("out")) == Shell.describe(tree.path))
    }

    @Test(.enabled(if: cpio?.isReady ?? OutsideTool.isRequired, "cpio is missing"))
    func `extracts what GNU cpio packed`() async throws {
        let tree = try await SampleTree()
        try await Shell.run(
            "cd \(tree.path); find . -print0 | LC_ALL=C sort -z | cpio -0 -o -H newc --quiet > \(tree.beside("a.cpio"))"
        )
        try CpioExtractor.extract(tree.beside("a.cpio"), to: tree.beside("out"))
        #expect(try await Shell.describe(tree.beside("out")) == Shell.describe(tree.path))
    }

    /// Every type of file under two names.
    private static let named = #"""
        ln -s target a && ln a b && ln -s "$(printf 'x%.0s' $(seq 200))" c && ln c d && mkfifo e && ln e f
        echo x > i && ln i j && : > k && ln k l
        if [ "$(id -u)" = 0 ]; then mknod g c 1 3 && ln g h; fi
        python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("s")' && ln s t
        """#

    @Test func `keeps every name of every type of file`() async throws {
        let tree = try await SampleTree(Self.named, isEmpty: true)
        try CpioWriter.write(tree.path, to: tree.beside("a.cpio"))
        try CpioExtractor.extract(tree.beside("a.cpio"), to: tree.beside("out"))
        #expect(try await Shell.describe(tree.beside("out")) == Shell.describe(tree.path))
    }

    @Test(
        .enabled(if: cpio?.isReady ?? OutsideTool.isRequired, "cpio is missing"),
        arguments: ["cpio -id --quiet", "bsdcpio -i --quiet"]
    )
    func `gives other programs every name of every type of file`(reader: String) async throws {
        guard OutsideTool(named: String(reader.prefix { $0 != " " }))?.isReady ?? OutsideTool.isRequired else { return }
        let tree = try await SampleTree(Self.named, isEmpty: true)
        try CpioWriter.write(tree.path, to: tree.beside("a.cpio"))
        try await Shell.run(
            "mkdir \(tree.beside("out")); cd \(tree.beside("out")); \(reader) < \(tree.beside("a.cpio"))"
        )
        // Not every version extracts a socket as one, and GNU cpio creates a symbolic link anew for each name.
        let list =
            "find . ! -name '[st]' '(' -type l -printf '%p %l\\n' -o -type d -o -printf '%p %y %m %n\\n' ')' | LC_ALL=C sort"
        #expect(try await Shell.run("cd \(tree.beside("out")); \(list)") == Shell.run("cd \(tree.path); \(list)"))
    }

    @Test(
        .enabled(if: cpio?.isReady ?? OutsideTool.isRequired, "cpio is missing"),
        arguments: ["-H newc", "-H crc"],
        ["find .", "find . -depth"]
    )
    func `extracts what GNU cpio packed, in every order`(format: String, find: String) async throws {
        let tree = try await SampleTree("mkdir -p shut/in; : > shut/in/f; chmod 500 shut; " + Self.named)
        try await Shell.run(
            "cd \(tree.path); \(find) -print0 | cpio -0 -o \(format) --quiet > \(tree.beside("a.cpio"))"
        )
        try CpioExtractor.extract(tree.beside("a.cpio"), to: tree.beside("out"))
        let list =
            "find . -type d -printf '%p %m %U\\n' -o -printf '%p %y %m %U %G %l %s %Ts\\n' | LC_ALL=C sort"
        #expect(try await Shell.run("cd \(tree.beside("out")); \(list)") == Shell.run("cd \(tree.path); \(list)"))
        try await Shell.run("chmod 700 \(tree.beside("out"))/shut \(tree.path)/shut")
    }

    @Test(
        .enabled(if: cpio?.isReady ?? OutsideTool.isRequired, "cpio is missing"),
        arguments: ["cat", "gzip -nc", "zstd -qc", "xz -c"]
    )
    func `reads archives behind each other as the kernel does`(pack: String) async throws {
        let tree = try await SampleTree(isEmpty: true)
        try await Shell.run(
            """
            cd \(tree.path); mkdir -p one/d two/d
            echo old > one/d/f; echo one > one/a; ln one/a one/b; ln -s a one/l; mkdir one/gone
            echo new > two/d/f; echo two > two/c; ln two/c two/e; echo file > two/l; echo file > two/gone; chmod 700 two/d
            for part in one two; do (cd $part; find . | cpio -o -H newc --quiet > ../$part.cpio); done
            head -c 512 /dev/zero > zeros; cat one.cpio zeros > all; \(pack) two.cpio >> all
            """
        )
        try CpioExtractor.extract(tree.path + "/all", to: tree.beside("out"))
        #expect(
            try await Shell.run(
                "cd \(tree.beside("out")); find . -type f -o -type l | LC_ALL=C sort | xargs tail -n 1 -v"
            )
            .split(separator: "\n").joined(separator: " ")
                == "==> ./a <== one ==> ./b <== one ==> ./c <== two ==> ./d/f <== new ==> ./e <== two "
                + "==> ./gone <== file ==> ./l <== file"
        )
        #expect(try await Shell.run("cd \(tree.beside("out")); stat -c %h.%a a d").contains("700"))
        // From a pipe, too, and compressed as a whole.
        try await Shell.run("\(pack) \(tree.path)/one.cpio > \(tree.path)/whole")
        try CpioExtractor.extract(tree.path + "/whole", to: tree.beside("whole"))
        #expect(try String(contentsOfFile: tree.beside("whole/d/f"), encoding: .utf8) == "old\n")
    }

    @Test func `names a compression that it does not read, and finds damage`() async throws {
        let tree = try await SampleTree()
        try CpioWriter.write(tree.path, to: tree.beside("a.cpio"))
        try Data(Array("BZh91AY&SY".utf8)).write(to: URL(filePath: tree.beside("a.bz2")))
        let error = #expect(throws: RootFileSystemError.self) {
            try CpioExtractor.extract(tree.beside("a.bz2"), to: tree.beside("out"))
        }
        #expect(error?.code == .cpioCompressionUnsupported && error?.found == "bzip2")
        try await Shell.run("gzip -nc \(tree.beside("a.cpio")) | head -c 2000 > \(tree.beside("cut"))")
        #expect(
            failure { try CpioExtractor.extract(tree.beside("cut"), to: tree.beside("out")) } == .cpioCompressionDamaged
        )
        try await Shell.run("{ gzip -nc \(tree.beside("a.cpio")); echo garbage; } > \(tree.beside("garbage"))")
        #expect(
            failure { try CpioExtractor.extract(tree.beside("garbage"), to: tree.beside("out")) } == .cpioTrailerInvalid
        )
        #expect(!FileManager.default.fileExists(atPath: tree.beside("out")))
    }

    @Test func `gives the same bytes of a copied tree at another time under another umask`() async throws {
        let tree = try await SampleTree()
        try CpioWriter.write(tree.path, to: tree.beside("a.cpio"))
        try await Shell.run(
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

    @Test func `maps owners, and keeps times up to the latest`() async throws {
        let tree = try await SampleTree("touch -d @1000 etc/motd; touch -d @3000 etc/three")
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

    @Test func `leaves nothing behind where the tree cannot be read or holds the archive`() async throws {
        let tree = try await SampleTree()
        #expect(failure { try CpioWriter.write(tree.beside("none"), to: tree.beside("a.cpio")) } == .fileMissing)
        #expect(failure { try CpioWriter.write(tree.path, to: tree.path + "/etc/a.cpio") } == .treeOutputInside)
        let large = try await SampleTree("truncate -s 4294967296 large", isEmpty: true)
        #expect(failure { try CpioWriter.write(large.path, to: large.beside("a.cpio")) } == .cpioFileTooLarge)
        for kept in [tree, large] {
            #expect(try FileManager.default.contentsOfDirectory(atPath: kept.folder.url.path) == ["tree"])
        }
        #expect(!FileManager.default.fileExists(atPath: tree.path + "/etc/a.cpio"))
    }

    @Test func `extracts into an empty folder only, and replaces only when told`() async throws {
        let tree = try await SampleTree()
        try CpioWriter.write(tree.path, to: tree.beside("a.cpio"))
        #expect(failure { try CpioExtractor.extract(tree.beside("a.cpio"), to: tree.path) } == .treeDestinationInUse)
        try CpioExtractor.extract(tree.beside("a.cpio"), to: tree.beside("full"))
        try await Shell.run("mkdir \(tree.beside("full"))/more \(tree.beside("empty"))")
        try CpioExtractor.extract(tree.beside("a.cpio"), to: tree.beside("full"), replacing: true)
        #expect(try await Shell.describe(tree.beside("full")) == Shell.describe(tree.path))
        #expect(failure { try CpioWriter.write(tree.path, to: tree.beside("a.cpio")) } == .fileExists)
        try CpioWriter.write(tree.path, to: tree.beside("a.cpio"), replacing: true)
        try CpioExtractor.extract(tree.beside("a.cpio"), to: tree.beside("empty"))
        #expect(try await Shell.describe(tree.beside("empty")) == Shell.describe(tree.path))
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
