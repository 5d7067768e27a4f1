import Foundation
import RootFileSystem
import TestSupport
import Testing

@Suite struct HostileCpioTests {
    /// An entry as an archive's maker may lie about it.
    struct Lie: Sendable {
        var name = "a"
        var mode: UInt32 = 0o100644
        var links: UInt32 = 1
        var content = ""
        var inode: UInt32 = 1
        var magic = "070701"
        var check: UInt32 = 0
        var device: UInt32 = 0
        var nameSize: Int?
        var size: Int?
        var padding: UInt8 = 0

        var bytes: [UInt8] {
            let fields = [
                inode, mode, 0, 0, links, 0, UInt32(size ?? content.utf8.count), 0, 0, device, 0,
                UInt32(nameSize ?? name.utf8.count + 1), check,
            ]
            var bytes =
                Array((magic + fields.map { String(format: "%08X", $0) }.joined()).utf8) + Array(name.utf8) + [0]
            while bytes.count % 4 != 0 { bytes.append(padding) }
            bytes += Array(content.utf8)
            while bytes.count % 4 != 0 { bytes.append(padding) }
            return bytes
        }

        static let trailer = Lie(name: "TRAILER!!!", mode: 0, inode: 0)
        static let folder = Lie(name: "d", mode: 0o40755)
    }

    private static let lies: [(lies: [Lie], code: RootFileSystemError.Code)] = [
        ([Lie(magic: "070703")], .cpioFieldInvalid), ([Lie(name: "../a")], .treePathUnsafe),
        ([Lie(name: "/a")], .treePathUnsafe), ([Lie(name: "d/../../a")], .treePathUnsafe),
        ([Lie(name: "d/../a")], .treePathUnsafe),
        ([Lie(name: "")], .treePathUnsafe),
        ([Lie(name: "a\0b")], .cpioFieldInvalid), ([Lie(name: "ab", nameSize: 2)], .cpioFieldInvalid),
        ([Lie(nameSize: 0)], .cpioFieldInvalid), ([Lie(nameSize: 5000)], .cpioFieldInvalid),
        ([Lie(), Lie()], .treeEntryTwice), ([.folder, Lie(name: "d")], .treeEntryTwice),
        ([Lie(name: "d"), .folder], .treeEntryTwice),
        ([Lie(name: "s", mode: 0o120777, content: "d"), Lie(name: "s", mode: 0o40755)], .treeEntryTwice),
        ([Lie(name: ".")], .cpioFieldInvalid),
        ([Lie(), Lie(name: "a/b/c")], .treePathUnsafe), ([Lie(), Lie(name: "a/b")], .treePathUnsafe),
        ([Lie(name: "s", mode: 0o120777, content: "/tmp"), Lie(name: "s/a")], .treePathUnsafe),
        ([.folder, Lie(name: "s", mode: 0o120777, content: "d"), Lie(name: "s/a")], .treePathUnsafe),
        ([Lie(mode: 0o120777)], .cpioFieldInvalid), ([Lie(mode: 0o120777, content: "a\0b")], .treePathUnsafe),
        ([Lie(mode: 0o40755, content: "x")], .cpioFieldInvalid),
        ([Lie(mode: 0o10644, content: "x")], .cpioFieldInvalid),
        ([Lie(mode: 0o644)], .cpioFieldInvalid), ([Lie(mode: 0x1_81a4)], .cpioFieldInvalid),
        ([Lie(links: 0)], .cpioFieldInvalid), ([Lie(check: 1)], .cpioFieldInvalid),
        ([Lie(device: 1)], .cpioFieldInvalid),
        ([Lie(name: "ab", padding: 1)], .cpioPaddingInvalid),
        ([Lie(name: "ab", content: "x", padding: 1)], .cpioPaddingInvalid),
        ([Lie(links: 2, content: "x"), Lie(name: "b", links: 2, content: "y")], .cpioLinkInvalid),
        ([Lie(links: 2, content: "x"), Lie(name: "b", mode: 0o104755, links: 2)], .cpioLinkInvalid),
        ([Lie(content: "x", size: 1 << 30)], .cpioTruncated),
        ([Lie(name: "TRAILER!!!", mode: 0, content: "x")], .cpioTrailerInvalid),
        ([.trailer, Lie(name: "../a")], .treePathUnsafe), ([.trailer, Lie(), Lie()], .treeEntryTwice),
        ([.trailer, Lie(magic: "x70701")], .cpioTrailerInvalid), ([.trailer, Lie(magic: "070703")], .cpioFieldInvalid),
        ([Lie(name: "d/f"), .trailer, Lie(name: "d")], .treeEntryTwice),
        ([Lie(name: "s", mode: 0o120777, content: "/tmp"), .trailer, Lie(name: "s/a")], .treePathUnsafe),
        ([Lie(content: "x", magic: "070702", check: 121)], .cpioChecksumMismatch),
    ]

    @Test(arguments: lies.indices)
    func `refuses a lie, and leaves nothing behind`(index: Int) throws {
        let (lies, code) = Self.lies[index]
        let folder = try TemporaryFolder()
        let archive = folder.url.appending(path: "a.cpio")
        try Data((lies + [.trailer]).flatMap(\.bytes)).write(to: archive)
        let found = failure { try CpioExtractor.extract(archive.path, to: folder.url.appending(path: "out").path) }
        #expect(found == code)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["a.cpio"])
    }

    private static let small: [Lie] = [
        Lie(name: ".", mode: 0o40755), .folder, Lie(name: "d/f", content: "hello"),
        Lie(name: "l", mode: 0o120777, content: "d/f"),
        Lie(name: "h", links: 2, inode: 9), Lie(name: "i", links: 2, content: "linked", inode: 9), .trailer,
    ]

    @Test func `refuses an archive that ends at any byte too soon`() throws {
        let folder = try TemporaryFolder()
        let archive = folder.url.appending(path: "a.cpio")
        let whole = Self.small.flatMap(\.bytes)
        try Data(whole).write(to: archive)
        try CpioExtractor.extract(archive.path, to: folder.url.appending(path: "out").path)
        for count in 0..<whole.count - 1 {
            try Data(whole[..<count]).write(to: archive)
            let found = failure { try CpioExtractor.extract(archive.path, to: folder.url.appending(path: "cut").path) }
            #expect(found == .cpioTruncated, "cut at \(count)")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted() == ["a.cpio", "out"])
    }

    @Test(arguments: [UInt8(0x01), 0x10, 0x80])
    func `refuses or survives a flip in every byte`(bit: UInt8) async throws {
        let folder = try TemporaryFolder()
        let archive = folder.url.appending(path: "a.cpio")
        let whole = Self.small.flatMap(\.bytes)
        for index in whole.indices {
            var flipped = whole
            flipped[index] ^= bit
            try Data(flipped).write(to: archive)
            let destination = folder.url.appending(path: "out").path
            if failure({ try CpioExtractor.extract(archive.path, to: destination) }) == nil {
                try await Shell.run("chmod -R u+rwx \(destination); rm -r \(destination)")
            }
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["a.cpio"],
                "flip at \(index)"
            )
        }
    }
}
