import ContainerImage
import Foundation
import RootFileSystem
import TestSupport
import Testing

/// Compares our extraction of buildah's images with buildah's own.
@Suite(.serialized) struct BuildahTests {
    static let isReady = OutsideTool(named: "buildah")?.isReady ?? OutsideTool.isRequired
    static let hasBase = isReady && (OutsideTool(named: "mmdebstrap")?.isReady ?? OutsideTool.isRequired)

    /// Buildah storage in the test's own directory.
    private struct Storage {
        let folder: TemporaryFolder
        var path: String { folder.url.path }

        init() throws {
            folder = try TemporaryFolder()
            try Data(#"{"default":[{"type":"insecureAcceptAnything"}]}"#.utf8).write(
                to: folder.url.appending(path: "policy.json")
            )
        }

        @discardableResult
        func buildah(_ arguments: String) async throws -> String {
            let policy = ["push", "pull", "build"].contains { arguments.hasPrefix($0 + " ") }
            let words = arguments.split(separator: " ", maxSplits: 1)
            return try await Shell.run(
                """
                cd \(path); TMPDIR=\(path) buildah --root \(path)/storage --runroot \(path)/run --storage-driver vfs \
                \(words[0]) \(policy ? "--signature-policy \(path)/policy.json" : "") \(words.count > 1 ? words[1] : "")
                """
            )
        }
    }

    private static let forms: [(arguments: String, place: String)] = [
        ("", "oci:gzip"), ("--compression-format zstd", "oci:zstd"), ("-D", "oci:plain"), ("", "oci-archive:gzip.tar"),
        ("--compression-format zstd", "oci-archive:zstd.tar"), ("", "docker-archive:saved.tar:name:tag"),
    ]

    @Test(.enabled(if: isReady, "buildah is missing"))
    func `reads every form that buildah writes`() async throws {
        let storage = try Storage()
        let container = try await storage.buildah("from --name work scratch").trimmed
        try await Shell.run(
            """
            cd \(storage.path); mkdir -p tree/d/e && echo hello > tree/d/f && ln tree/d/f tree/g && ln -s d/f tree/l
            head -c 300000 /dev/urandom > tree/d/e/noise && chmod 4711 tree/d/e/noise && mkfifo tree/pipe
            """
        )
        try await storage.buildah("copy \(container) tree /")
        try await storage.buildah("config --env A=b --entrypoint '[\"/x\"]' --workingdir /d \(container)")
        try await storage.buildah("commit --timestamp 0 \(container) image")
        for (arguments, place) in Self.forms {
            try await storage.buildah("push \(arguments) image \(place)")
            let path = storage.path + "/" + place.split(separator: ":")[1]
            let out = storage.path + "/out"
            try ImageMaker.tree(path, spool: storage.path).write(toFolder: out, replacing: true)
            let environment = try String(contentsOfFile: out + "/appenv.json", encoding: .utf8)
            #expect(environment.contains("A=b") && environment.contains("/x") && environment.contains("/d"))
            try await Shell.run("cd \(out); rm appenv.json; rmdir dev proc sys")
            #expect(
                try await Shell.describe(out, includesRoot: false)
                    == Shell.describe(storage.path + "/tree", includesRoot: false),
                "\(place)"
            )
        }
        try await Shell.run("cd \(storage.path); gzip -c saved.tar > saved.tar.gz")
        let opened = try ContainerImage(opening: storage.path + "/saved.tar.gz", spoolFolder: storage.path)
        #expect(try opened.tree(spoolFolder: storage.path).count == 12)
    }

    /// A small Debian image, built once and cached.
    private static func base() async throws -> String {
        let folder = ProjectFolder.root.appending(path: ".cache/container-base").path
        let excluded = ["man", "doc", "locale", "zoneinfo"].map { "'--dpkgopt=path-exclude=/usr/share/\($0)/*'" }
        return try await Shell.run(
            """
            mkdir -p \(folder) && cd \(folder) && exec 9>lock && flock 9
            [ -e bookworm.tar ] || {
                SOURCE_DATE_EPOCH=0 mmdebstrap --quiet --variant=essential \(excluded.joined(separator: " ")) \
                    bookworm partial.tar >&2
                mv partial.tar bookworm.tar
            }
            echo \(folder)/bookworm.tar
            """
        ).trimmed
    }

    private static let dockerfile = """
        FROM scratch
        ADD base.tar /
        ARG VERSION=1
        RUN mkdir /app && cd /app && mkdir sub && echo old > sub/old && echo $VERSION > version && ln version link && chown 7:8 version && rm -f /etc/motd
        RUN cd /app && rm -rf sub && mkdir sub && echo new > sub/new && rm /etc/issue /etc/issue.net && mv version moved
        ENV GREETING="hello world"
        """

    @Test(.enabled(if: hasBase, "buildah or mmdebstrap is missing"), .timeLimit(.minutes(10)))
    func `builds a Dockerfile, and unpacks what buildah unpacks`() async throws {
        let base = try await Self.base()
        let storage = try Storage()
        let context = storage.path + "/context"
        try await Shell.run(
            "mkdir \(context) && ln -s \(base) \(context)/link && cp --reflink=auto \(base) \(context)/base.tar"
        )
        try Data(Self.dockerfile.utf8).write(to: URL(filePath: context + "/Dockerfile"))
        let before = try await Shell.run(
            "ls -d /var/tmp/adyton-build-* ${TMPDIR:-/tmp}/adyton-build-* 2>/dev/null || true"
        )
        do {
            let builder = try await ImageBuilder(wanted: .buildah, isVerbose: false, latestTime: 0)
            let arguments = try ShellWords.split("--layers --build-arg 'VERSION=two words'")
            let archive = try await builder.build(context + "/Dockerfile", arguments: arguments, latestTime: 0)
            let image = try ContainerImage(opening: archive, spoolFolder: storage.path)
            #expect(image.layers.count >= 3)
            #expect(image.configuration.execution?.environment?.contains("GREETING=hello world") == true)
            let tree = try image.tree(spoolFolder: storage.path)
            try tree.write(toFolder: storage.path + "/out", replacing: false)
            try CpioWriter.write(tree, to: storage.path + "/out.cpio", replacing: false)
            try await storage.buildah("pull -q oci-archive:\(archive)")
            await builder.removeFiles()
        }
        #expect(
            try await Shell.run("ls -d /var/tmp/adyton-build-* ${TMPDIR:-/tmp}/adyton-build-* 2>/dev/null || true")
                == before
        )
        #expect(try await Shell.run("cat \(storage.path)/out/app/moved") == "two words\n")
        let listing = try await Shell.run("cpio -itvn --quiet < \(storage.path)/out.cpio | grep ' app/moved$'")
        #expect(listing.hasPrefix("-rw-r--r--   1 7        8"))
        // Only root may mount buildah's storage, and only root's directory preserves all owners.
        guard geteuid() == 0 else { return }
        try await Shell.run("rm \(storage.path)/out/appenv.json")
        let id = try await storage.buildah("images -q").trimmed
        try await storage.buildah("from --pull-never --name check \(id)")
        let mounted = try await storage.buildah("mount check").trimmed
        #expect(
            try await Shell.describe(storage.path + "/out", includesRoot: false)
                == Shell.describe(mounted, includesRoot: false)
        )
    }

    @Test(.enabled(if: isReady, "buildah is missing"))
    func `tells a failed build's last words`() async throws {
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: "Dockerfile")
        try Data("FROM scratch\nCOPY missing /\n".utf8).write(to: file)
        let builder = try await ImageBuilder(wanted: .buildah, isVerbose: false, latestTime: 0)
        let error = await #expect(throws: ContainerError.self) {
            _ = try await builder.build(file.path, arguments: [], latestTime: 0)
        }
        #expect(error?.code == .builderFailed && error?.found?.contains("missing") == true)
    }
}

extension String {
    /// The text without surrounding white space.
    fileprivate var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}
