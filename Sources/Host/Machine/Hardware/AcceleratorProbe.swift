import Files
import Foundation
import StrictJSON

/// Tests whether `/dev/kvm` works by starting a tiny guest: on some hosts the device exists and hangs or fails.
package struct AcceleratorProbe: Sendable {
    /// The result of the probe.
    package struct Answer: Codable, Equatable, Sendable {
        /// The accelerator to use.
        package var accelerator: Accelerator
        /// Why it is not KVM; nil for KVM.
        package var reason: String?
        /// The cache key: the host's boot and the QEMU binary.
        var key: String
    }

    /// The timeout of the test guest, in milliseconds; it needs a tenth of a second.
    private static let usualLimitInMilliseconds: Int32 = 2500
    /// The I/O port of QEMU's exit device, and the value that the guest writes to it.
    private static let exitValue: UInt8 = 0x2a

    private let qemu: String
    private let cache: String?
    private let device: String
    private let limitInMilliseconds: Int32

    /// Creates a probe.
    ///
    /// - Parameters:
    ///   - qemu: QEMU's path.
    ///   - environment: The variables that name the user's cache folder.
    ///   - device: The KVM device; tests replace it.
    ///   - limitInMilliseconds: The timeout of the test guest; nil for the default.
    package init(
        qemu: String,
        environment: [String: String] = ProcessInfo.processInfo.environment,
        device: String = "/dev/kvm",
        limitInMilliseconds: Int32? = nil
    ) {
        self.qemu = qemu
        self.device = device
        self.limitInMilliseconds = limitInMilliseconds ?? Self.usualLimitInMilliseconds
        let base =
            environment["XDG_CACHE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
            ?? environment["HOME"].map { $0 + "/.cache" }
        cache = base.map { $0 + "/adyton/accelerator.json" }
    }

    /// Returns the cached result, or probes.
    ///
    /// - Returns: The result, and whether it is new, so that the user is notified once.
    package func answer() -> (answer: Answer, isNew: Bool) {
        let key = self.key
        if let known = remembered, known.key == key { return (known, false) }
        let reason = whyNot
        let answer = Answer(accelerator: reason == nil ? .kvm : .tcg, reason: reason, key: key)
        remember(answer)
        return (answer, true)
    }

    /// Caches that a machine on KVM did not start, so that the next one is emulated.
    package func distrust() {
        remember(Answer(accelerator: .tcg, reason: "a machine on it never came up", key: key))
    }

    private var whyNot: String? {
        guard FileManager.default.fileExists(atPath: device) else { return "\(device) is missing" }
        // Safe: the path is a string of our own that outlives the call.
        guard unsafe access(device, R_OK | W_OK) == 0 else { return "\(device) may not be opened by this user" }
        do {
            let firmware = try MachineFile(inMemory: "adyton-probe")
            try firmware.write(Self.firmware)
            let (end, output) = try ProbeRun.run(
                qemu,
                [
                    "-machine", "q35", "-accel", "kvm", "-cpu", "host", "-m", "16", "-nodefaults", "-no-user-config",
                    "-display", "none", "-no-reboot", "-bios", "/proc/self/fd/3",
                    "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04",
                ],
                files: [firmware],
                milliseconds: limitInMilliseconds
            )
            // The device ends QEMU with exit status (value << 1) | 1.
            if end == .exited(Int32(Self.exitValue) << 1 | 1) { return nil }
            guard let end else { return "the smallest guest hangs" }
            let words = output.split(separator: "\n").first.map { ": \($0)" } ?? ""
            return "the smallest guest ends QEMU with \(end.text)\(words)"
        } catch {
            return "\(error)"
        }
    }

    /// A firmware image of 64 KiB whose first instructions write to the port: `mov al, value; out 0xf4, al; hlt`.
    private static var firmware: [UInt8] {
        let code: [UInt8] = [0xb0, exitValue, 0xba, 0xf4, 0x00, 0xee, 0xf4, 0xeb, 0xfd]
        // The reset vector, 16 bytes below the end: a far jump to the segment's start.
        let start: [UInt8] = [0xea, 0x00, 0x00, 0x00, 0xf0]
        let size = 65536
        return code + [UInt8](repeating: 0x90, count: size - 16 - code.count) + start
            + [UInt8](repeating: 0, count: 16 - start.count)
    }

    private var key: String {
        let boot = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
        let attributes = try? FileManager.default.attributesOfItem(atPath: qemu)
        let date = (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
        let start = boot?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
        return "\(start) \(geteuid()) \(device) \(qemu) \(date)"
    }

    private var remembered: Answer? {
        guard let cache, let data = FileManager.default.contents(atPath: cache) else { return nil }
        return try? JSONText.decode(from: Array(data))
    }

    private func remember(_ answer: Answer) {
        guard let cache, let data = try? JSONEncoder().encode(answer) else { return }
        let folder = URL(filePath: cache).deletingLastPathComponent()
        // Without a cache file, the next command probes again.
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try? data.write(to: URL(filePath: cache), options: .atomic)
    }
}
