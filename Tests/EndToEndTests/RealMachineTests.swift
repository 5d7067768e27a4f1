import Foundation
import TestSupport
import Testing

/// What a machine that boots needs.
enum GuestTools {
    static let areReady: Bool = {
        let tools = ["qemu-system-x86_64", "swtpm", "busybox"].allSatisfy { OutsideTool(named: $0) != nil }
        let kernel = ProjectFolder.dependencies.appending(path: "kernel/vmlinuz").path
        return tools && FileManager.default.fileExists(atPath: kernel) || OutsideTool.isRequired
    }()
    /// Makes small programs to run in a machine.
    static let compiler = OutsideTool(named: "cc")
}

/// Machines that boot: QEMU, OVMF, swtpm, the kernel and process 1.
@Suite(
    .serialized,
    .enabled(if: GuestTools.areReady, "QEMU, OVMF, swtpm, busybox or the guest's kernel is missing")
)
struct RealMachineTests {
    private static func options(_ name: String) -> [String] {
        ["--name", name, "--owner", "0:0", "--memory-size", "128m", "--cpus", "1"] + MachinePlace.guestOptions
    }

    @Test func `an application's output and status come out, and its variables go in`() async throws {
        let place = try MachinePlace()
        let output = try await place.run(
            ["exec-vm", "--env", "WORD=outside", "--timing"] + Self.options("once")
                + [place.makeTree(), "/bin/busybox", "sh", "-c", "echo from $WORD $0; exit 7", "--name"]
        )
        #expect(output.status == 7, "\(output.standardError)")
        #expect(String(decoding: output.standardOutput, as: UTF8.self).contains("from outside --name"))
        for stage in ["qemu", "started", "root", "application", "ready"] {
            #expect(output.standardError.contains("s  \(stage)\n"))
        }
        #expect(output.standardError.contains("DEBUG"))
        #expect(try await place.isClean(of: "once"))
    }

    @Test func `two machines serve side by side, one is stopped and one loses its command`() async throws {
        let place = try MachinePlace()
        let tree = try place.makeTree()
        var machines: [MachineProcess] = []
        for name in ["left", "right"] {
            let machine = try await MachineProcess(
                place,
                ["exec-vm", "--sealed", "--publish", "0:8080", "--ready-port", "8080"] + Self.options(name)
                    + [tree, "/bin/busybox", "httpd", "-f", "-p", "8080", "-h", "/www"]
            )
            machines.append(machine)
        }
        for machine in machines {
            #expect(try await machine.isReady(), "\(machine.messages)")
            let port = try #require(machine.port(of: 8080))
            #expect(try await place.body(of: "http://127.0.0.1:\(port)/") == "from inside\n")
        }
        machines[0].signal(SIGINT)
        #expect(await machines[0].status() == 0, "\(machines[0].messages)")
        machines[1].signal(SIGKILL)
        #expect(try await place.isClean(of: "left"))
        #expect(try await place.isClean(of: "right"))
        // A sealed machine's application has nowhere to print.
        #expect(machines.allSatisfy { $0.text.isEmpty })
    }

    @Test func `a package runs, is listed, logged and stopped, and one with a flipped bit is refused`() async throws {
        let place = try MachinePlace()
        let configuration = """
            {"ApplicationPath": "/bin/busybox", "ApplicationParameters": ["httpd", "-f", "-p", "8080", "-h", "/www"],
             "MemorySize": "128m", "Processors": 1, "Ports": [8080], "Readiness": {"Port": 8080}, "Debug": false}
            """
        try Data(configuration.utf8).write(to: URL(filePath: place.path("config.json")))
        _ = try await place.run(["keygen", "-o", place.path("key.pem")])
        let made = try await place.run(
            ["package", "-o", place.path("app.adyton"), "--owner", "0:0"] + MachinePlace.guestOptions
                + [place.makeTree(), place.path("key.pem"), place.path("config.json")]
        )
        #expect(made.status == 0, "\(made.standardError)")
        let started = try await place.run(["run", "--detach", "--name", "oracle", place.path("app.adyton")])
        #expect(started.status == 0, "\(started.standardError)")
        #expect(String(decoding: started.standardOutput, as: UTF8.self) == "oracle\n")
        let list = try await place.run(["ps"])
        let row = String(decoding: list.standardOutput, as: UTF8.self)
        #expect(row.contains("oracle") && row.contains("ready") && row.contains("->8080"))
        let digest = String(decoding: made.standardOutput, as: UTF8.self).trimmingCharacters(
            in: .whitespacesAndNewlines
        )
        #expect(row.contains(digest))
        let log = try await place.run(["logs", "oracle"])
        #expect(String(decoding: log.standardOutput, as: UTF8.self).contains("\"name\":\"ready\""))
        let stopped = try await place.run(["stop", "oracle"])
        #expect(stopped.status == 0, "\(stopped.standardError)")
        #expect(try await place.isClean(of: "oracle"))
        var bytes = try Data(contentsOf: URL(filePath: place.path("app.adyton")))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(filePath: place.path("flipped.adyton")))
        let refused = try await place.run(["run", "--name", "flipped", place.path("flipped.adyton")])
        #expect(refused.status == 65)
        #expect(refused.standardError.contains("package."))
        #expect(try await place.isClean(of: "flipped"))
    }
}
