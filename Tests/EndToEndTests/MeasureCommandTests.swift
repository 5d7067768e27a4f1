import Foundation
import TestSupport
import Testing

@Suite struct MeasureCommandTests {
    private static let kernel = ProjectFolder.dependencies.appending(path: "kernel/vmlinuz").path
    private static let hasKernel = FileManager.default.fileExists(atPath: kernel) || OutsideTool.isRequired
    private static let firmware = "/usr/share/ovmf/OVMF.fd"
    private static let hasFirmware = FileManager.default.fileExists(atPath: firmware) || OutsideTool.isRequired

    /// The registers of a document, by their names.
    private static func registers(_ arguments: [String]) async throws -> [String: [String: Any]] {
        let output = try await Tool.adyton.run(["measure", "--json"] + arguments)
        #expect(output.status == 0, "\(output.standardError)")
        let document = try JSONSerialization.jsonObject(with: output.standardOutput) as? [String: Any]
        let registers = try #require(document?["registers"] as? [[String: Any]])
        return Dictionary(uniqueKeysWithValues: registers.map { ("\($0["name"] ?? "")", $0) })
    }

    @Test(.enabled(if: hasKernel, "a kernel is missing; Scripts/setup.sh test brings one"))
    func `prints the registers of a TPM`() async throws {
        let registers = try await Self.registers(["--kernel", Self.kernel, "--append", "quiet"])
        #expect(registers.count == 12)
        #expect(registers["pcr0"]?["because"] is String && registers["pcr0"]?["sha256"] == nil)
        #expect((registers["pcr4"]?["sha256"] as? String)?.count == 64)
        #expect((registers["pcr4"]?["sha384"] as? String)?.count == 96)
        let events = registers["pcr4"]?["events"] as? [[String: Any]]
        #expect(events?.map { "\($0["name"] ?? "")" } == ["kernel", "boot attempt", "separator"])
        let text = try await Tool.adyton.run(["measure", "--kernel", Self.kernel, "--append", "quiet"]).standardOutput
        #expect(String(decoding: text, as: UTF8.self).contains("pcr4        \(registers["pcr4"]?["sha256"] ?? "?")\n"))
    }

    @Test(.enabled(if: hasKernel && hasFirmware, "a kernel or OVMF is missing; Scripts/setup.sh test brings them"))
    func `prints the registers of a trust domain, and which the host decides`() async throws {
        let registers = try await Self.registers([
            "--platform", "tdx", "--kernel", Self.kernel, "--firmware", Self.firmware,
        ])
        #expect(registers.keys.sorted() == ["mrtd", "rtmr0", "rtmr1", "rtmr2", "rtmr3"])
        #expect(registers["rtmr0"]?["because"] is String && registers["rtmr0"]?["sha384"] == nil)
        #expect((registers["mrtd"]?["sha384"] as? String)?.count == 96)
    }

    private static let endings: [(arguments: [String], status: Int32)] = [
        ([], 64), (["--kernel", "/none"], 66), (["--kernel", "/etc/passwd"], 65), (["--kernel", "/etc"], 71),
        (["--kernel", kernel, "--memory", "lots"], 64), (["--kernel", kernel, "--memory", "1"], 64),
        (["--kernel", kernel, "--firmware", firmware], 64), (["--initrd", "/etc/passwd"], 64),
        (["--platform", "tdx", "--kernel", kernel], 64), (["--platform", "snp"], 64),
        (["--platform", "tdx", "--firmware", firmware], 64),
        (["--platform", "tdx", "--firmware", kernel, "--kernel", kernel], 65),
        (["--platform", "snp", "--firmware", firmware], 64),
        (["--platform", "snp", "--firmware", firmware, "--vcpu-type", "Pentium"], 64),
        (["--platform", "snp", "--firmware", firmware, "--vcpu-type", "EPYC"], 0),
        (["--platform", "snp", "--firmware", firmware, "--vcpu-signature", "0x800f12", "--vcpu-type", "EPYC"], 64),
        (["--platform", "snp", "--firmware", firmware, "--vcpu-type", "EPYC", "--kernel", kernel], 65),
    ]

    @Test(
        .enabled(if: hasKernel && hasFirmware, "a kernel or OVMF is missing; Scripts/setup.sh test brings them"),
        arguments: endings.indices
    )
    func `ends with the status that fits`(index: Int) async throws {
        let (arguments, status) = Self.endings[index]
        let output = try await Tool.adyton.run(["measure"] + arguments)
        #expect(output.status == status, "\(output.standardError)")
        #expect(output.standardError.isEmpty == (status == 0))
    }
}
