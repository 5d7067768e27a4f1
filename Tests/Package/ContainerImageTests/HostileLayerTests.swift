import ContainerImage
import Foundation
import RootFileSystem
import TestSupport
import Testing

@Suite struct HostileLayerTests {
    private static let long = String(repeating: "x", count: 90)

    private static let lies: [(layers: [[TarMember]], code: String)] = [
        ([[.file("../a")]], "container.path-unsafe"), ([[.file("d/../../a")]], "container.path-unsafe"),
        ([[.file("d/../a")]], "container.path-unsafe"), ([[.file("/a")]], "container.path-unsafe"),
        ([[.file("d//a")]], "container.path-unsafe"), ([[.file("d/./a")]], "container.path-unsafe"),
        ([[.file("")]], "container.path-unsafe"), ([[.folder("/")]], "container.path-unsafe"),
        ([[.file(".")]], "container.path-unsafe"), ([[.symbolicLink("./", "x")]], "container.path-unsafe"),
        ([[.pax([("path", String(repeating: "n", count: 256))]), .file("a")]], "container.path-unsafe"),
        ([[.pax([("path", String(repeating: "n/", count: 2100))]), .file("a")]], "container.path-unsafe"),
        ([[.pax([("path", "a\0b")]), .file("a")]], "container.path-unsafe"),
        // Through a symbolic link of the same layer or a lower one, or through a file.
        ([[.symbolicLink("l", "/tmp"), .file("l/a")]], "container.path-unsafe"),
        ([[.symbolicLink("l", "/tmp")], [.file("l/a")]], "container.path-unsafe"),
        ([[.folder("d"), .symbolicLink("l", "d")], [.file("l/.wh.a")]], "container.path-unsafe"),
        ([[.symbolicLink("l", "/")], [.file("l/.wh..wh..opq")]], "container.path-unsafe"),
        ([[.file("a"), .file("a/b")]], "container.path-unsafe"),
        ([[.symbolicLink("l", "/etc"), .hardLink("h", "l/passwd")]], "container.link-invalid"),
        ([[.hardLink("h", "/etc/passwd")]], "container.link-invalid"),
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
        ([[.folder("./"), .folder("./", mode: 0o700)]], "container.entry-twice"),
        ([[.file(".wh.")]], "container.whiteout-invalid"), ([[.file(".wh..")]], "container.whiteout-invalid"),
        ([[.file(".wh...")]], "container.whiteout-invalid"), ([[.file("d/.wh..")]], "container.whiteout-invalid"),
        ([[.file(".wh..wh.plnk")]], "container.whiteout-invalid"),
        ([[.file(".wh.d/f")]], "container.whiteout-invalid"), ([[.folder(".wh.d")]], "container.whiteout-invalid"),
        ([[.file(".wh.a", "content")]], "container.whiteout-invalid"),
        ([[.file("a"), .hardLink(".wh.b", "a")]], "container.whiteout-invalid"),
        ([[.symbolicLink(".wh..wh..opq", "/")]], "container.whiteout-invalid"),
        ([[TarMember(type: "S")]], "container.entry-unsupported"),
        ([[TarMember(type: "V")]], "container.entry-unsupported"),
        ([[.pax([("GNU.sparse.major", "1")]), .file("a")]], "container.entry-unsupported"),
        ([[.pax([("SCHILY.acl.access", "user::rwx")]), .file("a")]], "container.entry-unsupported"),
        ([[.pax([("path", "b")], type: "g"), .file("a")]], "container.entry-unsupported"),
        ([[TarMember(type: "5", content: [1])]], "container.archive-field-invalid"),
        ([[TarMember(type: "1", target: "a", content: [1])]], "container.archive-field-invalid"),
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

    @Test func `refuses what stands behind the end`() throws {
        let image = try ImageMaker(archives: [TarMember.archive([.file("a")]) + [1]])
        #expect(code { _ = try image.tree() } == "container.archive-field-invalid")
    }

    @Test func `stops at its limits`() throws {
        let files = (0..<50).map { TarMember.file("f\($0)", String(repeating: "x", count: 100)) }
        let image = try ImageMaker([files, [.file("g")]])
        let limits: [ContainerLimits] = [
            .init(layerBytes: 40_000), .init(entries: 51), .init(metadataBytes: 100), .init(layers: 1),
        ]
        for limit in limits { #expect(code { _ = try image.tree(limits: limit) } == "container.limit-exceeded") }
        #expect(code { _ = try image.tree(limits: .init(layerBytes: 60_000, entries: 52, layers: 2)) } == nil)
    }

    @Test(arguments: [("gzip", "-nc", "+gzip"), ("zstd", "-qc", "+zstd"), ("xz", "-c", "+xz")])
    func `stops a bomb long before it is out`(program: String, argument: String, suffix: String) throws {
        var flaws = ImageMaker.Flaws(layerType: ImageMaker.layerType + suffix)
        flaws.pack = ImageMaker.packer(program, argument)
        let bomb = TarMember(name: "zeros", content: [UInt8](repeating: 0, count: 64 << 20))
        let image = try ImageMaker([[bomb]], flaws: flaws)
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
