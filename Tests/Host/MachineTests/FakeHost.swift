import Dispatch
import Files
import Foundation
import Machine
import PackageManifest
import TestSupport

/// A host whose QEMU and TPM are scripts, so that every end of a machine can be had in a moment.
final class FakeHost: Sendable {
    static let adyton = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        .appending(path: "adyton").path
    private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")

    /// The scripts need Python; Scripts/setup.sh brings it.
    static let isReady = OutsideTool(named: "python3") != nil || OutsideTool.isRequired

    let root: RuntimeFolder
    let environment: [String: String]
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        // Copies, so that a process of this host is known by its path.
        for name in ["fake-qemu", "fake-swtpm"] {
            try FileManager.default.copyItem(
                at: Self.fixtures.appending(path: name),
                to: folder.url.appending(path: name)
            )
        }
        let run = folder.url.appending(path: "run")
        try FileManager.default.createDirectory(
            at: run,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700]
        )
        environment = ProcessInfo.processInfo.environment.merging(["XDG_RUNTIME_DIR": run.path]) { $1 }
        root = try RuntimeFolder(environment: environment)
    }

    /// A machine whose guest plays a part of `fake-qemu`.
    func machine(_ play: String, name: String = "fake") -> MachineDescription {
        let path = folder.url.path
        var machine = MachineDescription(
            name: name,
            platform: .vtpm,
            accelerator: .tcg,
            programs: HostPrograms(qemu: path + "/fake-qemu", swtpm: path + "/fake-swtpm", firmware: "/dev/null"),
            commandLine: "play=\(play)"
        )
        machine.limits.startInSeconds = 120
        return machine
    }

    func start(_ machine: MachineDescription, console: Int32? = nil) throws -> RunningMachine {
        try RunningMachine(
            machine,
            files: [MachineFile(opening: "/dev/null"), MachineFile(opening: "/dev/null")],
            program: Self.adyton,
            console: console,
            root: root,
            environment: environment
        )
    }

    /// Runs a machine to its end on a thread of its own.
    ///
    /// - Returns: Everything that was told.
    func play(
        _ machine: MachineDescription,
        console: Int32? = nil,
        onEvent: @escaping @Sendable (MachineEvent, RunningMachine) -> Void = { _, _ in }
    ) async throws -> [MachineEvent] {
        try await runBlocking {
            let running = try self.start(machine, console: console)
            var events: [MachineEvent] = []
            while let event = running.next(signals: -1) {
                events.append(event)
                onEvent(event, running)
                if event.kind != .stage { break }
            }
            return events
        }
    }

    /// Waits for something that another process does.
    ///
    /// - Returns: Whether it came to be.
    func eventually(within seconds: Double = 120, _ condition: () -> Bool) async throws -> Bool {
        let deadline = Date(timeIntervalSinceNow: seconds)
        while Date() < deadline {
            if condition() { return true }
            try await Task.sleep(for: .milliseconds(50))
        }
        return condition()
    }

    /// The processes of this host's QEMU and TPM.
    var processes: [Int32] { processes(of: "") }

    func processes(of program: String) -> [Int32] {
        let prefix = folder.url.path + "/" + program
        return ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { Int32($0) }.filter {
            let line = FileManager.default.contents(atPath: "/proc/\($0)/cmdline") ?? Data()
            return String(decoding: line, as: UTF8.self).contains(prefix)
        }
    }

    /// Ends this host's processes of a program, as the host's kernel may.
    func end(_ program: String) {
        for process in processes(of: program) { kill(process, SIGKILL) }
    }

    /// Whether no process, no folder and no file of a machine is left.
    var isClean: Bool {
        processes.isEmpty && ((try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? ["?"]).isEmpty
    }
}
