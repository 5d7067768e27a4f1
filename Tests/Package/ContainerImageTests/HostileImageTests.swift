import ContainerImage
import Foundation
import RootFileSystem
import TestSupport
import Testing

@Suite struct HostileImageTests {
    private static let layers: [[TarMember]] = [[.file("a", "x")]]
    private static let zero = String(repeating: "0", count: 64)

    private static let manifests: [(from: String, to: String, code: String)] = [
        (#""schemaVersion":2"#, #""schemaVersion":1"#, "container.document-invalid"),
        (#""schemaVersion":2"#, #""schemaVersion":2,"mediaType":"x""#, "container.document-invalid"),
        ("image.config.v1", "image.config.v9", "container.media-type-unsupported"),
        (#""layers":["#, #""layers":[null,"#, "container.document-invalid"),
        (#""config":"#, #""gifnoc":"#, "container.document-invalid"),
        ("sha256:", "md5:", "container.digest-unsupported"), ("sha256:", "sha256:../", "container.digest-unsupported"),
        (#""size":2048"#, #""size":2047"#, "container.blob-size-mismatch"),
        (#""size":2048"#, #""size":-1"#, "container.blob-size-mismatch"),
        (#""size":2048"#, #""size":1e400"#, "container.document-invalid"),
        ("{", "", "container.document-invalid"), ("v1.tar\"", "v1.tar+zstd\"", "container.layer-damaged"),
        ("v1.tar\"", "v1.tar+br\"", "container.media-type-unsupported"),
        ("v1.tar\"", "v1.tar+gzip+encrypted\"", "container.layer-encrypted"),
        ("layer.v1.tar\"", "layer.nondistributable.v1.tar+gzip\"", "container.layer-foreign"),
        (
            "application/vnd.oci.image.layer.v1.tar\"", "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip\"",
            "container.layer-foreign"
        ),
    ]

    @Test(arguments: manifests.indices)
    func `refuses a manifest`(index: Int) throws {
        let (from, to, expected) = Self.manifests[index]
        let image = try ImageMaker(Self.layers, flaws: .init(manifest: (from, to)))
        #expect(code { _ = try image.tree() } == expected, "\(from) → \(to)")
    }

    private static let configurations: [(from: String, to: String, code: String)] = [
        ("amd64", "arm64", "container.platform-missing"), ("linux", "windows", "container.platform-missing"),
        (#""type":"layers""#, #""type":"x""#, "container.document-invalid"),
        (#""diff_ids":["#, #""diff_ids":["sha256:\#(zero)","#, "container.document-invalid"),
        ("sha256:", "sha256:x", "container.digest-unsupported"),
        (#""Env":["A=b"]"#, #""Env":7"#, "container.document-invalid"),
    ]

    @Test(arguments: configurations.indices)
    func `refuses a configuration`(index: Int) throws {
        let (from, to, expected) = Self.configurations[index]
        let image = try ImageMaker(Self.layers, flaws: .init(configuration: (from, to)))
        #expect(code { _ = try image.tree() } == expected, "\(from) → \(to)")
    }

    private static let indexes: [(from: String, to: String, code: String)] = [
        ("image.manifest.v1", "image.manifest.v9", "container.media-type-unsupported"),
        (
            "vnd.oci.image.manifest.v1+json", "vnd.docker.distribution.manifest.v1+json",
            "container.media-type-unsupported"
        ),
        (#""manifests":["#, #""manifests":["x","#, "container.document-invalid"),
        (
            #"}]"#, #","platform":{"os":"linux","architecture":"s390x"}}]"#, "container.platform-missing"
        ),
        ("sha256:", "sha256:\(zero.dropLast(4))ffff\",\"x\":\"", "container.blob-missing"),
    ]

    @Test(arguments: indexes.indices)
    func `refuses an index`(index: Int) throws {
        let (from, to, expected) = Self.indexes[index]
        let image = try ImageMaker(Self.layers, flaws: .init(index: (from, to)))
        #expect(code { _ = try image.tree() } == expected, "\(from) → \(to)")
    }

    /// The blobs of an image, by kind.
    private static func blobs(_ image: ImageMaker) throws -> [(kind: String, url: URL)] {
        let folder = URL(filePath: image.path).appending(path: "blobs/sha256")
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil).map { url in
            let text = String(decoding: try Data(contentsOf: url), as: UTF8.self)
            return (text.contains("schemaVersion") ? "manifest" : text.contains("rootfs") ? "config" : "layer", url)
        }
    }

    @Test(arguments: ["manifest", "config", "layer"])
    func `refuses a blob of another digest, another size, and none`(kind: String) throws {
        let image = try ImageMaker(Self.layers)
        let url = try #require(try Self.blobs(image).first { $0.kind == kind }?.url)
        let bytes = try Data(contentsOf: url)
        for index in stride(from: 0, to: bytes.count, by: 97) {
            var flipped = bytes
            flipped[index] ^= 1
            try flipped.write(to: url)
            #expect(code { _ = try image.tree() } == "container.blob-digest-mismatch", "flip at \(index)")
        }
        try (bytes + [0]).write(to: url)
        #expect(code { _ = try image.tree() } == "container.blob-size-mismatch")
        try bytes.dropLast().write(to: url)
        #expect(code { _ = try image.tree() } == "container.blob-size-mismatch")
        try FileManager.default.removeItem(at: url)
        #expect(code { _ = try image.tree() } == "container.blob-missing")
        try FileManager.default.createSymbolicLink(atPath: url.path, withDestinationPath: "/etc/passwd")
        #expect(code { _ = try image.tree() } == "file.unreadable")
        try FileManager.default.removeItem(at: url)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        #expect(code { _ = try image.tree() } == "container.path-unsafe")
    }

    @Test func `refuses a layer whose uncompressed digest is another`() async throws {
        var flaws = ImageMaker.Flaws(layerType: ImageMaker.layerType + "+gzip")
        let other = try await ImageMaker.compress(TarMember.archive([.file("a", "y")]))
        flaws.stored = Self.layers.map { _ in other }
        #expect(code { _ = try ImageMaker(Self.layers, flaws: flaws).tree() } == "container.layer-digest-mismatch")
        var whole: [[UInt8]] = []
        for layer in Self.layers { whole.append(try await ImageMaker.compress(TarMember.archive(layer))) }
        flaws.stored = whole.map { Array($0.dropLast(9)) }
        #expect(code { _ = try ImageMaker(Self.layers, flaws: flaws).tree() } == "container.layer-damaged")
        var twice: [[UInt8]] = []
        for layer in whole { twice.append(try await ImageMaker.compress(layer)) }
        flaws.stored = twice
        #expect(code { _ = try ImageMaker(Self.layers, flaws: flaws).tree() } == "container.layer-damaged")
    }

    @Test func `refuses indexes that lead in a circle, and documents without end`() throws {
        let image = try ImageMaker(Self.layers)
        // Digests make a real cycle impossible, so a long chain represents it.
        var text = try String(contentsOfFile: image.path + "/index.json", encoding: .utf8)
        for depth in 1...5 {
            let digest = ImageMaker.digest(Array(text.utf8))
            try image.write("blobs/sha256/\(digest)", Array(text.utf8))
            text = #"""
                {"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.index.v1+json",
                "digest":"sha256:\#(digest)","size":\#(text.utf8.count)}]}
                """#
            try image.write("index.json", Array(text.utf8))
            #expect(code { _ = try image.tree() } == (depth < 4 ? nil : "container.index-too-deep"))
        }
        try image.write("index.json", [UInt8](repeating: 0x20, count: 9 << 20))
        #expect(code { _ = try image.tree() } == "container.document-too-large")
        try image.write("index.json", [UInt8](repeating: UInt8(ascii: "["), count: 1 << 20))
        #expect(code { _ = try image.tree() } == "container.document-invalid")
        try image.write("oci-layout", Array(#"{"imageLayoutVersion":"2.0.0"}"#.utf8))
        #expect(code { _ = try image.tree() } == "container.document-invalid")
    }

    @Test func `refuses what is no image`() throws {
        let folder = try TemporaryFolder()
        let path = folder.url.path
        #expect(code { _ = try ImageMaker.tree(path, spool: path) } == "container.source-unknown")
        #expect(code { _ = try ImageMaker.tree("/dev/null", spool: path) } == "container.source-unknown")
        #expect(code { _ = try ImageMaker.tree("/no/such/file", spool: path) } == "file.missing")
        #expect(code { _ = try ImageMaker.tree("/proc/self/status", spool: path) } == "container.source-unknown")
        #expect(code { _ = try ImageMaker.tree("/etc/passwd", spool: path) } == "container.source-unknown")
        let archive = folder.url.appending(path: "a.tar")
        for (members, expected) in [
            ([TarMember.file("x")], "container.source-unknown"),
            ([.file("oci-layout"), .file("oci-layout")], "container.entry-twice"),
            ([.file("../oci-layout")], "container.path-unsafe"),
            ([.symbolicLink("oci-layout", "oci-layout")], "container.link-invalid"),
            ([.symbolicLink("oci-layout", "../../etc/passwd")], "container.path-unsafe"),
            ([TarMember(name: "p", type: "6")], "container.entry-unsupported"),
            ([TarMember(name: "p", size: 1 << 30)], "container.archive-truncated"),
        ] as [([TarMember], String)] {
            try Data(TarMember.archive(members)).write(to: archive)
            #expect(code { _ = try ImageMaker.tree(archive.path, spool: path) } == expected, "\(members)")
        }
    }

    @Test func `chooses by platform and by name`() throws {
        let platform = #","platform":{"os":"linux","architecture":"amd64"},"annotations":{"\#(Self.name)":"mine"}}]"#
        let image = try ImageMaker(Self.layers, flaws: .init(index: ("}]", platform)))
        #expect(code { _ = try image.tree() } == nil)
        #expect(code { _ = try image.tree(choice: .init(reference: "mine")) } == nil)
        #expect(code { _ = try image.tree(choice: .init(reference: "other")) } == "container.image-missing")
        let other = try #require(OCIPlatform("linux/arm64"))
        let error = #expect(throws: ContainerError.self) { _ = try image.tree(choice: .init(platform: other)) }
        #expect(error?.code == .platformMissing && error?.found == "linux/amd64")
    }

    private static let name = "org.opencontainers.image.ref.name"
}
