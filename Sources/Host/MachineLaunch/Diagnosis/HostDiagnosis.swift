import Diagnostics
import Foundation
import GramineLaunch
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
            + Self.devices() + Self.gramine()
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
            (
                GramineTools.device, "enclaves (exec-sgx, untried)",
                "a processor with SGX and flexible launch control, SGX turned on in the firmware set-up; not needed"
            ),
        ]
        return devices.map { path, purpose, remedy in
            FileManager.default.fileExists(atPath: path)
                ? .present(path, purpose, detail: "yes")
                : .missing(path, purpose, detail: "no", remedy: remedy)
        }
    }

    private static func gramine() -> [DiagnosisFinding] {
        let tools = GramineTools()
        return GramineTools.Program.allCases.map { program in
            do throws(GramineError) {
                return .present(program.rawValue, "enclaves (exec-sgx, untried)", detail: try tools.path(of: program))
            } catch {
                return .missing(
                    program.rawValue,
                    "enclaves (exec-sgx, untried)",
                    detail: "not on the search path",
                    remedy: "\(GramineTools.remedy); not needed"
                )
            }
        }
    }

    /// What a platform's machines need of this host, each thing that is missing by itself.
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
