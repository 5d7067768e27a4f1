import ContainerImage
import Foundation
import RootFileSystem
import TestSupport
import Testing

@Suite struct HostileLayerTests {
    private static let long = String(repeating: "x", count: 90)

    private static let lies: [(layers: [[TarMember]], code: String)] = [
        ([[.file("../a")]], "container.path-unsafe"), ([[.file("d/../../a")]], "container.path-unsafe"),
        ([[.file("d/../a")]], "container.path-unsafe"), ([[.file("/../a")]], "container.path-unsafe"),
        ([[.file("")]], "container.path-unsafe"), ([[.file("/")]], "container.path-unsafe"),
        ([[.file(".")]], "container.path-unsafe"), ([[.symbolicLink("./", "x")]], "container.path-unsafe"),
        ([[.pax([("path", String(repeating: "n", count: 256))]), .file("a")]], "container.path-unsafe"),
        ([[.pax([("path", String(repeating: "n/", count: 2100))]), .file("a")]], "container.path-unsafe"),
        ([[.pax([("path", "a\0b")]), .file("a")]], "container.path-unsafe"),
        // Through a symbolic link to nothing of the same layer or a lower one, in a circle, or through a file.
        ([[.symbolicLink("l", "/tmp"), .file("l/a")]], "container.path-unsafe"),
        ([[.symbolicLink("l", "/tmp")], [.file("l/a")]], "container.path-unsafe"),
        ([[.symbolicLink("l", "../../../tmp"), .file("l/a")]], "container.path-unsafe"),
        ([[.symbolicLink("l", "l"), .file("l/a")]], "container.path-unsafe"),
        ([[.symbolicLink("a", "b"), .symbolicLink("b", "a"), .file("a/c")]], "container.path-unsafe"),
        ([[.file("f"), .symbolicLink("l", "f"), .file("l/a")]], "container.path-unsafe"),
        ([[.file("f")], [.file("f/.wh.a")]], "container.path-unsafe"),
        ([[.symbolicLink("l", "/")], [.file("l/.wh..wh..opq")]], "container.path-unsafe"),
        ([[.file("a"), .file("a/b")]], "container.path-unsafe"),
        ([[.symbolicLink("l", "/etc"), .hardLink("h", "l/passwd")]], "container.link-invalid"),
        ([[.hardLink("h", "/etc/passwd")]], "container.link-invalid"),
        ([[.symbolicLink("l", "../../etc"), .hardLink("h", "l/passwd")]], "container.link-invalid"),
        ([[.hardLink("h", ".wh..wh.plnk/1.2")]], "container.link-invalid"),
        ([[.file(".wh..wh.plnk/1.2")], [.hardLink("h", ".wh..wh.plnk/1.2")]], "container.link-invalid"),
        ([[.hardLink("h", "../a")]], "container.link-invalid"), ([[.hardLink("h", "h")]], "container.link-invalid"),
        ([[.hardLink("h", "later"), .file("later")]], "container.link-invalid"),
        ([[.folder("d"), .hardLink("h", "d")]], "container.link-invalid"),
        ([[.file("a"), .hardLink("a", "a")]], "container.link-invalid"),
        ([[.hardLink("./", "x")]], "container.link-invalid"), ([[.hardLink("h", "")]], "container.link-invalid"),
        ([[.file("a")], [.file(".wh.a")], [.hardLink("h", "a")]], "container.link-invalid"),
        ([[.symbolicLink("l", "")]], "container.link-invalid"),
        (
            [[.pax([("linkpath", String(repeating: "x", count: 5000))]), .symbolicLink("l", "x")]],
            "container.link-invalid"
        ),
        ([[.pax([("linkpath", "a\0b")]), .symbolicLink("l", "x")]], "container.link-invalid"),
        ([[.file("a"), .file("a")]], "container.entry-twice"),
        ([[.file("a"), .symbolicLink("a", "b")]], "container.entry-twice"),
        ([[.folder("d"), .folder("d", mode: 0o700)]], "container.entry-twice"),
        ([[.file("d/f"), .file("d")]], "container.entry-twice"),
        ([[.file("a"), .file("b"), .hardLink("b", "a")]], "container.entry-twice"),
        ([[.file(".wh.")]], "container.whiteout-invalid"), ([[.file(".wh..")]], "container.whiteout-invalid"),
        ([[.file(".wh...")]], "container.whiteout-invalid"), ([[.file("d/.wh..")]], "container.whiteout-invalid"),
        ([[TarMember(type: "S")]], "container.entry-unsupported"),
        ([[TarMember(type: "V")]], "container.entry-unsupported"),
        ([[.pax([("GNU.sparse.major", "2")]), .file("a")]], "container.entry-unsupported"),
        ([[.pax([("SCHILY.realsize", "9")]), .file("a")]], "container.entry-unsupported"),
        ([[.pax([("GNU.sparse.major", "1")]), .file("a")]], "container.archive-field-invalid"),
        ([[.sparse("0,1,0,1", size: "9"), .file("a", "xy")]], "container.archive-field-invalid"),
        ([[.sparse("0,1", size: "9"), .file("a", "xy")]], "container.archive-field-invalid"),
        ([[.sparse("8,2", size: "9"), .file("a", "xy")]], "container.archive-field-invalid"),
        ([[.sparse("0,2,5", size: "9"), .file("a", "xy")]], "container.archive-field-invalid"),
        ([[.sparse("0,2", size: "99999999999999999"), .file("a", "xy")]], "container.limit-exceeded"),
        ([[.pax([("path", "b")], type: "g"), .file("a")]], "container.entry-unsupported"),
        ([[TarMember(type: "5", content: [1])]], "container.archive-field-invalid"),
        (
            [[.file("a"), TarMember(name: "b", type: "1", target: "a", content: [1])]],
            "container.archive-field-invalid"
        ),
        ([[TarMember(hasRightChecksum: false)]], "container.archive-field-invalid"),
        ([[TarMember(patch: (100, Array("00x0644".utf8)))]], "container.archive-field-invalid"),
        ([[TarMember(patch: (124, Array("9".utf8)))]], "container.archive-field-invalid"),
        ([[TarMember(patch: (124, [0xff]))]], "container.archive-field-invalid"),
        ([[TarMember(patch: (124, [0x80, 0xff, 0xff, 0xff, 0xff, 0xff]))]], "container.archive-field-invalid"),
        ([[TarMember(patch: (108, [0x80, 0, 0, 1, 0, 0, 0, 0]))]], "container.archive-field-invalid"),
        ([[.pax([("size", "-1")]), .file("a")]], "container.archive-field-invalid"),
        ([[.pax([("mtime", "soon")]), .file("a")]], "container.archive-field-invalid"),
        ([[.pax([("uid", "4294967296")]), .file("a")]], "container.archive-field-invalid"),
        ([[.pax([("SCHILY.xattr.", "x")]), .file("a")]], "container.archive-field-invalid"),
        (
            [[.pax([("SCHILY.xattr.user.a", "x"), ("SCHILY.xattr.user.a", "y")]), .file("a")]],
            "container.archive-field-invalid"
        ),
        (
            [[TarMember(name: "pax", type: "x", content: Array("9 a=b\n".utf8)), .file("a")]],
            "container.archive-field-invalid"
        ),
        ([[TarMember(name: "pax", type: "x", size: 2 << 20), .file("a")]], "container.archive-field-invalid"),
        ([[.pax([("path", "b")])]], "container.archive-truncated"),
        ([[TarMember(size: 1 << 30)]], "container.archive-truncated"),
    ]

    @Test(arguments: lies.indices)
    func `refuses a lie`(index: Int) throws {
        let (layers, expected) = Self.lies[index]
        let image = try ImageMaker(layers)
        #expect(code { _ = try image.tree() } == expected, "\(layers)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: image.folder.url.path) == ["image"])
    }

    private static let ends: [(bytes: [UInt8], code: String)] = [
        ([UInt8](repeating: 0, count: 512) + [1], "container.archive-truncated"),
        ([UInt8](repeating: 0, count: 512) + [UInt8](repeating: 1, count: 512), "container.archive-field-invalid"),
        ([UInt8](repeating: 0, count: 100), "container.archive-truncated"),
        (Array(TarMember.file("b").bytes.prefix(100)), "container.archive-truncated"),
    ]

    @Test(arguments: ends.indices)
    func `refuses an end that is none`(index: Int) throws {
        let (bytes, expected) = Self.ends[index]
        let image = try ImageMaker(archives: [TarMember.file("a").bytes + bytes])
        #expect(code { _ = try image.tree() } == expected)
    }

    @Test func `takes no longer where links lead to links, however deep`() throws {
        var layer: [TarMember] = [.folder("d")]
        for index in 0..<39 { layer.append(.symbolicLink("l\(index)", index == 0 ? "d" : "l\(index - 1)/././.")) }
        layer += (0..<2000).map { .file("l38/f\($0)") }
        #expect(try ImageMaker([layer]).listing().count > 2000)
        // A path through links may get longer than Linux allows.
        let deep = (0..<40).map { _ in String(repeating: "n", count: 90) }.joined(separator: "/")
        let further: [TarMember] = [
            .pax([("path", deep)]), .folder("x"), .pax([("linkpath", deep)]), .symbolicLink("s", "x"),
            .pax([("path", "s/" + deep)]), .folder("x"),
        ]
        #expect(code { _ = try ImageMaker([further]).tree() } == "container.path-unsafe")
        #expect(
            code { _ = try ImageMaker([layer]).tree(limits: .init(entries: 1000)) } == "container.limit-exceeded"
        )
    }

    @Test func `stops at its limits`() throws {
        let files = (0..<50).map { TarMember.file("f\($0)", String(repeating: "x", count: 100)) }
        let image = try ImageMaker([files, [.file("g")]])
        let limits: [ContainerLimits] = [
            .init(layerBytes: 40_000), .init(entries: 51), .init(metadataBytes: 100), .init(layers: 1),
        ]
        for limit in limits { #expect(code { _ = try image.tree(limits: limit) } == "container.limit-exceeded") }
        #expect(code { _ = try image.tree(limits: .init(layerBytes: 60_000, entries: 55, layers: 2)) } == nil)
    }

    @Test(arguments: [("gzip", "-nc", "+gzip"), ("zstd", "-qc", "+zstd"), ("xz", "-c", "+xz")])
    func `stops a bomb long before it is out`(program: String, argument: String, suffix: String) async throws {
        var flaws = ImageMaker.Flaws(layerType: ImageMaker.layerType + suffix)
        let bomb = TarMember.archive([TarMember(name: "zeros", content: [UInt8](repeating: 0, count: 64 << 20))])
        flaws.stored = [try await ImageMaker.compress(bomb, with: program, [argument])]
        let image = try ImageMaker(archives: [bomb], flaws: flaws)
        let before = try ResidentMemory.kilobytes()
        #expect(code { _ = try image.tree(limits: .init(layerBytes: 1 << 20)) } == "container.limit-exceeded")
        #expect(try ResidentMemory.kilobytes() - before < 128 << 10)
    }

    @Test func `takes no longer where whiteouts come again and again`() throws {
        let files = (0..<3000).map { TarMember.file("d/f\($0)") }
        let again = (0..<3000).flatMap { [.file("d/\($0)/.wh.x"), TarMember.file("d/n\($0)/e")] }
        let opaque = [TarMember](repeating: .file("d/.wh..wh..opq"), count: 3000)
        let image = try ImageMaker([files, again + opaque + [.file(".wh.d")]])
        let start = ContinuousClock.now
        #expect(try image.listing().count > 3000)
        #expect(ContinuousClock.now - start < .seconds(20))
    }

    @Test func `says which layer and which entry`() throws {
        let image = try ImageMaker([[.file("fine")], [.file("good"), .file("a/\u{1b}[31m/../b")]])
        let error = #expect(throws: ContainerError.self) { _ = try image.tree() }
        let subject = try #require(error?.subject)
        #expect(subject.contains("layer 2") && subject.contains("at byte 512"))
        #expect(!subject.contains("\u{1b}"))
    }
}
