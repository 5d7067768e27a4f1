import Foundation
import TestSupport
import Testing

/// Images that come with the command line and not with the package, seen from inside the machine.
@Suite(
    .serialized,
    .enabled(if: GuestTools.areReady, "QEMU, OVMF, swtpm, busybox or the guest's kernel is missing")
)
struct MountMachineTests {
    private let place: MachinePlace
    private let tree: String

    init() async throws {
        place = try MachinePlace()
        tree = try place.makeTree()
        for name in ["a", "b", "c"] {
            try FileManager.default.createDirectory(atPath: "\(tree)/\(name)", withIntermediateDirectories: false)
        }
    }

    /// Makes an image with one file.
    ///
    /// - Returns: The image's root hash.
    private func makeImage(_ name: String, holding text: String, _ options: [String] = []) async throws -> String {
        let folder = place.path("\(name)-tree")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data("\(text)\n".utf8).write(to: URL(filePath: "\(folder)/file"))
        let made = try await place.run(["mkext2", "--owner", "0:0"] + options + [folder, place.path("\(name).img")])
        try #require(made.status == 0, "\(made.standardError)")
        return String(decoding: made.standardOutput, as: UTF8.self).trimmingCharacters(in: .newlines)
    }

    /// Copies an image with one bit of its file's content changed.
    private func changeImage(_ name: String, to other: String, holding text: String) throws {
        var bytes = try Data(contentsOf: URL(filePath: place.path("\(name).img")))
        let content = try #require(bytes.range(of: Data("\(text)\n".utf8)))
        bytes[content.lowerBound] ^= 1
        try bytes.write(to: URL(filePath: place.path("\(other).img")))
    }

    private func text(_ output: OutsideTool.Output) -> String {
        String(decoding: output.standardOutput, as: UTF8.self).replacing("\r\n", with: "\n")
    }

    @Test(.timeLimit(.minutes(10)))
    func `a package's machine reads the images that its configuration pins, and starts with no other`() async throws {
        var hashes: [String: String] = [:]
        for name in ["a", "b", "c"] { hashes[name] = try await makeImage(name, holding: "the content of \(name)") }
        // The second of three comes with the package, so that the others have their places around it.
        let mounts = ["a", "b", "c"].map {
            #"""
            {"Target": "/\#($0)", "Type": "ext2", "Source": "\#($0).img", "RootHash": "\#(hashes[$0] ?? "")",
             "AtRun": \#($0 != "b")}
            """#
        }
        let script = "cat /a/file /b/file /c/file; touch /a/new || echo refuses"
        let configuration = """
            {"Debug": true, "ApplicationPath": "/bin/busybox", "ApplicationParameters": ["sh", "-c", "\(script)"],
             "Mount": [\(mounts.joined(separator: ", "))], "MemorySize": "128m", "Processors": 1}
            """
        try Data(configuration.utf8).write(to: URL(filePath: place.path("config.json")))
        _ = try await place.run(["keygen", "-o", place.path("key.pem")])
        let package = place.path("app.adyton")
        let made = try await place.run(
            ["package", "--owner", "0:0", "-o", package] + MachinePlace.guestOptions
                + [tree, place.path("key.pem"), place.path("config.json")]
        )
        try #require(made.status == 0, "\(made.standardError)")
        // From here on nothing beside the package is where the configuration says.
        for name in ["a", "b", "c"] {
            try FileManager.default.moveItem(atPath: place.path("\(name).img"), toPath: place.path("\(name)-given.img"))
        }
        try changeImage("a-given", to: "changed", holding: "the content of a")
        _ = try await makeImage("other", holding: "another content")
        try Data("no image\n".utf8).write(to: URL(filePath: place.path("text.img")))
        let right = ["--mount", "a=\(place.path("a-given.img"))", "--mount", "/c=\(place.path("c-given.img"))"]
        let refusals: [(mount: [String], status: Int32, words: String)] = [
            ([], 64, "launch.mount-missing"), (Array(right[..<2]), 64, "--mount /c=IMAGE"),
            (right + ["--mount", "b=\(place.path("b-given.img"))"], 64, "launch.mount-not-taken"),
            (["--mount", "a=\(place.path("none.img"))"] + right[2...], 66, "none.img"),
            (["--mount", "a=\(place.path("text.img"))"] + right[2...], 65, "text.img"),
            (["--mount", "a=\(place.path("changed.img"))"] + right[2...], 65, "verity.block-mismatch"),
            (["--mount", "a=\(place.path("other.img"))"] + right[2...], 65, "root.untrusted"),
            (["--mount", "a=\(place.path("c-given.img"))"] + right[2...], 65, "root.untrusted"),
        ]
        for (mount, status, words) in refusals {
            let refused = try await place.run(["run", "--name", "refused"] + mount + [package])
            #expect(refused.status == status && refused.standardError.contains(words), "\(refused.standardError)")
        }
        let output = try await place.run(["run", "--name", "given"] + right + [package])
        #expect(output.status == 0, "\(output.standardError)")
        #expect(
            ["the content of a\nthe content of b\nthe content of c\n", "refuses\n"].allSatisfy(text(output).contains),
            "\(text(output))"
        )
        #expect(try await place.isClean(of: "given"))
        #expect(try await place.isClean(of: "refused"))
    }

    @Test(.timeLimit(.minutes(10)))
    func `a machine without a package reads the images that its configuration's key vouches for`() async throws {
        try await Shell.run(
            """
            cd \(place.folder.url.path); openssl genrsa -out rsa.pem 3072 2>/dev/null
            openssl rsa -in rsa.pem -pubout -out rsa.pub.pem 2>/dev/null
            """
        )
        _ = try await makeImage(
            "a",
            holding: "signed",
            ["--sign", "\(place.path("rsa.pub.pem")):\(place.path("rsa.pem"))"]
        )
        _ = try await makeImage("plain", holding: "unsigned")
        try changeImage("a", to: "changed", holding: "signed")
        let configuration = """
            {"Debug": true, "ApplicationPath": "/bin/busybox", "HostApplicationParameters": true,
             "Mount": [{"Target": "/a", "Type": "ext2", "PublicKey": "rsa.pub.pem", "AtRun": true}]}
            """
        try Data(configuration.utf8).write(to: URL(filePath: place.path("config.json")))
        func words(_ image: String?) -> [String] {
            ["exec-vm", "--name", "signed", "--owner", "0:0", "--memory-size", "128m", "--cpus", "1"]
                + MachinePlace.guestOptions + (image.map { ["--mount", "a=\(place.path($0))"] } ?? [])
                + ["--app-config-path", place.path("config.json"), tree, "/bin/busybox", "cat", "/a/file"]
        }
        let refusals: [(image: String?, status: Int32, words: String)] = [
            (nil, 64, "launch.mount-missing"), ("none.img", 66, "none.img"), ("plain.img", 65, "root.untrusted"),
            ("changed.img", 65, "verity.block-mismatch"),
        ]
        for (image, status, expected) in refusals {
            let refused = try await place.run(words(image))
            #expect(refused.status == status && refused.standardError.contains(expected), "\(refused.standardError)")
        }
        let output = try await place.run(words("a.img"))
        #expect(output.status == 0 && text(output).contains("signed\n"), "\(output.standardError)")
        #expect(try await place.isClean(of: "signed"))
    }
}
