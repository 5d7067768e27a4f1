import Diagnostics
import Foundation
import Machine
import PackageManifest

/// Diagnoses the host: the engines that serve models, and the parts that launch machines.
package struct HostDiagnosis: Sendable {
    /// The findings, engines first.
    package let findings: [DiagnosisFinding]
    /// Whether at least one engine can run.
    package let canServe: Bool

    /// Looks at the host.
    ///
    /// - Parameters:
    ///   - engines: The engines of this build, each with its version or the reason why it is missing.
    ///   - host: The host that launches machines.
    package init(engines: [(name: String, version: Result<String, any Error>)], host: LaunchHost = .thisHost) {
        findings =
            engines.map { Self.engine($0.name, $0.version) } + Self.resources() + Self.processorFeatures()
            + Self.devices()
            + [Platform.vtpm, .snp, .tdx].flatMap { Self.launch($0, on: host) }
        canServe = engines.contains { (try? $0.version.get()) != nil }
    }

    private static func engine(_ name: String, _ version: Result<String, any Error>) -> DiagnosisFinding {
        switch version {
        case .success(let version): .present("engine-\(name)", "runs models", detail: version)
        case .failure(let error): .missing("engine-\(name)", "runs models", detail: "\(error)", remedy: "make setup")
        }
    }

    private static func resources() -> [DiagnosisFinding] {
        let process = ProcessInfo.processInfo
        let gibibytes = Double(process.physicalMemory) / Double(1 << 30)
        return [
            .present("cores", "engines and decoding", detail: "\(process.activeProcessorCount)"),
            .present("memory", "weights and images", detail: String(format: "%.1f GiB", gibibytes)),
        ]
    }

    private static func processorFeatures() -> [DiagnosisFinding] {
        let cpuInfo = (try? String(contentsOf: URL(filePath: "/proc/cpuinfo"), encoding: .utf8)) ?? ""
        let flagLine = cpuInfo.split(separator: "\n").first { $0.hasPrefix("flags") } ?? ""
        let flags = Set(flagLine.split(whereSeparator: { $0 == " " || $0 == "\t" }))
        return [("avx2", "fast float32"), ("avx512f", "faster float32"), ("avx512_bf16", "bfloat16 arithmetic")].map {
            flag,
            purpose in
            flags.contains(flag[...])
                ? .present("processor-\(flag)", purpose, detail: "yes")
                : .missing("processor-\(flag)", purpose, detail: "no", remedy: "a newer processor; not needed")
        }
    }

    private static func devices() -> [DiagnosisFinding] {
        let devices = [
            ("/dev/sev-guest", "evidence inside an SEV-SNP machine", "an SEV-SNP guest"),
            ("/dev/tdx_guest", "evidence inside a TDX machine", "an Intel TDX guest"),
            ("/dev/tpmrm0", "evidence of a measured machine", "a machine with a TPM 2.0"),
        ]
        return devices.map { path, purpose, remedy in
            FileManager.default.fileExists(atPath: path)
                ? .present(path, purpose, detail: "yes")
                : .missing(path, purpose, detail: "no", remedy: remedy)
        }
    }

    /// The findings for a platform, one for each unmet requirement.
    static func launch(_ platform: Platform, on host: LaunchHost) -> [DiagnosisFinding] {
        let id = "launch-\(platform.rawValue)"
        let purpose = platform.isConfidential ? "machines that the host cannot look into" : "measured machines"
        let programs: HostPrograms?
        var findings: [DiagnosisFinding] = []
        do throws(MachineError) {
            programs = try host.programs(platform, HostPrograms.Choice())
        } catch {
            programs = nil
            // The hardware's requirements include the firmware.
            if !platform.isConfidential {
                return [.missing(id, purpose, detail: error.detail, remedy: error.expected ?? "")]
            }
        }
        if let programs, !platform.isConfidential {
            findings.append(
                host.accelerator(programs).reason.map {
                    DiagnosisFinding.missing(
                        "kvm",
                        "fast machines",
                        detail: $0,
                        remedy: "a host whose /dev/kvm works; not needed"
                    )
                } ?? .present("kvm", "fast machines", detail: "a guest ran on it")
            )
        }
        // Without a firmware, the programs are still found, and QEMU lists its object types.
        let others = programs ?? (try? host.programs(.vtpm, HostPrograms.Choice()))
        let lacks = host.facts(others?.qemu, programs?.firmware).lacks(for: platform)
        guard !lacks.isEmpty else {
            let parts = [programs?.qemu, programs?.swtpm, programs?.firmware].compactMap(\.self)
            return findings + [.present(id, purpose, detail: parts.joined(separator: ", "))]
        }
        return lacks.map { .missing(id, purpose, detail: "lacks \($0.what)", remedy: $0.remedy) }
    }
}
