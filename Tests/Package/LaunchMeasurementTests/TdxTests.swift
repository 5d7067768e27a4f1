import Diagnostics
import Foundation
import LaunchMeasurement
import TestSupport
import Testing

@Suite struct TdxTests {
    static func measurement(
        _ firmware: [UInt8],
        order: TdxMeasurement.PageOrder = .pageByPage,
        software: HostSoftware = .debian12,
        commandLine: String = "quiet"
    ) throws -> TdxMeasurement {
        try TdxMeasurement.compute(
            firmware: SampleFirmware.image(firmware),
            parts: DirectKernelBoot(
                kernel: PartContent(SampleKernel().bytes, name: "kernel"),
                initramfs: PartContent([1], name: "initramfs"),
                commandLine: commandLine
            ),
            machine: MachineConfiguration(memoryInBytes: 1 << 30),
            software: software,
            order: order
        )
    }

    @Test(.enabled(if: OutsideTool.python.isReady, "Python is missing"), arguments: TdxMeasurement.PageOrder.allCases)
    func `builds the register of the build as another program reads the specification`(
        order: TdxMeasurement.PageOrder
    ) async throws {
        let folder = try TemporaryFolder()
        let script = "import tdx_mrtd, sys; print(tdx_mrtd.mrtd(open(sys.argv[1], 'rb').read(), sys.argv[2]))"
        var images = [SampleFirmware().bytes]
        if let distribution = FileManager.default.contents(atPath: "/usr/share/ovmf/OVMF.fd") {
            images.append(Array(distribution))
        }
        for image in images {
            let theirs = try await Oracle.python(script, [try folder.write(image, "firmware"), order.rawValue])
            #expect(Hexadecimal.text(try Self.measurement(image, order: order).buildDigest) == theirs)
        }
    }

    /// The event log and quote of a TDX guest.
    private struct Evidence: Decodable {
        struct Event: Decodable {
            let register: Int
            let type: Int
            let digest: String
            let data: String
        }
        let events: [Event]
        let rtmr: [String]
    }

    private static let log = "tdx/lunal-attestation-rs/ccel_live2.bin"
    private static let quote = "tdx/lunal-attestation-rs/tdx_quote_v4_live.bin"
    private static let hasEvidence =
        OutsideTool.python.isReady && PublicEvidence.isReady(log, quote) && Oracle.folder != nil

    private static func evidence() async throws -> Evidence {
        let files = try [log, quote].map { try #require(PublicEvidence.file($0)).path }
        let script = """
            import json, sys, tcg_event_log as t
            q = open(sys.argv[2], 'rb').read()
            _, _, events = t.parse(open(sys.argv[1], 'rb').read())
            print(json.dumps({
                'events': [{'register': r, 'type': e, 'digest': d[12].hex(), 'data': x.hex()} for r, e, d, x in events],
                'rtmr': [q[48 + 328 + 48 * i:][:48].hex() for i in range(4)]}))
            """
        let text = try await Oracle.python(script, files)
        return try JSONDecoder().decode(Evidence.self, from: Data(text.utf8))
    }

    /// The guest of the evidence has an OVMF without Secure Boot.
    private static let plain = HostSoftware(
        kernelHandover: .patched,
        initrdArgument: .behind,
        secureBootVariable: .absent
    )

    @Test(.enabled(if: hasEvidence, "\(PublicEvidence.absence)"))
    func `expects the events that a real trust domain logged`() async throws {
        let evidence = try await Self.evidence()
        let registers = try Self.measurement(SampleFirmware().bytes, software: Self.plain).runtimeRegisters
        guard case .partly(let events, _) = registers[0] else {
            Issue.record("RTMR0 was predicted")
            return
        }
        let logged = evidence.events.filter { $0.register == 1 }
        try #require(logged.count == events.count)
        for (ours, theirs) in zip(events, logged) {
            switch ours {
            case .decidedByHost:
                // EV_EFI_HANDOFF_TABLES2 and EV_PLATFORM_CONFIG_FLAGS.
                #expect([0x8000_000b, 0xa].contains(theirs.type))
            case .determined(let event) where event.name == "variables (CFV)":
                // The sample firmware has other variables; the next test compares those of a real image.
                #expect(theirs.type == 0x8000_000a)
            case .determined(let event):
                #expect(Hexadecimal.text(event.digests.sha384) == theirs.digest, "\(event.name)")
            }
        }
    }

    private static let variables = "/usr/share/OVMF/OVMF_VARS_4M.fd"
    private static let hasVariables = FileManager.default.fileExists(atPath: variables) || OutsideTool.isRequired

    @Test(.enabled(if: hasEvidence && hasVariables, "the shared vectors or OVMF are missing"))
    func `measures a variable store as a real trust domain did`() async throws {
        let store = Array(try Data(contentsOf: URL(filePath: Self.variables)))
        var firmware = SampleFirmware(size: store.count + 8192)
        firmware.tdx = [.init(rawSize: UInt32(store.count), address: 0xffc0_0000, size: UInt64(store.count), type: 1)]
        let bytes = store + firmware.bytes[store.count...]
        guard case .partly(let events, _) = try Self.measurement(bytes).runtimeRegisters[0],
            case .determined(let event) = events[1]
        else {
            Issue.record("the store was not measured")
            return
        }
        #expect(Hexadecimal.text(event.digests.sha384) == (try await Self.evidence().events[1].digest))
    }

    @Test(.enabled(if: hasEvidence, "\(PublicEvidence.absence)"))
    func `comes to a real quote's registers from its kernel, command line and initramfs`() async throws {
        let evidence = try await Self.evidence()
        let digest = { (event: Evidence.Event) in
            let bytes = Hexadecimal.bytes(event.digest) ?? []
            return MeasuredEvent("logged", DigestPair(sha256: bytes, sha384: bytes))
        }
        let kernel = try #require(evidence.events.first { $0.register == 2 })
        let register = TdxMeasurement.kernelRegister(image: digest(kernel))
        #expect(Hexadecimal.text(register.value(in: .sha384)) == evidence.rtmr[1])
        let arguments = evidence.events.filter { $0.register == 3 }
        #expect(arguments.map(\.type) == [6, 6])
        let second = MeasuredRegister(arguments.map(digest))
        #expect(Hexadecimal.text(second.value(in: .sha384)) == evidence.rtmr[2])
        guard case .determined(let ours) = try Self.measurement(SampleFirmware().bytes).runtimeRegisters[2] else {
            Issue.record("RTMR2 was not predicted")
            return
        }
        #expect(ours.events.map(\.name) == ["command line", "initramfs"])
        #expect(Hexadecimal.text(MeasuredRegister([]).value(in: .sha384)) == evidence.rtmr[3])
    }

    @Test func `shows the command line in the third register alone`() throws {
        let firmware = SampleFirmware().bytes
        let one = try Self.measurement(firmware)
        let other = try Self.measurement(firmware, commandLine: "debug")
        #expect(one.buildDigest == other.buildDigest)
        #expect(one.runtimeRegisters.indices.filter { one.runtimeRegisters[$0] != other.runtimeRegisters[$0] } == [2])
        #expect(one.runtimeRegisters.map { $0.value(in: .sha384) == nil } == [true, false, false, false])
    }

    @Test func `adds pages in the order it was asked for`() throws {
        let firmware = SampleFirmware().bytes
        let one = try Self.measurement(firmware).buildDigest
        #expect(try Self.measurement(firmware, order: .addsFirst).buildDigest != one)
    }
}
