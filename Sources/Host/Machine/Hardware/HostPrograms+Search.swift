import Foundation
package import PackageManifest

extension HostPrograms {
    /// Programs that the user chose instead of the search's results.
    package struct Choice: Equatable, Sendable {
        /// QEMU's path.
        package var qemu: String?
        /// The software TPM's path.
        package var swtpm: String?
        /// The firmware's path.
        package var firmware: String?

        /// Creates an empty value.
        package init() {}
    }

    /// The paths at which distributions install firmware for a platform, in order of preference.
    ///
    /// SEV-SNP requires the build that compares kernel, initial file system and command line with measured hashes; any
    /// other build starts whatever the host supplies.
    ///
    /// - Parameter platform: The platform to launch.
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
    ///   - platform: The platform to launch.
    ///   - choice: The user's choice.
    ///   - environment: The variables that contain the search path.
    /// - Returns: Paths that exist.
    /// - Throws: `machine.program-missing`, `machine.firmware-missing`, with a remedy.
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
            throw MachineError(
                .firmwareMissing,
                subject: "a firmware for \(platform.rawValue)",
                expected: candidates.joined(separator: " or ") + " (\(remedy(for: platform)))"
            )
        }
        return HostPrograms(qemu: qemu, swtpm: swtpm, firmware: firmware)
    }

    /// How to get a firmware: Debian has the one for SEV-SNP as a package from its release 13 on.
    private static func remedy(for platform: Platform) -> String {
        platform == .snp
            ? "the package ovmf-amdsev, which Debian has from release 13 on, or --firmware"
            : "apt-get install ovmf, or --firmware"
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
