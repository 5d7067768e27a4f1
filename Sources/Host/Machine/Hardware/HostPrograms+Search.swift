import Foundation
package import PackageManifest

extension HostPrograms {
    /// What a person chose instead of what is found.
    package struct Choice: Equatable, Sendable {
        /// QEMU's path.
        package var qemu: String?
        /// The software TPM's path.
        package var swtpm: String?
        /// The firmware's path.
        package var firmware: String?

        /// Nothing.
        package init() {}
    }

    /// Where distributions put a firmware that fits a platform, best first.
    ///
    /// SEV-SNP wants the build that compares kernel, initial file system and command line with the measured hashes; any
    /// other starts what it is given.
    ///
    /// - Parameter platform: What is to be launched.
    /// - Returns: Paths.
    package static func firmwares(for platform: Platform) -> [String] {
        switch platform {
        case .vtpm, .tdx: ["/usr/share/ovmf/OVMF.fd", "/usr/share/OVMF/OVMF.fd", "/usr/share/edk2/ovmf/OVMF.fd"]
        case .snp:
            [
                "/usr/share/ovmf/OVMF.amdsev.fd", "/usr/share/OVMF/OVMF.amdsev.fd",
                "/usr/share/edk2/ovmf/OVMF.amdsev.fd",
            ]
        }
    }

    /// Finds the programs and the firmware that a platform needs.
    ///
    /// - Parameters:
    ///   - platform: What is to be launched.
    ///   - choice: What a person chose.
    ///   - environment: Where the search path is looked up.
    /// - Returns: Paths that exist.
    /// - Throws: `machine.program-missing`, `machine.firmware-missing`, with what to do.
    package static func find(
        for platform: Platform,
        choice: Choice = Choice(),
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(MachineError) -> HostPrograms {
        let path = environment["PATH"] ?? "/usr/bin:/bin"
        let qemu = try program("qemu-system-x86_64", chosen: choice.qemu, path, package: "qemu-system-x86")
        var swtpm: String?
        if platform == .vtpm { swtpm = try program("swtpm", chosen: choice.swtpm, path, package: "swtpm") }
        let candidates = choice.firmware.map { [absolute($0)] } ?? firmwares(for: platform)
        guard let firmware = candidates.first(where: { FileManager.default.isReadableFile(atPath: $0) }) else {
            let package = platform == .snp ? "ovmf-amdsev" : "ovmf"
            throw MachineError(
                .firmwareMissing,
                subject: "a firmware for \(platform.rawValue)",
                expected: candidates.joined(separator: " or ") + " (apt-get install \(package), or --firmware)"
            )
        }
        return HostPrograms(qemu: qemu, swtpm: swtpm, firmware: firmware)
    }

    private static func program(
        _ name: String,
        chosen: String?,
        _ path: String,
        package: String
    ) throws(MachineError) -> String {
        let candidates = chosen.map { [absolute($0)] } ?? path.split(separator: ":").map { "\($0)/\(name)" }
        guard let found = candidates.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
            let remedy = chosen == nil ? "on the search path (apt-get install \(package))" : "a program"
            throw MachineError(.programMissing, subject: chosen ?? name, expected: remedy)
        }
        return found
    }

    private static func absolute(_ path: String) -> String {
        URL(filePath: path).standardizedFileURL.path
    }
}
