import Foundation
import TestSupport
import Testing

/// A root file system of busybox's, and `adyton exec-linux` on it.
struct SandboxedTree {
    static let busybox = OutsideTool(named: "busybox")

    let folder: TemporaryFolder
    var tree: String { folder.url.appending(path: "tree").path }
    var image: String { folder.url.appending(path: "root.img").path }

    init() async throws {
        folder = try TemporaryFolder()
        let programs = folder.url.appending(path: "tree/bin")
        try FileManager.default.createDirectory(at: programs, withIntermediateDirectories: true)
        let busybox = try #require(Self.busybox)
        try FileManager.default.copyItem(at: busybox.executable, to: programs.appending(path: "busybox"))
        for name in ["sh", "cat", "echo", "grep", "id", "kill", "mount", "ls", "ps", "sleep", "touch", "nc"] {
            let link = programs.appending(path: name).path
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "busybox")
        }
        // An ordinary user has to reach it, too.
        // Safe: the path is a string of our own that outlives the call.
        unsafe chmod(folder.url.path, 0o755)
        let made = try await Tool.adyton.run(["mkext2", "--owner", "0:0", tree, image])
        #expect(made.status == 0, "\(made.standardError)")
    }

    func run(_ script: String, on rootfs: String? = nil, options: [String] = []) async throws -> OutsideTool.Output {
        try await Tool.adyton.run(["exec-linux"] + options + [rootfs ?? image, "/bin/sh", "-c", script])
    }
}

@Suite(.enabled(if: SandboxedTree.busybox != nil || OutsideTool.isRequired, "busybox is missing"))
struct SandboxTests {
    @Test func `the application's output and status come through from image, archive and folder`() async throws {
        let tree = try await SandboxedTree()
        let archive = tree.folder.url.appending(path: "root.cpio").path
        #expect(try await Tool.adyton.run(["mkcpio", tree.tree, archive]).status == 0)
        for rootfs in [tree.image, archive, tree.tree] {
            let output = try await tree.run("echo $0; exit 7", on: rootfs)
            #expect(String(decoding: output.standardOutput, as: UTF8.self) == "/bin/sh\n")
            #expect(output.status == 7)
            #expect(output.standardError.contains("nothing from the host"))
        }
        #expect(try await tree.run("kill -9 $$").status == 137)
    }

    @Test func `the application can change nothing but its memory, and has no privilege`() async throws {
        let tree = try await SandboxedTree()
        let script = """
            touch /bin/x; echo "root $?"
            touch /tmp/x; echo "tmp $?"
            mount -t tmpfs none /tmp; echo "mount $?"
            grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status
            ls /proc | grep -c '^[0-9]'
            """
        let lines = String(decoding: try await tree.run(script).standardOutput, as: UTF8.self).split(separator: "\n")
        #expect(lines.prefix(2) == ["root 1", "tmp 0"])
        #expect(lines[2] != "mount 0")
        #expect(
            lines[3...6] == ["CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"]
        )
        // Process 1, the shell and the two that count: nobody else's.
        #expect(try #require(Int(lines[7])) <= 4)
    }

    @Test func `a call that a machine would refuse is refused and named here, too`() async throws {
        let tree = try await SandboxedTree()
        let script = """
            mount -t tmpfs none /tmp; mount -t proc none /tmp
            echo 0 > /proc/sys/vm/swappiness; echo "setting $?"
            cat /proc/kallsyms /proc/keys; echo "hidden $?"
            """
        let output = try await tree.run(script)
        let lines = String(decoding: output.standardOutput, as: UTF8.self).split(separator: "\n")
        #expect(lines.first != "setting 0" && lines.last == "hidden 0" && lines.count == 2)
        #expect(output.standardError.components(separatedBy: "(mount): mount\n").count == 2, "\(output.standardError)")
    }

    @Test func `a capability that the configuration names is the application's`() async throws {
        let tree = try await SandboxedTree()
        let config = tree.folder.url.appending(path: "config.json").path
        for (names, bits) in [(#""container""#, "405fb"), (#"["CHOWN", "KILL"]"#, "21")] {
            try Data(#"{"HostApplicationParameters": 1, "ApplicationPath": "/bin/sh", "Capabilities": \#(names)}"#.utf8)
                .write(to: URL(filePath: config))
            let script = "grep -E '^Cap(Eff|Bnd|Inh)' /proc/self/status"
            let output = try await Tool.adyton.run(
                ["exec-linux", "--app-config-path", config, tree.image, "/bin/sh", "-c", script]
            )
            let lines = String(decoding: output.standardOutput, as: UTF8.self).split(separator: "\n")
            let set = String(repeating: "0", count: 16 - bits.count) + bits
            #expect(
                lines == ["CapInh:\t0000000000000000", "CapEff:\t\(set)", "CapBnd:\t\(set)"],
                "\(output.standardError)"
            )
        }
    }

    @Test func `an ordinary user's sandbox runs, too`() async throws {
        let setpriv = try #require(OutsideTool(named: "setpriv"))
        let tree = try await SandboxedTree()
        let program = tree.folder.url.appending(path: "adyton")
        try FileManager.default.copyItem(at: Tool.adyton.executable, to: program)
        let user = geteuid() == 0 ? ["--reuid", "65534", "--regid", "65534", "--clear-groups"] : []
        let output = try await setpriv.run(
            user + [program.path, "exec-linux", tree.image, "/bin/sh", "-c", "id; touch /bin/x || exit 5"]
        )
        #expect(String(decoding: output.standardOutput, as: UTF8.self).hasPrefix("uid=0"), "\(output.standardError)")
        #expect(output.status == 5)
    }

    @Test func `a port leads in, and nothing leads out`() async throws {
        let tree = try await SandboxedTree()
        let arguments = [
            "exec-linux", "--port", "0:8080", tree.image, "/bin/sh", "-c",
            "ls /sys/class/net; nc -l -p 8080 < /proc/version",
        ]
        let process = try await RunningProgram(Tool.adyton, arguments)
        defer { process.end() }
        let line = try await process.errorLine(containing: "port 8080 is at ")
        let address = try #require(line.split(separator: " ").last)
        let curl = try #require(Tool.curl)
        let ask = ["-s", "--http0.9", "--max-time", "60", "http://\(address)/"]
        var output = try await curl.run(ask)
        // Refused until the application listens.
        for _ in 0..<1200 where output.status != 0 {
            try await Task.sleep(for: .milliseconds(100))
            output = try await curl.run(ask)
        }
        #expect(String(decoding: output.standardOutput, as: UTF8.self).hasPrefix("Linux version"))
        #expect(process.output.hasPrefix("lo\n"))
    }

    @Test func `a signal reaches the application, and a killed launcher leaves no process`() async throws {
        let tree = try await SandboxedTree()
        let polite = try await RunningProgram(
            Tool.adyton,
            ["exec-linux", tree.image, "/bin/sh", "-c", "trap 'exit 9' TERM; echo up; while :; do sleep 0.1; done"]
        )
        defer { polite.end() }
        try await polite.waitForOutput("up")
        polite.signal(SIGTERM)
        #expect(await polite.status() == 9)

        let marker = "97\(UInt32.random(in: 1000...9999))"
        let killed = try await RunningProgram(
            Tool.adyton,
            ["exec-linux", tree.image, "/bin/sh", "-c", "echo up; exec sleep \(marker)"]
        )
        defer { killed.end() }
        try await killed.waitForOutput("up")
        let pgrep = try #require(OutsideTool(named: "pgrep"))
        #expect(try await pgrep.run(["-f", "^sleep \(marker)"]).status == 0)
        killed.signal(SIGKILL)
        var left = try await pgrep.run(["-f", "^sleep \(marker)"])
        for _ in 0..<1200 where left.status == 0 {
            try await Task.sleep(for: .milliseconds(100))
            left = try await pgrep.run(["-f", "^sleep \(marker)"])
        }
        #expect(left.status == 1)
    }

    @Test func `what is not trusted, not sealed or not there is refused with its code`() async throws {
        let tree = try await SandboxedTree()
        let hash = tree.folder.url.appending(path: "hash")
        try await Tool.adyton.run(["fssig", "--roothash", tree.image]).standardOutput.write(to: hash)
        #expect(try await tree.run("exit 0", options: ["--roothash", hash.path]).status == 0)
        try Data("\(String(repeating: "ab", count: 32))\n".utf8).write(to: hash)
        let untrusted = try await tree.run("exit 0", options: ["--roothash", hash.path])
        #expect(untrusted.status == 65)
        #expect(untrusted.standardError.contains("root.untrusted"))

        let missing = try await Tool.adyton.run(["exec-linux", tree.image, "/bin/missing"])
        #expect(missing.status == 125)
        #expect(missing.standardError.contains("sandbox.application-missing"))

        var bytes = try Data(contentsOf: URL(filePath: tree.image))
        bytes[40_000] ^= 1
        let flipped = tree.folder.url.appending(path: "flipped.img")
        try bytes.write(to: flipped)
        let refused = try await tree.run("exit 0", on: flipped.path)
        #expect(refused.status == 65)
        #expect(refused.standardError.contains("verity.block-mismatch"))

        let plain = tree.folder.url.appending(path: "plain.img")
        let mke2fs = try #require(OutsideTool(named: "mke2fs"))
        #expect(try await mke2fs.run(["-q", "-t", "ext2", "-d", tree.tree, plain.path, "8M"]).status == 0)
        #expect(try await tree.run("exit 0", on: plain.path).standardError.contains("root.unsealed"))
        #expect(try await tree.run("exit 0", on: "/bin/ls").standardError.contains("root.format-unknown"))
    }

    @Test func `a configuration says what runs, and the host only what it takes`() async throws {
        let tree = try await SandboxedTree()
        let config = tree.folder.url.appending(path: "config.json").path
        let text = """
            {"ApplicationPath": "/bin/sh", "HostApplicationParameters": true, "HostEnvironmentVariables": ["LEVEL"],
             "EnvironmentVariables": ["A=b", "MYST_TARGET=sgx"], "CurrentWorkingDirectory": "/bin",
             "MainStackSize": "4m", "MemorySize": "128m"}
            """
        try Data(text.utf8).write(to: URL(filePath: config))
        let script = "echo $A $LEVEL $MYST_TARGET $PWD; ulimit -s; ulimit -d"
        let options = ["exec-linux", "--app-config-path", config]
        let words = [tree.image, "/bin/sh", "-c", script]
        let output = try await Tool.adyton.run(options + ["--env", "LEVEL=debug"] + words)
        let lines = String(decoding: output.standardOutput, as: UTF8.self)
        #expect(lines == "b debug linux /bin\n4096\n131072\n", "\(output.standardError)")
        let refused = try await Tool.adyton.run(options + ["--env", "OTHER=x"] + words)
        #expect(refused.status == 64)
        #expect(refused.standardError.contains("does not take it"))
    }

    @Test func `the options say the same, and the image's own defaults fill in the rest`() async throws {
        let tree = try await SandboxedTree()
        let defaults = #"{"Env": ["A=image", "PATH=/bin:/other"], "WorkingDir": "/bin"}"#
        try Data(defaults.utf8).write(to: URL(filePath: tree.tree + "/appenv.json"))
        let script = "echo $A $PATH $PWD; ulimit -s; grep -c processor /proc/cpuinfo >/dev/null; id -u"
        let plain = try await tree.run(script, on: tree.tree)
        let expected = "image /bin:/other /bin\n"
        #expect(String(decoding: plain.standardOutput, as: UTF8.self).hasPrefix(expected), "\(plain.standardError)")
        let options = [
            "--memory-size", "128m", "--main-stack-size", "2m", "--max-affinity-cpus", "1", "--set", "A=set",
            "--directory", "/", "--env", "B=host",
        ]
        let output = try await tree.run("echo $A $B $PWD; ulimit -s; ulimit -d", on: tree.tree, options: options)
        let lines = String(decoding: output.standardOutput, as: UTF8.self)
        #expect(lines == "set host /\n2048\n131072\n", "\(output.standardError)")
    }

    @Test(.enabled(if: OutsideTool(named: "strace") != nil || OutsideTool.isRequired, "strace is missing"))
    func `strace shows the application's system calls from its first on`() async throws {
        let tree = try await SandboxedTree()
        let output = try await tree.run("cat /no/such/file; echo done", options: ["--strace"])
        #expect(String(decoding: output.standardOutput, as: UTF8.self) == "done\n" && output.status == 0)
        #expect(output.standardError.contains("execve(\"/bin/sh\""), "\(output.standardError)")
        #expect(output.standardError.contains("/no/such/file\", O_RDONLY"))
        let some = try await tree.run(
            "cat /no/such/file; exit 3",
            options: ["--strace-filter", "SYS_execve:exit_group"]
        )
        #expect(some.status == 3 && !some.standardError.contains("openat("))
        #expect(some.standardError.contains("exit_group(3)"))
        let failing = try await tree.run("cat /no/such/file; exit 0", options: ["--strace-failing"])
        #expect(failing.standardError.contains("ENOENT") && !failing.standardError.contains("= 0\n"))
    }

    @Test func `an application waits for a debugger, and the hint names its process`() async throws {
        let tree = try await SandboxedTree()
        let process = try await RunningProgram(
            Tool.adyton,
            ["exec-linux", "--debug", tree.image, "/bin/sh", "-c", "exit 4"]
        )
        defer { process.end() }
        let line = try await process.errorLine(containing: "gdb -p ")
        let number = try #require(line.split(separator: " ").compactMap { pid_t($0) }.first)
        // As gdb's detach would: nobody traces it, and it is let go.
        #expect(kill(number, SIGCONT) == 0)
        #expect(await process.status() == 4)
    }

    @Test(.enabled(if: OutsideTool(named: "gdb") != nil || OutsideTool.isRequired, "gdb is missing"))
    func `gdb attaches as the hint says, and stops where the application begins`() async throws {
        let tree = try await SandboxedTree()
        let process = try await RunningProgram(
            Tool.adyton,
            ["exec-linux", "--debug", tree.image, "/bin/sh", "-c", "echo ran; exit 4"]
        )
        defer { process.end() }
        let hint = try await process.errorLine(containing: "gdb -p ")
        let shell = try #require(OutsideTool(named: "sh"))
        let output = try await shell.run(["-c", "\(hint) -batch -ex continue -ex 'info inferiors' -ex detach"])
        let text = String(decoding: output.standardOutput, as: UTF8.self)
        #expect(text.contains("exec'd /bin/busybox") && text.contains("detached"), "\(text)\(output.standardError)")
        #expect(await process.status() == 4)
        #expect(process.output == "ran\n")
    }

    @Test func `an image is mounted where the configuration allows it, with its root hash`() async throws {
        let tree = try await SandboxedTree()
        let folder = tree.folder.url
        try FileManager.default.createDirectory(at: folder.appending(path: "data"), withIntermediateDirectories: false)
        try Data("content\n".utf8).write(to: folder.appending(path: "data/file"))
        let image = folder.appending(path: "data.img").path
        let made = try await Tool.adyton.run(["mkext2", "--owner", "0:0", folder.appending(path: "data").path, image])
        let hash = String(decoding: made.standardOutput, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        let config = folder.appending(path: "config.json").path
        func configure(_ hash: String) throws {
            let mount = #"{"Target": "/data", "Type": "ext2", "RootHash": "\#(hash)", "AtRun": true}"#
            try Data(#"{"ApplicationPath": "/bin/sh", "HostApplicationParameters": 1, "Mount": [\#(mount)]}"#.utf8)
                .write(to: URL(filePath: config))
        }
        try configure(hash)
        let options = ["exec-linux", "--app-config-path", config]
        let words = [tree.image, "/bin/sh", "-c", "cat /data/file; touch /data/x || echo read-only"]
        let output = try await Tool.adyton.run(options + ["--mount", "/data=\(image)"] + words)
        #expect(
            String(decoding: output.standardOutput, as: UTF8.self) == "content\nread-only\n",
            "\(output.standardError)"
        )
        let none = try await Tool.adyton.run(options + words)
        #expect(none.status == 64 && none.standardError.contains("launch.mount-missing"))
        let stray = try await Tool.adyton.run(
            options + ["--mount", "data=\(image)", "--mount", "/etc=\(image)"] + words
        )
        #expect(stray.status == 64 && stray.standardError.contains("launch.mount-not-taken"))
        try configure(String(repeating: "ab", count: 32))
        let wrong = try await Tool.adyton.run(options + ["--mount", "data=\(image)"] + words)
        #expect(wrong.status == 65 && wrong.standardError.contains("root.untrusted"))
    }

    @Test func `a program beside a configuration that names another is a contradiction`() async throws {
        let tree = try await SandboxedTree()
        let config = tree.folder.url.appending(path: "config.json").path
        try Data(#"{"ApplicationPath": "/bin/echo", "ApplicationParameters": ["own"]}"#.utf8)
            .write(to: URL(filePath: config))
        let options = ["exec-linux", "--app-config-path", config, tree.image]
        let other = try await Tool.adyton.run(options + ["/bin/sh"])
        #expect(
            other.status == 64 && other.standardError.contains("/bin/echo") && other.standardError.contains("/bin/sh")
        )
        let arguments = try await Tool.adyton.run(options + ["/bin/echo", "mine"])
        #expect(arguments.status == 64 && arguments.standardError.contains("HostApplicationParameters"))
        for words in [[], ["/bin/echo"], ["/bin/echo", "own"]] {
            let output = try await Tool.adyton.run(options + words)
            #expect(output.status == 0 && String(decoding: output.standardOutput, as: UTF8.self) == "own\n")
        }
    }

    @Test(arguments: ["--memcheck", "--nobrk", "--perf", "--host-uds"])
    func `Mystikos's other options are answered as by exec-vm`(option: String) async throws {
        let here = try await Tool.adyton.run(["exec-linux", option, "root.img", "/bin/app"])
        let machine = try await Tool.adyton.run(["exec-vm", option, "root.img", "/bin/app"])
        #expect(here.status == 64)
        let sentence = machine.standardError.split(separator: "\n").first
        #expect(sentence == here.standardError.split(separator: "\n").first)
        #expect(sentence?.contains("has no meaning here") == true)
    }
}
