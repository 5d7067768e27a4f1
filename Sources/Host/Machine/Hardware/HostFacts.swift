import Foundation
package import PackageManifest

/// A host's support for confidential virtual machines.
package struct HostFacts: Equatable, Sendable {
    /// Whether `/dev/kvm` may be opened.
    package var hasKvm = false
    /// Whether the AMD secure processor's device exists.
    package var hasSecureProcessor = false
    /// Whether the processor supports SEV-SNP.
    package var knowsSnp = false
    /// Whether the kernel supports SEV-SNP (`kvm_amd`'s parameter).
    package var offersSnp = false
    /// Whether the kernel supports TDX (`kvm_intel`'s parameter).
    package var offersTdx = false
    /// QEMU's object types (`-object help`); nil where no QEMU lists them.
    package var qemuObjects: Set<String>?
    /// The platforms that the firmware supports; nil without a firmware.
    package var firmwareFeatures: Set<FirmwareFeature>?

    /// Creates the facts of a host without any support.
    package init() {}

    /// A platform that a firmware supports, by the GUIDed table at its end.
    package enum FirmwareFeature: String, Sendable, CaseIterable {
        case kernelHashes = "7255371f-3a3b-4b04-927b-1da6efa8d454"
        case snp = "dc886566-984a-4798-a75e-5585a7bf67cc"
        case tdx = "e47a6535-984a-4798-865e-4685a7bf8ec2"

        /// The GUID as stored in a file: three little-endian fields, then eight bytes.
        var bytes: [UInt8] {
            let fields = rawValue.split(separator: "-").map { field in
                stride(from: 0, to: field.count, by: 2).compactMap { start in
                    UInt8(String(Array(field)[start..<start + 2]), radix: 16)
                }
            }
            return fields[0].reversed() + fields[1].reversed() + fields[2].reversed() + fields[3] + fields[4]
        }
    }

    /// A requirement of a platform that this host does not meet.
    package struct MissingRequirement: Equatable, Sendable {
        /// What is missing.
        package let what: String
        /// How to fix it.
        package let remedy: String
    }

    /// The unmet requirements of a platform.
    ///
    /// - Parameter platform: The platform.
    /// - Returns: The unmet requirements; empty where the platform can be launched.
    package func lacks(for platform: Platform) -> [MissingRequirement] {
        switch platform {
        case .vtpm: []
        case .snp: snpLacks
        case .tdx: tdxLacks
        }
    }

    private var snpLacks: [MissingRequirement] {
        var lacks: [MissingRequirement] = []
        func need(_ isThere: Bool, _ what: String, _ remedy: String) {
            if !isThere { lacks.append(MissingRequirement(what: what, remedy: remedy)) }
        }
        need(knowsSnp, "a processor with SEV-SNP", "an AMD EPYC 7003 or newer")
        need(
            hasSecureProcessor,
            "/dev/sev",
            "enable SEV-SNP in the firmware set-up; a host kernel with CONFIG_CRYPTO_DEV_SP_PSP"
        )
        need(offersSnp, "SEV-SNP in the kernel", "a host kernel from 6.11 on with kvm_amd.sev_snp=1")
        need(hasKvm, "/dev/kvm", "load kvm_amd, and be in the group kvm")
        need(qemuObjects?.contains("sev-snp-guest") == true, "a QEMU that knows sev-snp-guest", "QEMU 9.1 or newer")
        need(
            firmwareFeatures?.isSuperset(of: [.kernelHashes, .snp]) == true,
            "a firmware for SEV-SNP with kernel hashes",
            "OVMF's AmdSev build, such as the package ovmf-amdsev, or --firmware"
        )
        return lacks
    }

    private var tdxLacks: [MissingRequirement] {
        var lacks: [MissingRequirement] = []
        func need(_ isThere: Bool, _ what: String, _ remedy: String) {
            if !isThere { lacks.append(MissingRequirement(what: what, remedy: remedy)) }
        }
        need(
            offersTdx,
            "TDX in the kernel",
            "a Xeon with TDX enabled in the firmware set-up, and a host kernel from 6.16 on with kvm_intel.tdx=1"
        )
        need(hasKvm, "/dev/kvm", "load kvm_intel, and be in the group kvm")
        need(qemuObjects?.contains("tdx-guest") == true, "a QEMU that knows tdx-guest", "QEMU 10.1 or newer")
        need(
            firmwareFeatures?.contains(.tdx) == true,
            "a firmware for TDX",
            "OVMF from the package ovmf, or --firmware"
        )
        return lacks
    }

    /// Examines this host.
    ///
    /// - Parameters:
    ///   - qemu: QEMU's path; nil for none.
    ///   - firmware: The firmware's path; nil for none.
    /// - Returns: The facts.
    package static func ofThisHost(qemu: String?, firmware: String?) -> HostFacts {
        var facts = HostFacts()
        // Safe: the path is a string of our own that outlives the call.
        facts.hasKvm = unsafe access("/dev/kvm", R_OK | W_OK) == 0
        facts.hasSecureProcessor = FileManager.default.fileExists(atPath: "/dev/sev")
        facts.knowsSnp = MemoryEncryption.ofThisHost().isSecureNestedPagingKnown
        facts.offersSnp = isOn("/sys/module/kvm_amd/parameters/sev_snp")
        facts.offersTdx = isOn("/sys/module/kvm_intel/parameters/tdx")
        if let qemu, let answer = try? ProbeRun.run(qemu, ["-object", "help"], milliseconds: 5000) {
            facts.qemuObjects = Set(
                answer.output.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
            )
        }
        facts.firmwareFeatures = firmware.flatMap { features(of: $0) }
        return facts
    }

    private static func isOn(_ parameter: String) -> Bool {
        let text = try? String(contentsOfFile: parameter, encoding: .utf8)
        return ["Y", "1"].contains(text?.trimmingCharacters(in: .whitespacesAndNewlines))
    }

    /// The tables are below the reset vector, in the last 4096 bytes.
    private static func features(of path: String) -> Set<FirmwareFeature>? {
        guard let file = try? FileHandle(forReadingFrom: URL(filePath: path)), let end = try? file.seekToEnd(),
            (try? file.seek(toOffset: end - min(end, 4096))) != nil, let tail = try? file.read(upToCount: 4096)
        else { return nil }
        return Set(FirmwareFeature.allCases.filter { tail.range(of: Data($0.bytes)) != nil })
    }
}
