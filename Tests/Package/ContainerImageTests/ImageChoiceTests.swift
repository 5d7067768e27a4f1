import ContainerImage
import Foundation
import TestSupport
import Testing

/// How one of several images in a layout is chosen.
@Suite struct ImageChoiceTests {
    /// A layout with an image for each platform, and the descriptors of their manifests.
    private struct Layout {
        let image: ImageMaker
        /// The descriptors, without a platform.
        private(set) var descriptors: [String: String] = [:]

        init(_ platforms: [String]) async throws {
            image = try ImageMaker([[.file("base")]])
            for platform in platforms {
                let parts = platform.split(separator: "/")
                var flaws = ImageMaker.Flaws()
                flaws.configuration = (
                    #""architecture":"amd64""#,
                    #""architecture":"\#(parts[1])""# + (parts.count > 2 ? #","variant":"\#(parts[2])""# : "")
                )
                descriptors[platform] = try await add(ImageMaker([[.file("of", platform)]], flaws: flaws))
            }
        }

        /// Copies another layout's blobs, and gives the descriptor of its manifest.
        private func add(_ other: ImageMaker) async throws -> String {
            try await Shell.run("cp \(other.path)/blobs/sha256/* \(image.path)/blobs/sha256/")
            let index = try String(contentsOfFile: other.path + "/index.json", encoding: .utf8)
            return String(index.dropFirst(#"{"schemaVersion":2,"manifests":["#.count).dropLast(2))
        }

        func descriptor(_ platform: String, _ fields: String = "") -> String {
            (descriptors[platform] ?? "{}").dropLast() + (fields.isEmpty ? "" : ",\(fields)") + "}"
        }

        func stated(_ platform: String, _ fields: String = "") -> String {
            let parts = platform.split(separator: "/")
            let variant = parts.count > 2 ? #","variant":"\#(parts[2])""# : ""
            let object = #""platform":{"os":"\#(parts[0])","architecture":"\#(parts[1])"\#(variant)}"#
            return descriptor(platform, object + (fields.isEmpty ? "" : ",\(fields)"))
        }

        func digest(_ platform: String) -> String {
            let parts = (descriptors[platform] ?? "").split(separator: "sha256:")
            return "sha256:\(parts.last?.prefix(64) ?? "")"
        }

        func store(_ text: String, _ mediaType: String) throws -> String {
            let digest = ImageMaker.digest(Array(text.utf8))
            try image.write("blobs/sha256/\(digest)", Array(text.utf8))
            return #"{"mediaType":"\#(mediaType)","digest":"sha256:\#(digest)","size":\#(text.utf8.count)}"#
        }

        func writeIndex(_ descriptors: [String]) throws {
            let text = #"{"schemaVersion":2,"manifests":[\#(descriptors.joined(separator: ","))]}"#
            try image.write("index.json", Array(text.utf8))
        }

        /// The platform of the image that is chosen; a code where none is.
        func chosen(_ platform: String = "linux/amd64", reference: String? = nil) throws -> String {
            var found = ""
            let failure = code {
                let wanted = OCIPlatform(platform) ?? .linux
                let opened = try ContainerImage(
                    opening: image.path,
                    choice: .init(platform: wanted, reference: reference),
                    spoolFolder: image.folder.url.path
                )
                found = "\(opened.platform)"
            }
            return failure ?? found
        }
    }

    private static let index = "application/vnd.oci.image.index.v1+json"

    @Test func `chooses by the platform that the index states or the configuration`() async throws {
        let layout = try await Layout(["linux/amd64", "linux/arm64", "linux/arm/v7", "linux/arm/v6"])
        let all = ["linux/amd64", "linux/arm64", "linux/arm/v7", "linux/arm/v6"]
        for descriptors in [all.map { layout.stated($0) }, all.map { layout.descriptor($0) }] {
            try layout.writeIndex(descriptors)
            #expect(try layout.chosen() == "linux/amd64")
            for name in ["linux/x86_64", "Linux/AMD64", "linux/amd64/v3"] {
                #expect(try layout.chosen(name) == "linux/amd64")
            }
            for name in ["linux/arm64", "linux/arm64/v8", "linux/aarch64"] {
                #expect(try layout.chosen(name) == "linux/arm64")
            }
            #expect(try layout.chosen("linux/arm") == "linux/arm/v7")
            #expect(try layout.chosen("linux/armhf") == "linux/arm/v7")
            #expect(try layout.chosen("linux/arm/6") == "linux/arm/v6")
            #expect(try layout.chosen("linux/arm/v5") == "container.platform-missing")
            #expect(try layout.chosen("linux/s390x") == "container.platform-missing")
        }
        // An entry without a platform does not hide that one states it.
        try layout.writeIndex([layout.stated("linux/amd64"), layout.descriptor("linux/arm64")])
        #expect(try layout.chosen() == "linux/amd64")
        #expect(try layout.chosen("linux/arm64") == "linux/arm64")
    }

    @Test func `chooses by every digest and name that an image has`() async throws {
        let layout = try await Layout(["linux/amd64", "linux/arm64"])
        let named =
            #""annotations":{"org.opencontainers.image.ref.name":"1.0","io.containerd.image.name":"docker.io/library/app:1.0"}"#
        let inner = try layout.store(
            #"{"schemaVersion":2,"manifests":[\#(layout.stated("linux/amd64")),\#(layout.stated("linux/arm64"))]}"#,
            Self.index
        )
        let outer = inner.dropLast() + ",\(named)}"
        try layout.writeIndex([String(outer), layout.descriptor("linux/arm64", #""annotations":{"x":"y"}"#)])
        for reference in ["1.0", "app:1.0", "docker.io/library/app:1.0", layout.digest("linux/amd64")] {
            #expect(try layout.chosen(reference: reference) == "linux/amd64", "\(reference)")
        }
        #expect(try layout.chosen(reference: "app@" + layout.digest("linux/amd64")) == "linux/amd64")
        let index = String(inner.split(separator: "sha256:")[1].prefix(64))
        #expect(try layout.chosen("linux/arm64", reference: "sha256:" + index) == "linux/arm64")
        #expect(try layout.chosen(reference: "app:2.0") == "container.image-missing")
        #expect(
            try layout.chosen(reference: "sha256:" + String(repeating: "0", count: 64)) == "container.image-missing"
        )
    }

    @Test func `names the digests where several images fit, and takes them`() async throws {
        let layout = try await Layout(["linux/amd64"])
        let other = try await Layout(["linux/amd64", "linux/arm64"])
        try await Shell.run("cp \(layout.image.path)/blobs/sha256/* \(other.image.path)/blobs/sha256/")
        let base = try String(contentsOfFile: layout.image.path + "/index.json", encoding: .utf8)
        let first = String(base.dropFirst(#"{"schemaVersion":2,"manifests":["#.count).dropLast(2))
        try other.writeIndex([first, other.descriptor("linux/amd64")])
        let error = #expect(throws: ContainerError.self) { _ = try other.image.tree() }
        #expect(error?.code == .imageAmbiguous && error?.found?.contains(other.digest("linux/amd64")) == true)
        #expect(try other.chosen(reference: other.digest("linux/amd64")) == "linux/amd64")
    }

    @Test func `passes over what is no image`() async throws {
        let layout = try await Layout(["linux/amd64"])
        let manifest = "application/vnd.oci.image.manifest.v1+json"
        let empty = try layout.store("{}", "application/vnd.oci.empty.v1+json")
        func artifact(_ fields: String, layer: String = "application/vnd.example") throws -> String {
            let blob = try layout.store("{\(fields.count)}", layer)
            return try layout.store(
                #"{"schemaVersion":2,"mediaType":"\#(manifest)"\#(fields),"config":\#(empty),"layers":[\#(blob)]}"#,
                manifest
            )
        }
        let plain = try artifact(#","artifactType":"application/vnd.example.sbom""#)
        let attestation =
            try artifact("").dropLast()
            + #","platform":{"os":"unknown","architecture":"unknown"},"annotations":{"vnd.docker.reference.type":"attestation-manifest"}}"#
        let typed = try artifact(" ").dropLast() + #","artifactType":"application/vnd.example.sbom"}"#
        let foreign = try layout.store("x", "application/octet-stream")
        // A signature of cosign has an image's configuration, and layers that are none.
        let configuration = try String(
            contentsOfFile: layout.image.path + "/blobs/sha256/" + layout.digest("linux/amd64").dropFirst(7),
            encoding: .utf8
        )
        let signature = try layout.store(
            configuration.replacing("vnd.oci.image.layer.v1.tar", with: "vnd.dev.cosign.simplesigning.v1+json"),
            manifest
        )
        let missing = #"{"mediaType":"\#(manifest)","digest":"sha256:\#(String(repeating: "0", count: 64))","size":1}"#
        for other in [plain, String(attestation), String(typed), foreign, signature, missing] {
            try layout.writeIndex([other, layout.descriptor("linux/amd64")])
            #expect(try layout.chosen() == "linux/amd64", "\(other)")
            try layout.writeIndex([layout.stated("linux/amd64"), other])
            #expect(try layout.chosen() == "linux/amd64", "\(other)")
        }
        for other in [plain, String(attestation), String(typed), foreign, signature] {
            try layout.writeIndex([other])
            #expect(try layout.chosen() == "container.media-type-unsupported", "\(other)")
        }
    }

    @Test func `bounds the indexes that lead to each other`() async throws {
        let layout = try await Layout([])
        var index = try layout.store(#"{"schemaVersion":2,"manifests":[]}"#, Self.index)
        for _ in 0..<2 {
            let many = [String](repeating: index, count: 200).joined(separator: ",")
            index = try layout.store(#"{"schemaVersion":2,"manifests":[\#(many)]}"#, Self.index)
        }
        try layout.writeIndex([index])
        #expect(try layout.chosen() == "container.limit-exceeded")
    }
}
