import Diagnostics
import Foundation
import Machine
import ModelRuntime
import PackageManifest

/// Looks at the machine that this process runs on.
struct HostDiagnosis {
    /// What was found, engines first.
    let findings: [DiagnosisFinding]
    /// Whether at least one engine can run.
    let canServe: Bool

    init() {
        var findings: [DiagnosisFinding] = []
        var canServe = false
        for kind in EngineKind.allCases {
            do {
                let version = try kind.findLibrary()
                canServe = true
                findings.append(Self.present("engine-\(kind.rawValue)", "runs models", detail: version))
            } catch {
                findings.append(
                    Self.missing("engine-\(kind.rawValue)", "runs models", detail: "\(error)", remedy: "make setup")
                )
            }
        }
        findings += Self.resources()
        findings += Self.processorFeatures()
        findings += Self.sealedMachine()
        self.findings = findings
        self.canServe = canServe
    }

    private static func resources() -> [DiagnosisFinding] {
        let process = ProcessInfo.processInfo
        let gibibytes = Double(process.physicalMemory) / Double(1 << 30)
        return [
            present("cores", "engines and decoding", detail: "\(process.activeProcessorCount)"),
            present("memory", "weights and images", detail: String(format: "%.1f GiB", gibibytes)),
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
                ? present("processor-\(flag)", purpose, detail: "yes")
                : missing("processor-\(flag)", purpose, detail: "no", remedy: "a newer processor; not needed")
        }
    }

    private static func sealedMachine() -> [DiagnosisFinding] {
        let devices = [
            ("/dev/sev-guest", "evidence inside an SEV-SNP machine", "an SEV-SNP guest"),
            ("/dev/tdx_guest", "evidence inside a TDX machine", "an Intel TDX guest"),
            ("/dev/tpmrm0", "evidence of a measured machine", "a machine with a TPM 2.0"),
        ]
        return devices.map { path, purpose, remedy in
            FileManager.default.fileExists(atPath: path)
                ? present(path, purpose, detail: "yes")
                : missing(path, purpose, detail: "no", remedy: remedy)
        } + [Platform.vtpm, .snp, .tdx].flatMap { launch($0) }
    }

    /// What a platform's machines need of this host, each thing that is missing by itself.
    private static func launch(_ platform: Platform) -> [DiagnosisFinding] {
        let id = "launch-\(platform.rawValue)"
        let purpose = platform.isConfidential ? "machines that the host cannot look into" : "measured machines"
        let programs: HostPrograms?
        var findings: [DiagnosisFinding] = []
        do throws(MachineError) {
            programs = try HostPrograms.find(for: platform)
        } catch {
            programs = nil
            // The hardware's own list names the firmware, too.
            if !platform.isConfidential {
                return [missing(id, purpose, detail: error.detail, remedy: error.expected ?? "")]
            }
        }
        if let programs, !platform.isConfidential {
            let answer = AcceleratorProbe(qemu: programs.qemu).answer().answer
            findings.append(
                answer.reason.map {
                    missing("kvm", "fast machines", detail: $0, remedy: "a host whose /dev/kvm works; not needed")
                } ?? present("kvm", "fast machines", detail: "a guest ran on it")
            )
        }
        let qemu = programs?.qemu ?? (try? HostPrograms.find(for: .vtpm))?.qemu
        let lacks = HostFacts.ofThisHost(qemu: qemu, firmware: programs?.firmware).lacks(for: platform)
        guard !lacks.isEmpty else {
            let detail = [programs?.qemu, programs?.swtpm, programs?.firmware].compactMap(\.self).joined(
                separator: ", "
            )
            return findings + [present(id, purpose, detail: detail)]
        }
        return lacks.map { missing(id, purpose, detail: "lacks \($0.what)", remedy: $0.remedy) }
    }

    private static func present(_ id: String, _ purpose: String, detail: String) -> DiagnosisFinding {
        DiagnosisFinding(id: id, purpose: purpose, state: .present, detail: detail, remedy: nil)
    }

    private static func missing(_ id: String, _ purpose: String, detail: String, remedy: String) -> DiagnosisFinding {
        DiagnosisFinding(id: id, purpose: purpose, state: .missing, detail: detail, remedy: remedy)
    }
}
