import Machine
import PackageManifest
import Testing

@testable import MachineLaunch

@Suite struct HostDiagnosisTests {
    private struct NoLibrary: Error, CustomStringConvertible {
        let description = "no library"
    }

    @Test func `a host can serve with one engine of two`() {
        let diagnosis = HostDiagnosis(
            engines: [("onnx", .success("1.32")), ("torch", .failure(NoLibrary()))],
            host: FakeHost.host()
        )
        #expect(diagnosis.canServe)
        #expect(diagnosis.findings[0] == .present("engine-onnx", "runs models", detail: "1.32"))
        #expect(diagnosis.findings[1].text == "– engine-torch: no library  (runs models)\n    to have it: make setup")
        #expect(!HostDiagnosis(engines: [("torch", .failure(NoLibrary()))], host: FakeHost.host()).canServe)
    }

    @Test func `names each thing that a platform lacks by itself`() {
        let findings = HostDiagnosis.launch(.snp, on: FakeHost.host(launchable: [.tdx]))
        #expect(findings.count == 3 && findings.allSatisfy { $0.state == .missing && $0.id == "launch-snp" })
        #expect(findings.allSatisfy { $0.detail.hasPrefix("lacks ") && $0.remedy != nil })
        let present = HostDiagnosis.launch(.tdx, on: FakeHost.host(launchable: [.tdx]))
        #expect(present.count == 1 && present[0].detail == "/fake/qemu, /fake/swtpm, /fake/firmware")
    }

    @Test func `says why machines run in software`() {
        let host = FakeHost.host(accelerator: .init(accelerator: .tcg, reason: "/dev/kvm is missing"))
        let findings = HostDiagnosis.launch(.vtpm, on: host)
        #expect(findings.map(\.id) == ["kvm", "launch-vtpm"])
        #expect(findings[0].state == .missing && findings[0].detail == "/dev/kvm is missing")
        let without = HostDiagnosis.launch(.vtpm, on: FakeHost.host(withoutPrograms: [.vtpm]))
        #expect(without.map(\.state) == [.missing] && without[0].remedy == "OVMF")
    }
}
