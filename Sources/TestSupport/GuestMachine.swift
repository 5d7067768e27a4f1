package import Foundation
package import GuestInterface
import Subprocess
import Synchronization

/// A machine in software emulation that boots a kernel and an initial file system, for tests of what runs in it.
///
/// The control channel is QEMU's standard input and output; nothing but loopback ports is opened on this system.
package struct GuestMachine: Sendable {
    /// What a machine did until it ended.
    package struct Outcome: Sendable {
        /// The guest's events without heartbeats; nil for eight bytes that are no event.
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
        fileprivate let input: StandardInputWriter

        /// Sends a message.
        package func send(_ message: HostMessage) async throws {
            _ = try await input.write(message.bytes ?? [])
        }
    }

    /// Whether the machine's time limit has passed.
    private final class Expiry: Sendable {
        let hasPassed = Atomic(false)
    }

    private static let emulator = OutsideTool(named: "qemu-system-x86_64")
    /// The kernel of `Scripts/setup.sh`.
    package static let kernel = ProjectFolder.dependencies.appending(path: "kernel/vmlinuz")
    /// Its modules.
    package static let modules = ProjectFolder.dependencies.appending(path: "kernel/modules")
    /// The kernel of `Scripts/build-kernel.sh`, and the one of debug packages.
    package static let sealedKernel = ProjectFolder.dependencies.appending(path: "sealed-kernel/vmlinuz")
    package static let sealedDebugKernel = ProjectFolder.dependencies.appending(path: "sealed-kernel/vmlinuz-debug")
    /// What every host says.
    package static let start: [HostMessage] = [.clock(1_800_000_000), .start]
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
    package var messages = GuestMachine.start
    package var memoryInMegabytes = 256
    /// The kernel.
    package var kernel = GuestMachine.kernel
    /// A file that is the guest's memory: what is at an address is at that offset, as the host sees it.
    package var memoryFile: URL?
    /// Devices and tables that a host adds.
    package var furtherArguments: [String] = []
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

    /// Boots, and waits for the end; the machine is killed at its time limit, or when the task is cancelled.
    ///
    /// - Parameter onReady: Called once, when the guest reports that it is ready.
    /// - Returns: What the machine did.
    /// - Throws: `SubprocessError` where QEMU cannot start, and what `onReady` throws.
    package func run(onReady: (@Sendable (Control) async throws -> Void)? = nil) async throws -> Outcome {
        guard let emulator = Self.emulator else { throw CocoaError(.fileNoSuchFile) }
        let folder = try TemporaryFolder()
        let console = folder.url.appending(path: "console")
        let (deadline, limit) = (Expiry(), Duration.seconds(limitInSeconds))
        let result = try await Subprocess.run(
            try emulator.configuration(arguments(console: console), environment: [:]),
            input: .inputWriter,
            output: .sequence,
            error: .currentStandardError
        ) { execution in
            try await withThrowingTaskGroup(of: Void.self) { group in
                defer { group.cancelAll() }
                group.addTask {
                    try await Task.sleep(for: limit)
                    deadline.hasPassed.store(true, ordering: .relaxed)
                    try execution.send(signal: .kill)
                }
                let control = Control(input: execution.standardInputWriter)
                return try await converse(control, execution.standardOutput, onReady)
            }
        }
        let (events, wasAlive) = result.closureResult
        return Outcome(
            events: events,
            wasAlive: wasAlive,
            console: String(decoding: (try? Data(contentsOf: console)) ?? Data(), as: UTF8.self),
            endedByItself: !deadline.hasPassed.load(ordering: .relaxed)
        )
    }

    /// Sends the first messages, and reads events until the end of the control channel.
    private func converse(
        _ control: Control,
        _ output: SubprocessOutputSequence,
        _ onReady: (@Sendable (Control) async throws -> Void)?
    ) async throws -> (events: [ControlEvent?], wasAlive: Bool) {
        for message in messages { try await control.send(message) }
        var (events, wasAlive): ([ControlEvent?], Bool) = ([], false)
        var bytes: [UInt8] = []
        for try await buffer in output {
            // Safe: the pointer is used during the call only.
            unsafe bytes += buffer.withUnsafeBytes { unsafe Array($0) }
            while bytes.count >= ControlEvent.length {
                let event = ControlEvent(Array(bytes.prefix(ControlEvent.length)))
                bytes.removeFirst(ControlEvent.length)
                if event == .alive { wasAlive = true } else { events.append(event) }
                if event == .ready { try await onReady?(control) }
            }
        }
        return (events, wasAlive)
    }

    private func arguments(console: URL) -> [String] {
        var words = [
            "-machine", "q35", "-accel", "tcg,thread=single", "-cpu", "max", "-smp", "1", "-m", "\(memoryInMegabytes)",
            "-nodefaults", "-display", "none", "-no-reboot", "-serial", "file:\(console.path)",
            "-kernel", kernel.path, "-initrd", initialFileSystem.path, "-append", commandLine,
            "-device", "virtio-serial-pci,romfile=", "-chardev", "stdio,id=control,signal=off",
            "-device", "virtserialport,chardev=control,name=\(ControlEvent.portName)",
        ]
        let forward = forwardedPort.map { ",hostfwd=tcp:127.0.0.1:\($0)-:8000" } ?? ""
        words += ["-netdev", "user,id=net,restrict=on\(forward)", "-device", "virtio-net-pci,netdev=net,romfile="]
        for (index, disk) in disks.enumerated() {
            words += ["-drive", "if=none,id=d\(index),format=raw,readonly=on,file=\(disk.path)"]
            words += ["-device", "virtio-blk-pci,drive=d\(index),romfile="]
        }
        if let memoryFile {
            let backend =
                "memory-backend-file,id=memory,size=\(memoryInMegabytes)M,share=on,mem-path=\(memoryFile.path)"
            words += ["-object", backend, "-machine", "memory-backend=memory"]
        }
        words += furtherArguments
        return words + (firmware.map { ["-bios", $0.path] } ?? [])
    }
}
