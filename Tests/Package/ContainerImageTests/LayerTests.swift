import ContainerImage
import Foundation
import RootFileSystem
import TestSupport
import Testing

@Suite struct LayerTests {
    @Test func `keeps everything that a layer says`() throws {
        let image = try ImageMaker([
            [
                TarMember(name: "./", type: "5", mode: 0o711, owner: 3),
                TarMember(name: "./d/", type: "5", mode: 0o1777, owner: 1, group: 2),
                TarMember(name: "d/f", mode: 0o4755, owner: 1000, group: 1001, content: Array("hello".utf8)),
                .hardLink("g", "./d/f"), .symbolicLink("l", "../../etc"),
                TarMember(name: "null", type: "3", mode: 0o666, device: (1, 3)),
                TarMember(name: "disk", type: "4", mode: 0o660, device: (259, 1_048_575)),
                TarMember(name: "pipe", type: "6"), .file("implied/by/path", "x"),
                .pax([("path", "long/" + String(repeating: "n", count: 200)), ("uid", "4000000000")]), .file("short"),
            ]
        ])
        #expect(
            try image.listing() == [
                ". 40711 3:0", "d 41777 1:2", "d/f 104755 1000:1001 hello", "disk 60660 0:0 259:1048575",
                "g 104755 1000:1001 hello", "implied 40755 0:0", "implied/by 40755 0:0", "implied/by/path 100644 0:0 x",
                "l 120777 0:0 ../../etc", "long 40755 0:0",
                "long/\(String(repeating: "n", count: 200)) 100644 4000000000:0",
                "null 20666 0:0 1:3", "pipe 10644 0:0",
            ]
        )
    }

    /// Layers, and the expected result of applying them.
    static let cases: [(name: String, layers: [[TarMember]], listing: [String])] = [
        ("a whiteout hides", [[.file("a"), .file("b")], [.file(".wh.a")]], ["b 100644 0:0"]),
        (
            "a whiteout hides a whole folder", [[.file("d/e/f"), .file("d/g")], [.file("d/.wh.e")]],
            ["d 40755 0:0", "d/g 100644 0:0"]
        ),
        ("a whiteout of nothing is none", [[.file("a")], [.file(".wh.b"), .file("x/.wh.y")]], ["a 100644 0:0"]),
        (
            "a whiteout spares its own layer, whichever comes first",
            [[.file("a", "1"), .file("b", "1")], [.file("a", "2"), .file(".wh.a"), .file(".wh.b"), .file("b", "2")]],
            ["a 100644 0:0 2", "b 100644 0:0 2"]
        ),
        (
            "a hidden folder that a path goes through is a new one",
            [[.folder("d", mode: 0o700), .file("d/old")], [.file("d/new"), .file(".wh.d")]],
            ["d 40755 0:0", "d/new 100644 0:0"]
        ),
        (
            "an opaque folder hides all of the layers below, whenever it is said",
            [
                [.folder("d", mode: 0o700), .file("d/old"), .file("d/e/old")],
                [.file("d/new"), .file("d/.wh..wh..opq"), .file("d/e/new")],
            ],
            ["d 40700 0:0", "d/e 40755 0:0", "d/e/new 100644 0:0", "d/new 100644 0:0"]
        ),
        ("an opaque root hides everything", [[.file("a")], [.file(".wh..wh..opq"), .file("b")]], ["b 100644 0:0"]),
        (
            "a folder stated again keeps what it holds", [[.file("d/f")], [.folder("d", mode: 0o700)]],
            ["d 40700 0:0", "d/f 100644 0:0"]
        ),
        ("a file takes a folder's place", [[.file("d/f")], [.file("d", "x")]], ["d 100644 0:0 x"]),
        ("a link takes a folder's place", [[.file("d/f")], [.symbolicLink("d", "e")]], ["d 120777 0:0 e"]),
        ("a folder takes a link's place", [[.symbolicLink("d", "/")], [.folder("d")]], ["d 40755 0:0"]),
        (
            "a new file leaves the other names of the old one alone",
            [[.file("a", "1"), .hardLink("b", "a")], [.file("a", "2")]], ["a 100644 0:0 2", "b 100644 0:0 1"]
        ),
        (
            "a hard link reaches a lower layer", [[.file("a", "1")], [.hardLink("b", "a"), .file(".wh.a")]],
            ["b 100644 0:0 1"]
        ),
        (
            "a hidden layer can be seen no more, and a third may write again",
            [[.file("a", "1")], [.file(".wh.a")], [.file("a", "3")]], ["a 100644 0:0 3"]
        ),
        ("a folder may stand twice, the same", [[.folder("d"), .folder("d/")]], ["d 40755 0:0"]),
        ("an empty image is an empty root", [], []), ("an empty layer is none", [[]], []),
    ]

    @Test func `adds the folders that the kernel's own file systems need, and leaves what is there`() throws {
        let image = try ImageMaker([[.folder("proc", mode: 0o555), .symbolicLink("dev", "tmp")]])
        try image.tree().write(toFolder: image.beside("out"), replacing: false)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: image.beside("out/dev")) == "tmp")
        for (name, mode) in [("proc", 0o555), ("sys", 0o755)] {
            let attributes = try FileManager.default.attributesOfItem(atPath: image.beside("out/\(name)"))
            #expect(attributes[.posixPermissions] as? Int == mode)
        }
    }

    @Test(arguments: cases.indices)
    func `puts layers on each other`(index: Int) throws {
        let (name, layers, listing) = Self.cases[index]
        #expect(try ImageMaker(layers).listing() == [". 40755 0:0"] + listing, "\(name)")
    }

    @Test func `keeps times up to the latest, and none before 1970`() throws {
        let image = try ImageMaker([
            [
                TarMember(name: "a", modified: 1000), TarMember(name: "b", modified: 3000),
                .pax([("mtime", "-5.5")]), TarMember(name: "c"), .pax([("mtime", "1500.999")]), TarMember(name: "d"),
            ]
        ])
        try CpioWriter.write(try image.tree(latestTime: 2000), to: image.beside("a.cpio"), replacing: false)
        var reader = try CpioReader(opening: image.beside("a.cpio"))
        var times: [String: Int64] = [:]
        while let entry = try reader.next() { times["\(entry.path)"] = entry.metadata.modified }
        let added = ["appenv.json": Int64(0), "dev": 0, "proc": 0, "sys": 0]
        #expect(times == [".": 0, "a": 1000, "b": 2000, "c": 0, "d": 1500].merging(added) { $1 })
    }

    @Test(arguments: [
        ("gzip", ["-nc"], "+gzip"), ("zstd", ["-qc"], "+zstd"), ("xz", ["-c"], "+xz"), ("cat", [], ""),
    ])
    func `reads every compression`(program: String, arguments: [String], suffix: String) async throws {
        var flaws = ImageMaker.Flaws(layerType: ImageMaker.layerType + suffix)
        let noise = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
        let archives = [TarMember(name: "f", content: noise), .file("g", "x")].map { TarMember.archive([$0]) }
        var stored: [[UInt8]] = []
        for archive in archives { stored.append(try await ImageMaker.compress(archive, with: program, arguments)) }
        flaws.stored = stored
        let image = try ImageMaker(archives: archives, flaws: flaws)
        try image.tree().write(toFolder: image.beside("out"), replacing: false)
        #expect(try Data(contentsOf: URL(filePath: image.beside("out/f"))) == Data(noise))
        #expect(try Data(contentsOf: URL(filePath: image.beside("out/g"))) == Data("x".utf8))
    }

    @Test func `keeps the configuration in the root`() throws {
        let image = try ImageMaker([[.file("appenv.json", "old")]])
        try image.tree().write(toFolder: image.beside("out"), replacing: false)
        let bytes = try Data(contentsOf: URL(filePath: image.beside("out/appenv.json")))
        let document = try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
        #expect(document["Env"] as? [String] == ["A=b"])
        #expect(document["Cmd"] as? [String] == ["/x"])
        #expect(document["WorkingDir"] as? String == "/w")
        #expect(document["User"] as? String == "7")
    }

    @Test func `replaces a folder as a whole, and only when told`() throws {
        let image = try ImageMaker([[.file("new", "x"), .folder("closed", mode: 0o500), .file("closed/f")]])
        let out = image.beside("out")
        try FileManager.default.createDirectory(atPath: out + "/old/closed", withIntermediateDirectories: true)
        try FileManager.default.setAttributes([.posixPermissions: 0o500], ofItemAtPath: out + "/old")
        #expect(code { try image.tree().write(toFolder: out, replacing: false) } == "tree.destination-in-use")
        try image.tree().write(toFolder: out, replacing: true)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: out).sorted()
                == ["appenv.json", "closed", "dev", "new", "proc", "sys"]
        )
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: image.folder.url.path).sorted() == ["image", "out"]
        )
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: out + "/closed")
    }

    @Test func `ends early, and leaves nothing behind`() throws {
        let image = try ImageMaker([[.file("a", "x")]])
        let tree = try image.tree()
        let interruption = Interruption()
        interruption.request()
        #expect(
            code { try tree.write(toFolder: image.beside("out"), replacing: false, interruption: interruption) }
                == "file.interrupted"
        )
        #expect(
            code {
                try CpioWriter.write(tree, to: image.beside("o"), replacing: false, interruption: interruption)
            } == "file.interrupted"
        )
        let opened = try ContainerImage(opening: image.path, spoolFolder: image.folder.url.path)
        #expect(
            code { _ = try opened.tree(spoolFolder: image.folder.url.path, interruption: interruption) }
                == "file.interrupted"
        )
        #expect(try FileManager.default.contentsOfDirectory(atPath: image.folder.url.path) == ["image"])
    }
}
