import Foundation
import TestSupport
import Testing

@Suite struct ContainerCommandTests {
    /// A folder with an archive as `docker save` writes it, `image.tar`, and a docker that hands it out.
    private static func sample(layer: String = "mkdir d; echo hello > d/f; chmod 750 d") async throws -> TemporaryFolder
    {
        let folder = try TemporaryFolder()
        let script = #"""
            cd "$0"; mkdir tree saved bin; (cd tree; \#(layer))
            tar --format=gnu --owner=7 --group=0 --mtime=@0 --sort=name -C tree -cf saved/layer.tar .
            cd saved; diff=$(sha256sum < layer.tar | cut -c1-64)
            printf '{"os":"linux","architecture":"amd64","config":{"Env":["A=b"],"Cmd":["/d/f"]},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' $diff > c
            id=$(sha256sum < c | cut -c1-64); mv c $id.json
            printf '[{"Config":"%s.json","RepoTags":["name:tag"],"Layers":["layer.tar"]}]' $id > manifest.json
            tar -cf ../image.tar manifest.json $id.json layer.tar; cd ..
            cat > bin/docker <<'END'
            #!/bin/sh
            echo "$@" >> "$(dirname "$0")/calls"
            case $1 in
            info) exit ${DOCKER_INFO:-0} ;;
            build)
                if [ -n "$DOCKER_SLOW" ]; then
                    sh -c 'trap "" TERM; exec sleep 60' &
                    echo $! > "$(dirname "$0")/new" && mv "$(dirname "$0")/new" "$(dirname "$0")/started"; wait
                fi ;;
            save) cp "$(dirname "$0")/../image.tar" "$3" ;;
            esac
            END
            chmod +x bin/docker; echo FROM scratch > Dockerfile
            """#
        let shell = try #require(OutsideTool(named: "sh"))
        let output = try await shell.run(["-ec", script, folder.url.path])
        try #require(output.status == 0, "\(output.standardError)")
        return folder
    }

    @Test func `makes a folder and an archive, the same bytes each time, and replaces only when told`() async throws {
        let folder = try await Self.sample()
        let path = { (name: String) in folder.url.appending(path: name).path }
        let image = ["appbuilder", "-i", path("image.tar"), "-o"]
        let made = try await Tool.adyton.run(image + [path("out"), "--json"])
        #expect(made.status == 0)
        #expect(try String(contentsOfFile: path("out/d/f"), encoding: .utf8) == "hello\n")
        let document = try #require(try JSONSerialization.jsonObject(with: made.standardOutput) as? [String: Any])
        #expect((document["config"] as? [String: Any])?["Cmd"] as? [String] == ["/d/f"])
        #expect((document["result"] as? [String: Any])?["entries"] as? Int == 7)
        #expect(try await Tool.adyton.run(image + [path("out")]).status == 71)
        try Data().write(to: URL(filePath: path("out/mine")))
        #expect(try await Tool.adyton.run(image + [path("out"), "--force"]).status == 0)
        #expect(!FileManager.default.fileExists(atPath: path("out/mine")))
        for name in ["a.cpio", "b.cpio"] {
            #expect(try await Tool.adyton.run(image + [path(name), "-f", "cpio"]).status == 0)
        }
        #expect(try await Tool.adyton.run(image + [path("a.cpio"), "-f", "cpio"]).status == 71)
        let first = try Data(contentsOf: URL(filePath: path("a.cpio")))
        #expect(try first == Data(contentsOf: URL(filePath: path("b.cpio"))))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).allSatisfy { !$0.hasPrefix(".") })
    }

    @Test func `builds by the builder that works, with its arguments, and takes everything away`() async throws {
        let folder = try await Self.sample()
        let path = { (name: String) in folder.url.appending(path: name).path }
        let environment = ["PATH": "\(path("bin")):/usr/bin:/bin", "TMPDIR": folder.url.path]
        let built = try await Tool.adyton.run(
            ["appbuilder", "-o", path("out"), "-e", "--build-arg 'A=b c'", path("Dockerfile"), "--builder", "docker"],
            environment: environment
        )
        #expect(built.status == 0, "\(built.standardError)")
        let calls = try String(contentsOfFile: path("bin/calls"), encoding: .utf8).split(separator: "\n")
        #expect(calls.map { $0.prefix { $0 != " " } } == ["info", "build", "save", "rmi"])
        #expect(calls[1].contains("--build-arg A=b c"))
        let named = try await Tool.adyton.run(
            ["appbuilder", "-i", "name:tag", "-o", path("named"), "--builder", "docker"],
            environment: environment
        )
        #expect(named.status == 0, "\(named.standardError)")
        let none = try await Tool.adyton.run(
            ["appbuilder", "-o", path("none"), path("Dockerfile"), "--builder", "docker"],
            environment: environment.merging(["DOCKER_INFO": "1"]) { $1 }
        )
        #expect(none.status == 69 && none.standardError.contains("container.builder-missing"))
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
        #expect(!left.contains { $0.hasPrefix("adyton-build") || $0 == "none" })
    }

    @Test func `brings an image of a registry by skopeo, and says how where there is none`() async throws {
        let folder = try await Self.sample()
        let path = { (name: String) in folder.url.appending(path: name).path }
        try await Shell.run(
            """
            cd \(path("bin")); rm docker; cat > skopeo <<'END'
            #!/bin/sh
            echo "$@" > "$(dirname "$0")/calls"
            for last; do :; done
            cp "$(dirname "$0")/../image.tar" "${last#oci-archive:}"
            END
            chmod +x skopeo; mkdir ../none; ln -s /bin/sh ../none/sh
            """
        )
        let image = ["appbuilder", "-o", path("out"), "-i", "registry.example:5000/a/b:1", "--platform", "linux/amd64"]
        let made = try await Tool.adyton.run(image, environment: ["PATH": "\(path("bin")):/usr/bin:/bin"])
        #expect(made.status == 0, "\(made.standardError)")
        let calls = try String(contentsOfFile: path("bin/calls"), encoding: .utf8)
        #expect(calls.contains("--override-os linux --override-arch amd64 copy docker://registry.example:5000/a/b:1"))
        let alone = try await Tool.adyton.run(image + ["--force"], environment: ["PATH": path("none")])
        #expect(alone.status == 69)
        let line = "copy docker://registry.example:5000/a/b:1 oci-archive:image.tar"
        #expect(alone.standardError.contains(line), "\(alone.standardError)")
        // A name that a builder could know says the same where no builder does.
        let named = try await Tool.adyton.run(
            ["appbuilder", "-o", path("x"), "-i", "a:1"],
            environment: ["PATH": path("none")]
        )
        #expect(named.status == 69 && named.standardError.contains("copy docker://a:1"), "\(named.standardError)")
        for name in ["missing.tar", "./missing", "no such", "missing/"] {
            let missing = try await Tool.adyton.run(["appbuilder", "-o", path("x"), "-i", name])
            #expect(missing.status == 66 && missing.standardError.contains("file.missing"), "\(missing.standardError)")
        }
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func `takes a build away when it is told to end`(signal: Int32) async throws {
        let folder = try await Self.sample()
        let program = try await RunningProgram(
            Tool.adyton,
            ["appbuilder", "Dockerfile", "--builder", "docker"],
            environment: [
                "PATH": "\(folder.url.appending(path: "bin").path):/usr/bin:/bin", "TMPDIR": folder.url.path,
                "DOCKER_SLOW": "1",
            ],
            workingFolder: folder.url
        )
        let started = folder.url.appending(path: "bin/started").path
        try await program.wait(for: "a builder that has started") { _ in
            FileManager.default.fileExists(atPath: started)
        }
        program.signal(signal)
        #expect(try await program.waitUntilEnd() == 128 + signal)
        // What the builder started ended too, though it ignores SIGTERM.
        let child = try String(contentsOfFile: started, encoding: .utf8).trimmingCharacters(in: .newlines)
        let status = { (try? String(contentsOfFile: "/proc/\(child)/stat", encoding: .utf8)) ?? ") Z" }
        try await waitUntil("the builder's child has ended") { status().contains(") Z") }
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
        #expect(left == ["Dockerfile", "bin", "image.tar", "saved", "tree"])
    }

    @Test func `does as an ordinary user what it can, and says what it cannot`() async throws {
        guard geteuid() == 0, let runuser = OutsideTool(named: "runuser") else { return }
        let folder = try await Self.sample(layer: "mkdir d; echo hello > d/f; mknod null c 1 3")
        let path = { (name: String) in folder.url.appending(path: name).path }
        for (name, mode) in [("", 0o755), ("work", 0o777)] {
            let place = name.isEmpty ? folder.url.path : path(name)
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: place)
        }
        let command = ["-u", "nobody", "--", Tool.adyton.executable.path, "appbuilder", "-i", path("image.tar")]
        let made = try await runuser.run(command + ["-o", path("work/out")])
        #expect(made.status == 0, "\(made.standardError)")
        #expect(made.standardError.contains("not all fits: 4 owners, 1 devices"))
        #expect(FileManager.default.fileExists(atPath: path("work/out/d/f")))
        let lost = try Data(contentsOf: URL(filePath: path("work/out.lost.json")))
        let entries = try #require(try JSONSerialization.jsonObject(with: lost) as? [[String: Any]])
        #expect(entries.first { $0["path"] as? String == "null" }?["device"] as? String == "1:3")
        // The archive has all of it, whoever makes it.
        #expect(try await runuser.run(command + ["-f", "cpio", "-o", path("work/a.cpio")]).status == 0)
        #expect(
            try await Tool.adyton.run(["appbuilder", "-i", path("image.tar"), "-f", "cpio", "-o", path("b.cpio")])
                .status == 0
        )
        #expect(
            try Data(contentsOf: URL(filePath: path("work/a.cpio"))) == Data(contentsOf: URL(filePath: path("b.cpio")))
        )
    }

    @Test(
        arguments: [
            ([], 64), (["-i", "a", "Dockerfile"], 64), (["-f", "ext2", "Dockerfile"], 64),
            (["-i", "a", "-e", "b"], 64), (["--builder", "kaniko", "Dockerfile"], 64),
            (["--platform", "linux", "-i", "a"], 64), (["--maximum-size", "0", "-i", "a"], 64),
            (["-o", "/tmp/adyton-none", "/no/such/Dockerfile"], 66),
            (["-o", "/tmp/adyton-none", "-i", "/no/such"], 66),
            (["-o", "/tmp/adyton-none", "-i", "/proc/self/status"], 65),
            (["-o", "/tmp/adyton-none", "-i", "/etc/passwd"], 65), (["-o", "/etc", "-i", "/etc/passwd"], 71),
        ] as [([String], Int32)]
    )
    func `ends with a status that says what was wrong`(arguments: [String], status: Int32) async throws {
        let output = try await Tool.adyton.run(["appbuilder"] + arguments)
        #expect(output.status == status, "\(output.standardError)")
        #expect(!output.standardError.isEmpty)
    }
}
