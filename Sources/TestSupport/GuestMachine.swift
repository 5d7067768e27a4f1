package import Foundation
package import GuestInterface
import Synchronization

/// A machine in software emulation that boots a kernel and an initial file system, for tests of what runs in it.
///
/// The control channel is QEMU's standard input and output; nothing but loopback ports is opened on this system.
package struct GuestMachine: Sendable {
    /// What came of a machine that ended.
    package struct Outcome: Sendable {
        /// What the guest said, without the beats; nil stands for eight bytes that are no event.
        package let events: [ControlEvent?]
        /// Whether it was alive to say so at least once.
        package let wasAlive: Bool
        /// What was written to the serial console.
        package let console: String
        /// Whether the machine ended by itself.
        package let endedByItself: Bool
    }

    /// What a test says to a running machine.
    package struct Control: Sendable {
        fileprivate let input: FileHandle

        /// Sends a message.
        package func send(_ message: HostMessage) throws {
            try input.write(contentsOf: Data(message.bytes ?? []))
        }
    }

    private static let emulator = OutsideTool(named: "qemu-system-x86_64")
    /// The kernel of `Scripts/setup.sh`.
    package static let kernel = ProjectFolder.dependencies.appending(path: "kernel/vmlinuz")
    /// Its modules.
    package static let modules = ProjectFolder.dependencies.appending(path: "kernel/modules")
    /// Firmware that measures.
    package static let firmware = URL(filePath: "/usr/share/ovmf/OVMF.fd")

    /// Whether a machine can be booted; where tools are required, the answer is yes, so that a missing one fails.
    package static var isReady: Bool {
        emulator != nil && FileManager.default.fileExists(atPath: kernel.path) || OutsideTool.isRequired
    }

    package var initialFileSystem: URL
    package var commandLine: String
    package var disks: [URL]
    /// What the host says at once.
    package var messages: [HostMessage] = [.start]
    package var memoryInMegabytes = 256
    /// The loopback port that leads to the guest's port 8000.
    package var forwardedPort: UInt16?
    /// QEMU's own firmware, unless said.
    package var firmware: URL?
    /// When the machine is ended, in seconds.
    package var limitInSeconds = 600.0

    package init(initialFileSystem: URL, commandLine: String, disks: [URL]) {
        self.initialFileSystem = initialFileSystem
        self.commandLine = commandLine
        self.disks = disks
    }

    /// Boots, and waits for the end, on a thread of its own.
    ///
    /// - Parameter onReady: Is called once, when the guest says that it is ready.
    /// - Returns: What came of it.
    /// - Throws: Foundation's error where QEMU cannot be started, and what `onReady` throws.
    package func run(onReady: (@Sendable (Control) throws -> Void)? = nil) async throws -> Outcome {
        try await runBlocking { try runHere(onReady) }
    }

    private func runHere(_ onReady: (@Sendable (Control) throws -> Void)?) throws -> Outcome {
        guard let emulator = Self.emulator else { throw CocoaError(.fileNoSuchFile) }
        let folder = try TemporaryFolder()
        let console = folder.url.appending(path: "console")
        let process = Process()
        process.executableURL = emulator.executable
        process.arguments = arguments(console: console)
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        let hasTimedOut = Mutex(false)
        let watch = DispatchSource.makeTimerSource()
        watch.schedule(deadline: .now() + limitInSeconds)
        watch.setEventHandler {
            hasTimedOut.withLock { $0 = true }
            // Not SIGTERM, which a process that a test's thread started has blocked.
            kill(process.processIdentifier, SIGKILL)
        }
        watch.resume()
        defer {
            watch.cancel()
            if process.isRunning { kill(process.processIdentifier, SIGKILL) }
            process.waitUntilExit()
        }
        let control = Control(input: input.fileHandleForWriting)
        for message in messages { try control.send(message) }
        var (events, wasAlive): ([ControlEvent?], Bool) = ([], false)
        while case let bytes = output.fileHandleForReading.readData(ofLength: ControlEvent.length),
            bytes.count == ControlEvent.length
        {
            let event = ControlEvent([UInt8](bytes))
            if event == .alive { wasAlive = true } else { events.append(event) }
            if event == .ready { try onReady?(control) }
        }
        process.waitUntilExit()
        return Outcome(
            events: events,
            wasAlive: wasAlive,
            console: String(decoding: (try? Data(contentsOf: console)) ?? Data(), as: UTF8.self),
            endedByItself: !hasTimedOut.withLock { $0 }
        )
    }

    private func arguments(console: URL) -> [String] {
        var words = [
            "-machine", "q35", "-accel", "tcg,thread=single", "-cpu", "max", "-smp", "1", "-m", "\(memoryInMegabytes)",
            "-nodefaults", "-display", "none", "-no-reboot", "-serial", "file:\(console.path)",
            "-kernel", Self.kernel.path, "-initrd", initialFileSystem.path, "-append", commandLine,
            "-device", "virtio-serial-pci,romfile=", "-chardev", "stdio,id=control,signal=off",
            "-device", "virtserialport,chardev=control,name=\(ControlEvent.portName)",
        ]
        let forward = forwardedPort.map { ",hostfwd=tcp:127.0.0.1:\($0)-:8000" } ?? ""
        words += ["-netdev", "user,id=net,restrict=on\(forward)", "-device", "virtio-net-pci,netdev=net,romfile="]
        for (index, disk) in disks.enumerated() {
            words += ["-drive", "if=none,id=d\(index),format=raw,readonly=on,file=\(disk.path)"]
            words += ["-device", "virtio-blk-pci,drive=d\(index),romfile="]
        }
        return words + (firmware.map { ["-bios", $0.path] } ?? [])
    }
}
