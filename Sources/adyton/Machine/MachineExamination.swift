import Foundation
import ModelRuntime

/// Looks at the machine that this process runs on.
struct MachineExamination {
    /// What was found, engines first.
    let findings: [MachineFinding]
    /// Whether at least one engine can run.
    let canServe: Bool

    init() {
        var findings: [MachineFinding] = []
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

    private static func resources() -> [MachineFinding] {
        let process = ProcessInfo.processInfo
        let gibibytes = Double(process.physicalMemory) / Double(1 << 30)
        return [
            present("cores", "engines and decoding", detail: "\(process.activeProcessorCount)"),
            present("memory", "weights and images", detail: String(format: "%.1f GiB", gibibytes)),
        ]
    }

    private static func processorFeatures() -> [MachineFinding] {
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

    private static func sealedMachine() -> [MachineFinding] {
        let devices = [
            ("/dev/kvm", "fast virtual machines", "a host with virtualisation, and membership of the group kvm"),
            ("/dev/sev", "launches SEV-SNP machines", "an AMD EPYC 7003 or newer host with SNP enabled"),
            ("/dev/sev-guest", "evidence inside an SEV-SNP machine", "an SEV-SNP guest"),
            ("/dev/tdx_guest", "evidence inside a TDX machine", "an Intel TDX guest"),
            ("/dev/tpmrm0", "evidence of a measured machine", "a machine with a TPM 2.0"),
        ]
        let tools = [
            ("qemu-system-x86_64", "launches machines", "apt-get install qemu-system-x86"),
            ("swtpm", "the developer's TPM", "apt-get install swtpm"),
        ]
        let manager = FileManager.default
        let found = devices.map { path, purpose, remedy in
            manager.fileExists(atPath: path)
                ? present(path, purpose, detail: "yes")
                : missing(path, purpose, detail: "no", remedy: remedy)
        }
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return found
            + tools.map { name, purpose, remedy in
                let place = folders.map { "\($0)/\(name)" }.first { manager.isExecutableFile(atPath: $0) }
                return place.map { present(name, purpose, detail: $0) }
                    ?? missing(name, purpose, detail: "no", remedy: remedy)
            }
    }

    private static func present(_ id: String, _ purpose: String, detail: String) -> MachineFinding {
        MachineFinding(id: id, purpose: purpose, state: .present, detail: detail, remedy: nil)
    }

    private static func missing(_ id: String, _ purpose: String, detail: String, remedy: String) -> MachineFinding {
        MachineFinding(id: id, purpose: purpose, state: .missing, detail: detail, remedy: remedy)
    }
}
