import ContainerImage
import Foundation
import RootFileSystem
import TestSupport
import Testing

/// Layers as other programs write them, with what umoci 0.4 and buildah 1.28 make of them.
@Suite struct ForeignLayerTests {
    private static let base: [TarMember] = [
        .folder("usr"), .folder("usr/lib"), .file("usr/lib/old", "old"), .symbolicLink("lib", "usr/lib"),
        .symbolicLink("alib", "/usr/lib"), .file("file", "F"), .symbolicLink("sl", "file"),
        TarMember(name: "null", type: "3", mode: 0o666, device: (1, 3)), TarMember(name: "pipe", type: "6"),
    ]

    /// The second layer, the lines that it adds to the listing, and those that it takes away.
    private static let cases: [(layer: [TarMember], added: [String], removed: [String])] = [
        // Names.
        ([.file("/a", "x")], ["a 100644 0:0 x"], []), ([.file("usr//a", "x")], ["usr/a 100644 0:0 x"], []),
        ([.file("usr/./a", "x")], ["usr/a 100644 0:0 x"], []), ([.file("//usr///a/", "x")], ["usr/a 100644 0:0 x"], []),
        ([.folder("/", mode: 0o711)], [". 40711 0:0"], [". 40755 0:0"]),
        ([.folder("."), .folder("./", mode: 0o700)], [". 40700 0:0"], [". 40755 0:0"]),
        // Through links, which lead nowhere but into the image.
        ([.file("lib/new", "n")], ["usr/lib/new 100644 0:0 n"], []),
        ([.file("alib/new", "n")], ["usr/lib/new 100644 0:0 n"], []),
        (
            [.symbolicLink("m", "usr/lib"), .file("m/new", "n")], ["m 120777 0:0 usr/lib", "usr/lib/new 100644 0:0 n"],
            []
        ),
        ([.symbolicLink("o", "../../.."), .file("o/x", "n")], ["o 120777 0:0 ../../..", "x 100644 0:0 n"], []),
        (
            [.symbolicLink("usr/o", "../../../../usr/lib"), .file("usr/o/x", "n")],
            ["usr/lib/x 100644 0:0 n", "usr/o 120777 0:0 ../../../../usr/lib"], []
        ),
        (
            [.folder("lib"), .file("lib/new", "n")], ["lib 40755 0:0", "lib/new 100644 0:0 n"],
            ["lib 120777 0:0 usr/lib"]
        ),
        ([.file("lib/d/e", "n")], ["usr/lib/d 40755 0:0", "usr/lib/d/e 100644 0:0 n"], []),
        ([.file("usr/lib/t", "1"), .file("lib/t", "2")], ["usr/lib/t 100644 0:0 2"], []),
        // Hard links.
        ([.hardLink("g", "/file")], ["g 100644 0:0 F"], []), ([.hardLink("g", "./file")], ["g 100644 0:0 F"], []),
        ([.hardLink("g", "lib/old")], ["g 100644 0:0 old"], []),
        ([.hardLink("g", "alib/old")], ["g 100644 0:0 old"], []),
        ([.hardLink("lib/g", "file")], ["usr/lib/g 100644 0:0 F"], []),
        ([.symbolicLink("o", "../.."), .hardLink("g", "o/file")], ["g 100644 0:0 F", "o 120777 0:0 ../.."], []),
        ([.hardLink("g", "sl")], ["g 120777 0:0 file"], []), ([.hardLink("g", "null")], ["g 20666 0:0 1:3"], []),
        ([.hardLink("g", "pipe")], ["g 10644 0:0"], []),
        ([TarMember(name: "g", type: "1", target: "file", size: 1)], ["g 100644 0:0 F"], []),
        // Whiteouts, of every type and through links.
        ([.folder(".wh.file")], [], ["file 100644 0:0 F"]), ([.file(".wh.file", "x")], [], ["file 100644 0:0 F"]),
        ([.symbolicLink(".wh.file", "x")], [], ["file 100644 0:0 F"]),
        ([.hardLink(".wh.file", ".wh..wh.aufs")], [], ["file 100644 0:0 F"]),
        ([.file("lib/.wh.old")], [], ["usr/lib/old 100644 0:0 old"]),
        ([.file("/alib/.wh.old")], [], ["usr/lib/old 100644 0:0 old"]), ([.file("file/.wh..wh..opq")], [], []),
        ([.file(".wh.lib")], [], ["lib 120777 0:0 usr/lib"]),
        ([.file(".wh.d/x", "1")], [".wh.d 40755 0:0", ".wh.d/x 100644 0:0 1"], []),
        // AUFS's own entries.
        ([.file(".wh..wh.aufs"), .folder(".wh..wh.plnk", mode: 0o700), .folder(".wh..wh.orph", mode: 0o700)], [], []),
        (
            [.file(".wh..wh.plnk/1.2", "c"), .hardLink("g", ".wh..wh.plnk/1.2"), .hardLink("h", ".wh..wh.plnk/1.2")],
            ["g 100644 0:0 c", "h 100644 0:0 c"], []
        ),
        ([.file("usr/.wh..wh.x", "c")], [], []),
        // Records and headers.
        ([.pax([("comment", "x")], type: "g"), .file("g", "1")], ["g 100644 0:0 1"], []),
        ([.pax([("SCHILY.acl.access", "user::rwx")]), .file("g", "1")], ["g 100644 0:0 1"], []),
        ([.pax([("LIBARCHIVE.xattr.user.k", "dg==")]), .file("g", "1")], ["g 100644 0:0 1"], []),
        ([.pax([("path", ""), ("uid", "")]), .file("g", "1")], ["g 100644 0:0 1"], []),
        ([TarMember(name: "g", type: "2", target: "x", size: 5)], ["g 120777 0:0 x"], []),
        ([TarMember(name: "g", type: "5", mode: 0o700, size: 5)], ["g 40700 0:0"], []),
        ([TarMember(name: "g", mode: 0o100600)], ["g 100600 0:0"], []),
        ([TarMember(name: "g", patch: (100, Array(" 0644 \0".utf8)))], ["g 100644 0:0"], []),
        ([TarMember(name: "g", patch: (108, [UInt8](repeating: 0, count: 16)))], ["g 100644 0:0"], []),
        (
            [TarMember(name: "g/", type: "\0", mode: 0o700, patch: (257, [0, 0, 0, 0, 0, 0, 0, 0]))], ["g 40700 0:0"],
            []
        ),
        // Sparse files of GNU tar's formats 0.0, 0.1 and 1.0.
        (
            [
                .pax([
                    ("GNU.sparse.size", "4"), ("GNU.sparse.numblocks", "2"), ("GNU.sparse.offset", "0"),
                    ("GNU.sparse.numbytes", "1"), ("GNU.sparse.offset", "3"), ("GNU.sparse.numbytes", "1"),
                ]), .file("g", "ab"),
            ], ["g 100644 0:0 a\0\0b"], []
        ),
        ([.sparse("1,2", size: "4"), .file("g", "ab")], ["g 100644 0:0 \0ab\0"], []),
        (
            [
                .pax([
                    ("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.name", "g"),
                    ("GNU.sparse.realsize", "5"),
                ]),
                .file("GNUSparseFile.0/g", "1\n2\n3\n" + String(repeating: "\0", count: 506) + "xyz"),
            ], ["g 100644 0:0 \0\0xyz"], []
        ),
    ]

    @Test(arguments: cases.indices)
    func `reads what umoci and buildah read`(index: Int) throws {
        let (layer, added, removed) = Self.cases[index]
        let before = try Set(ImageMaker([Self.base]).listing())
        let after = try Set(ImageMaker([Self.base, layer]).listing())
        #expect(after.subtracting(before) == Set(added), "\(layer)")
        #expect(before.subtracting(after) == Set(removed), "\(layer)")
    }

    private static let ends: [[UInt8]] = [
        [], [UInt8](repeating: 0, count: 512), [UInt8](repeating: 0, count: 1024) + Array("garbage".utf8),
        [UInt8](repeating: 0, count: 1024) + TarMember.file("b").bytes,
    ]

    @Test(arguments: ends.indices)
    func `reads to the end, whichever it is`(index: Int) throws {
        let image = try ImageMaker(archives: [TarMember.file("a", "x").bytes + Self.ends[index]])
        #expect(try image.listing() == [". 40755 0:0", "a 100644 0:0 x"])
    }

    @Test func `reads a last entry without padding, and a layer of no bytes`() throws {
        #expect(
            try ImageMaker(archives: [Array(TarMember.file("a", "x").bytes.prefix(513))]).listing()
                == [". 40755 0:0", "a 100644 0:0 x"]
        )
        let empty = try ImageMaker(archives: [[]], flaws: .init(layerType: ImageMaker.layerType + "+gzip"))
        #expect(try empty.listing() == [". 40755 0:0"])
    }

    private static let streams:
        [(name: String, suffix: String, pack: @Sendable ([UInt8]) async throws -> [UInt8], isRead: Bool)] = [
            ("garbage", "+gzip", { try await gzip($0) + Array("garbage".utf8) }, false),
            ("zeros", "+gzip", { try await gzip($0) + [0, 0, 0, 0] }, false),
            ("members", "+gzip", { try await gzip(Array($0.prefix(600))) + gzip(Array($0.dropFirst(600))) }, true),
            ("an empty member", "+gzip", { try await gzip($0) + gzip([]) }, true),
            (
                "a cut member", "+gzip",
                { try await gzip(Array($0.prefix(600))) + gzip(Array($0.dropFirst(600))).dropLast(3) }, false
            ),
            ("no compression", "+gzip", { $0 }, false), ("unsaid compression", "", { try await gzip($0) }, false),
            ("frames", "+zstd", { try await zstd(Array($0.prefix(600))) + zstd(Array($0.dropFirst(600))) }, true),
            ("a skippable frame", "+zstd", { try await zstd($0) + [0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 1, 2] }, true),
            ("garbage", "+zstd", { try await zstd($0) + Array("garbage".utf8) }, false),
        ]

    private static func gzip(_ bytes: [UInt8]) async throws -> [UInt8] { try await ImageMaker.compress(bytes) }
    private static func zstd(_ bytes: [UInt8]) async throws -> [UInt8] {
        try await ImageMaker.compress(bytes, with: "zstd", ["-qc"])
    }

    @Test(arguments: streams.indices)
    func `reads and refuses compressed streams as umoci and buildah do`(index: Int) async throws {
        let (name, suffix, pack, isRead) = Self.streams[index]
        var flaws = ImageMaker.Flaws(layerType: ImageMaker.layerType + suffix)
        let archive = TarMember.archive([.file("a", "x")])
        flaws.stored = [try await pack(archive)]
        let image = try ImageMaker(archives: [archive], flaws: flaws)
        #expect(code { _ = try image.tree() } == (isRead ? nil : "container.layer-damaged"), "\(name) \(suffix)")
    }

    @Test func `says whose way is another where programs differ`() throws {
        let differing: [([[TarMember]], String)] = [
            ([[.symbolicLink("l", "none"), .file("l/a")]], "umoci"), ([[.file("a"), .file("a", "2")]], "buildah"),
            ([[.folder("d"), .symbolicLink("l", "d")], [.file("l/.wh..wh..opq")]], "buildah"),
            ([[.pax([("mtime", "1")], type: "g"), .file("a")]], "GNU tar"), ([[.file("a/../b")]], "GNU tar"),
            ([[TarMember(type: "S")]], "--format=posix"),
        ]
        for (layers, word) in differing {
            let error = #expect(throws: ContainerError.self) { _ = try ImageMaker(layers).tree() }
            let text = [error?.expected, error?.found].compactMap(\.self).joined(separator: " ")
            #expect(text.contains(word), "\(layers)")
        }
    }
}
