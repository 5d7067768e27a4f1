import ContainerImage
import Foundation
import RootFileSystem
import TestSupport
import Testing

/// Compares our extraction with umoci's.
@Suite(.serialized) struct UmociTests {
    private static let isReady = OutsideTool(named: "umoci")?.isReady ?? OutsideTool.isRequired

    private static let base: [TarMember] = [
        .folder("./"), .folder("usr"), .folder("usr/lib"), .file("usr/lib/old", "old"), .symbolicLink("lib", "usr/lib"),
        .symbolicLink("alib", "/usr/lib"), .file("file", "F"), .symbolicLink("sl", "file"),
        TarMember(name: "pipe", type: "6"), .folder("dev"), .folder("proc"), .folder("sys"),
    ]

    /// One layer with all that umoci and we read the same way.
    private static let layer: [TarMember] = [
        .folder("/", mode: 0o711), .file("/abs", "1"), .file("usr//./double", "2"), .file("lib/new", "3"),
        .file("alib/newer", "4"), .symbolicLink("out", "../../usr"), .file("out/through", "5"),
        .hardLink("h1", "/file"),
        .hardLink("h2", "lib/old"), .hardLink("h3", "sl"), .hardLink("h4", "pipe"), .hardLink("h5", "out/lib/old"),
        .pax([("path", "long/" + String(repeating: "n", count: 150)), ("uid", "70000")]), .file("s", "6"),
        .sparse("1,2", size: "9"), .file("sparse", "ab"), .folder("d", mode: 0o1777), .file("d/.wh..wh..opq"),
        .file("alib/.wh.old"), TarMember(name: "setuid", mode: 0o4755),
    ]

    @Test(.enabled(if: isReady, "umoci is missing"))
    func `unpacks what umoci unpacks`() async throws {
        var flaws = ImageMaker.Flaws(layerType: ImageMaker.layerType + "+gzip")
        var stored: [[UInt8]] = []
        for layer in [Self.base, Self.layer] { stored.append(try await ImageMaker.compress(TarMember.archive(layer))) }
        flaws.stored = stored
        flaws.index = ("}]", #","annotations":{"org.opencontainers.image.ref.name":"t"}}]"#)
        let image = try ImageMaker([Self.base, Self.layer], flaws: flaws)
        let rootless = geteuid() == 0 ? "" : "--rootless"
        try await Shell.run("umoci unpack \(rootless) --image \(image.path):t \(image.beside("theirs")) >&2")
        try image.tree().write(toFolder: image.beside("ours"), replacing: false)
        try await Shell.run("rm \(image.beside("ours"))/appenv.json")
        #expect(
            try await Shell.describe(image.beside("ours"), includesRoot: true)
                == Shell.describe(image.beside("theirs/rootfs"), includesRoot: true)
        )
    }
}
