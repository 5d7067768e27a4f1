import Diagnostics
package import Foundation
import StrictJSON

/// Runs conformance vectors of the kind `snp-measure`.
package enum SnpVectors {
    /// One launch of a list; the properties match the list's keys.
    private struct Case: Decodable {
        let name: String
        let vcpus: Int
        let signature: UInt32?
        let ovmf: String
        let kernel: String?
        let initrd: String?
        let append: String?
        let features: UInt64
        let vmm: String
        let firmwareDigest: String?
        let expected: String

        private enum CodingKeys: String, CodingKey {
            case name, vcpus, ovmf, kernel, initrd, append, vmm, expected
            case signature = "vcpu_sig"
            case features = "guest_features"
            case firmwareDigest = "ovmf_hash_override"
        }
    }

    /// Checks a vector; success means "accept".
    ///
    /// - Parameter files: The vector's files by role. `json` is a list of launches with expected digests, whose
    ///   firmware files are in the same directory; `ovmf` alone is a firmware to measure with a kernel.
    /// - Returns: How many digests were computed and matched.
    /// - Throws: `measure.vector-mismatch` for a different digest, `measure.vector-invalid` for an invalid vector, and
    ///   measurement errors, which mean "refuse".
    package static func answer(_ files: [String: URL]) throws(LaunchMeasurementError) -> Int {
        if let list = files["json"] { return try recompute(list) }
        guard let ovmf = files["ovmf"] else {
            throw LaunchMeasurementError(.vectorInvalid, subject: "files", expected: "json or ovmf")
        }
        let kernel = PartContent([], name: "kernel")
        _ = try SnpLaunchDigest.compute(
            firmware: FirmwareImage(PartContent(contentsOf: ovmf.path)),
            parts: DirectKernelBoot(kernel: kernel, initramfs: nil, commandLine: ""),
            launch: SnpLaunch(vcpuCount: 1, vcpu: VcpuModel(named: "EPYC-v4"))
        )
        return 1
    }

    private static func recompute(_ list: URL) throws(LaunchMeasurementError) -> Int {
        let cases: [Case]
        do {
            cases = try JSONText.decode(from: Array(Data(contentsOf: list)), unknownNames: .ignored)
        } catch {
            throw LaunchMeasurementError(.vectorInvalid, subject: list.lastPathComponent, found: "\(error)")
        }
        for launch in cases {
            let digest = Hexadecimal.text(try digest(of: launch, in: list.deletingLastPathComponent()).bytes)
            guard digest == launch.expected else {
                throw LaunchMeasurementError(
                    .vectorMismatch,
                    subject: launch.name,
                    expected: launch.expected,
                    found: digest
                )
            }
        }
        return cases.count
    }

    private static func digest(of launch: Case, in folder: URL) throws(LaunchMeasurementError) -> SnpLaunchDigest {
        let override = launch.firmwareDigest.map { Hexadecimal.bytes($0) ?? [] }
        guard let hypervisor = SnpLaunch.Hypervisor(rawValue: launch.vmm.lowercased()),
            launch.ovmf == URL(filePath: launch.ovmf).lastPathComponent,
            [launch.kernel, launch.initrd].allSatisfy({ $0 == nil || $0 == "empty" })
        else {
            throw LaunchMeasurementError(
                .vectorInvalid,
                subject: launch.name,
                expected: "a known hypervisor, a file beside the list, empty kernels"
            )
        }
        let parts = try launch.kernel.map { name throws(LaunchMeasurementError) in
            try DirectKernelBoot(
                kernel: PartContent([], name: name),
                initramfs: nil,
                commandLine: launch.append ?? ""
            )
        }
        return try SnpLaunchDigest.compute(
            firmware: FirmwareImage(PartContent(contentsOf: folder.appending(path: launch.ovmf).path)),
            parts: parts,
            launch: SnpLaunch(
                vcpuCount: launch.vcpus,
                vcpu: launch.signature.map { VcpuModel(signature: $0) },
                hypervisor: hypervisor,
                guestFeatures: launch.features
            ),
            firmwareDigest: override
        )
    }
}
