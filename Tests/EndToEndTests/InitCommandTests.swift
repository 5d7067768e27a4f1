import Foundation
import TestSupport
import Testing

/// `adyton init`, and the commands that it prints, word for word as a reader would run them.
@Suite(.enabled(if: GuestTools.areReady, "QEMU, OVMF, swtpm, busybox or the guest's kernel is missing"))
struct InitCommandTests {
    /// What a project begins with.
    enum Source: String, CaseIterable {
        case dockerfile = "context/Dockerfile"
        case image = "image.tar"
        case program = "program"
        case modelPack = "pack"
    }

    private let place: MachinePlace
    private var folder: String { place.folder.url.path }

    init() async throws {
        place = try MachinePlace()
        let made = try await Shell.run(
            """
            cd \(place.folder.url.path); mkdir -p home context share/guest
            ln -s \(ProjectFolder.dependencies.path)/kernel/vmlinuz \(ProjectFolder.dependencies.path)/kernel/modules share/guest
            ln -s \(Tool.folder.path)/adyton-init \(Tool.folder.path)/adyton-gateway share/guest
            ln -s \(ProjectFolder.dependencies.path)/onnxruntime/lib/*.so* share
            ln -s \(Tool.pack.path) pack; cp $(command -v busybox) program; cp program context
            printf 'FROM scratch\\nCOPY program /bin/busybox\\nCMD ["/bin/busybox", "httpd", "-f", "-p", "8000"]\\n' \
                >context/Dockerfile
            mkdir -p layer/bin saved; cp program layer/bin/program; tar -C layer -cf saved/layer.tar bin
            layer=$(sha256sum saved/layer.tar | cut -c1-64)
            printf '{"architecture":"amd64","os":"linux","config":{"Cmd":["/bin/program"]},"rootfs":{"type":"layers",%s' \
                '"diff_ids":["sha256:'$layer'"]}}' >saved/config.json
            printf '[{"Config":"config.json","RepoTags":["a:b"],"Layers":["layer.tar"]}]' >saved/manifest.json
            tar -C saved -cf image.tar manifest.json config.json layer.tar
            """
        )
        #expect(made.isEmpty)
    }

    /// Runs a script in the folder, as somebody who has nothing but the program on the search path.
    private func run(_ script: String) async throws -> OutsideTool.Output {
        let environment = place.environment.merging([
            "HOME": "\(folder)/home", "ADYTON_SHARE": "\(folder)/share", "XDG_CONFIG_HOME": "",
            "PATH": "\(Tool.folder.path):/usr/local/bin:/usr/bin:/bin",
        ]) { $1 }
        let bash = try #require(OutsideTool(named: "bash"))
        return try await bash.run(["-ec", "cd \(folder); \(script)"], environment: environment)
    }

    /// Begins a project.
    ///
    /// - Returns: The commands that come next, in order.
    private func begin(_ source: Source) async throws -> [String] {
        let output = try await run("adyton init --from \(source.rawValue) 'my project'")
        try #require(output.status == 0, "\(output.standardError)")
        let text = String(decoding: output.standardOutput, as: UTF8.self).replacing("\\\n", with: " ")
        #expect(text.hasPrefix("my project/config.json is written. Next:\n"))
        return text.split(separator: "\n").dropFirst().map(String.init)
    }

    @Test(arguments: Source.allCases)
    func `leads to a package by the commands that it prints`(source: Source) async throws {
        let commands = try await begin(source)
        #expect(commands.last?.hasPrefix("  adyton run --pubkey ") == true)
        let packed = try await run(commands.dropLast().joined(separator: "\n"))
        #expect(packed.status == 0, "\(packed.standardError)")
        let listed = try await run("cd 'my project'; git init -q; git status --short; ls")
        #expect(!String(decoding: listed.standardOutput, as: UTF8.self).contains("?? my-project.adyton"))
        #expect(
            String(decoding: listed.standardOutput, as: UTF8.self).hasSuffix("appdir\nconfig.json\nmy-project.adyton\n")
        )
        // A second project signs with the same key, and no command replaces it.
        let again = try await run("adyton init --force --from \(source.rawValue) other")
        #expect(!String(decoding: again.standardOutput, as: UTF8.self).contains("keygen"))
    }

    @Test(
        .enabled(if: LargeTests.areWanted, "\(LargeTests.reason)"),
        .timeLimit(.minutes(10)),
        arguments: [Source.dockerfile, .modelPack]
    )
    func `leads to an answer from a machine`(source: Source) async throws {
        var commands = try await begin(source)
        if source == .dockerfile {
            commands = try await run("adyton init --force --port 8000 --from \(source.rawValue) 'my project'")
                .standardOutput.split(separator: UInt8(ascii: "\n")).dropFirst().map {
                    String(decoding: $0, as: UTF8.self)
                }
        }
        let start = try #require(commands.last).trimmingCharacters(in: .whitespaces)
        let packed = try await run(commands.dropLast().joined(separator: "\n"))
        try #require(packed.status == 0, "\(packed.standardError)")
        let answer = try await run(
            """
            \(start) >out 2>&1 & machine=$!
            until grep -q 'is ready' out; do kill -0 $machine || { cat out; exit 1; }; sleep 0.1; done
            address=$(sed -n 's/^.*of the guest is //p' out | head -n 1)
            curl --silent --insecure --max-time 60 --write-out '%{http_code}' \
                http\(source == .dockerfile ? "" : "s")://$address/v2/health/ready
            kill $machine; wait $machine
            """
        )
        let text = String(decoding: answer.standardOutput, as: UTF8.self)
        #expect(text.hasSuffix(source == .dockerfile ? "404" : "200"), "\(text)\(answer.standardError)")
    }
}
