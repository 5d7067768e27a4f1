import ContainerImage
import Crypto
import Diagnostics
import Foundation
import RootFileSystem
import TestSupport
import Testing

/// Archives with `manifest.json`, with the names that each writer gives to files.
@Suite struct SavedArchiveTests {
    private static let layer = TarMember.archive([.file("a", "x")])

    private static func configuration(_ architecture: String = "amd64", _ layers: [[UInt8]] = [layer]) -> [UInt8] {
        let digests = layers.map { "\"sha256:\(ImageMaker.digest($0))\"" }.joined(separator: ",")
        return Array(
            #"{"os":"linux","architecture":"\#(architecture)","rootfs":{"type":"layers","diff_ids":[\#(digests)]}}"#
                .utf8
        )
    }

    private struct Archive {
        let folder: TemporaryFolder
        var path: String { folder.url.appending(path: "image.tar").path }

        init(_ members: [TarMember]) throws {
            folder = try TemporaryFolder()
            try Data(TarMember.archive(members)).write(to: URL(filePath: path))
        }

        func entries(reference: String? = nil, platform: OCIPlatform = .linux) throws -> String {
            var found = ""
            let failure = code {
                let choice = ContainerImage.Choice(platform: platform, reference: reference)
                let image = try ContainerImage(opening: path, choice: choice, spoolFolder: folder.url.path)
                found = "\(try image.tree(spoolFolder: folder.url.path).count) \(image.platform)"
            }
            return failure ?? found
        }
    }

    private static func manifest(_ config: String, _ layers: [String], tag: String = "app:1") -> String {
        let layers = layers.map { "\"\($0)\"" }.joined(separator: ",")
        return #"{"Config":"\#(config)","RepoTags":["\#(tag)"],"Layers":[\#(layers)]}"#
    }

    /// The names of configuration and layer, with `C`, `L` and `Z` for the digests of configuration, layer and packed layer.
    private static let names: [(config: String, layer: String)] = [
        ("C.json", "L/layer.tar"), ("C.json", "L.tar"), ("sha256:C", "Z.tar.gz"), ("config.json", "Z.tar.gz"),
        ("blobs/sha256/C", "blobs/sha256/L"), ("blobs/sha256/C", "blobs/sha256/Z"), ("sha256:C", "sha256:Z"),
        ("0123.json", "some/layer.tar"), ("C.json", "L.tar.gz"), ("image/config", "image/0.tar"),
    ]

    @Test(arguments: names.indices)
    func `reads an archive with the names of every writer`(index: Int) async throws {
        let (config, layer) = Self.names[index]
        let packed = try await ImageMaker.compress(Self.layer)
        for bytes in [Self.layer, packed] {
            let document = Self.configuration()
            func name(_ text: String) -> String {
                text.replacing("C", with: ImageMaker.digest(document)).replacing(
                    "L",
                    with: ImageMaker.digest(Self.layer)
                )
                .replacing("Z", with: ImageMaker.digest(bytes))
            }
            let members = [
                TarMember(name: name(config), content: document), TarMember(name: name(layer), content: bytes),
                .file("repositories", "{}"),
                .file("manifest.json", "[\(Self.manifest(name(config), [name(layer)]))]"),
            ]
            #expect(try Archive(members).entries() == "6 linux/amd64", "\(config) \(layer)")
            #expect(try Archive(members).entries(reference: "docker.io/library/app:1") == "6 linux/amd64")
        }
    }

    @Test func `checks a digest where a name states one`() throws {
        let zero = String(repeating: "0", count: 64)
        let digest = ImageMaker.digest(Self.configuration())
        for (config, layer) in [
            ("\(zero).json", "l.tar"), ("sha256:\(zero)", "l.tar"), ("blobs/sha256/\(zero)", "l.tar"),
            ("\(digest).json", "\(zero).tar.gz"), ("\(digest).json", "sha256:\(zero)"),
            ("\(digest).json", "blobs/sha256/\(zero)"),
        ] {
            let archive = try Archive([
                TarMember(name: config, content: Self.configuration()), TarMember(name: layer, content: Self.layer),
                .file("manifest.json", "[\(Self.manifest(config, [layer]))]"),
            ])
            #expect(try archive.entries() == "container.blob-digest-mismatch", "\(config) \(layer)")
        }
    }

    @Test func `follows the links between layers that docker wrote before version 25`() throws {
        let document = Self.configuration("amd64", [Self.layer, Self.layer])
        let archive = try Archive([
            .folder("one/"), TarMember(name: "one/layer.tar", content: Self.layer),
            .symbolicLink("two/layer.tar", "../one/layer.tar"), TarMember(name: "config.json", content: document),
            .file("manifest.json", "[\(Self.manifest("config.json", ["one/layer.tar", "two/layer.tar"]))]"),
        ])
        #expect(try archive.entries() == "6 linux/amd64")
    }

    @Test func `chooses among images by tag, by configuration's digest and by platform`() throws {
        let arm = Self.configuration("arm64")
        let archive = try Archive([
            TarMember(name: "l.tar", content: Self.layer), TarMember(name: "a.json", content: Self.configuration()),
            TarMember(name: "b.json", content: arm),
            .file(
                "manifest.json",
                "[\(Self.manifest("a.json", ["l.tar"])),\(Self.manifest("b.json", ["l.tar"], tag: "localhost/arm:1"))]"
            ),
        ])
        #expect(try archive.entries() == "6 linux/amd64")
        let other = try #require(OCIPlatform("linux/aarch64"))
        #expect(try archive.entries(platform: other) == "6 linux/arm64")
        for reference in ["arm:1", "localhost/arm:1", "sha256:\(ImageMaker.digest(arm))"] {
            #expect(try archive.entries(reference: reference, platform: other) == "6 linux/arm64")
            #expect(try archive.entries(reference: reference) == "container.platform-missing")
        }
        #expect(try archive.entries(reference: "none:1") == "container.image-missing")
    }

    @Test func `reads an image without layers`() throws {
        let document = Array(#"{"os":"linux","architecture":"amd64","rootfs":{"type":"layers"}}"#.utf8)
        let archive = try Archive([
            TarMember(name: "c.json", content: document),
            .file("manifest.json", #"[{"Config":"c.json","RepoTags":null,"Layers":null}]"#),
        ])
        #expect(try archive.entries() == "5 linux/amd64")
    }

    @Test func `names docker export where an archive is a root file system`() throws {
        for name in ["etc/passwd", "./usr/bin/env"] {
            let archive = try Archive([.symbolicLink("bin", "usr/bin"), .file(name), TarMember(name: "p", type: "6")])
            let error = #expect(throws: ContainerError.self) {
                _ = try ImageMaker.tree(archive.path, spool: archive.folder.url.path)
            }
            #expect(error?.code == .sourceUnknown && error?.found?.contains("docker export") == true)
        }
    }
}
