import Diagnostics
import LaunchMeasurement
import TestSupport
import Testing

@Suite struct KernelTests {
    private static let good: [SampleKernel] = [
        SampleKernel(), SampleKernel(isPlus: false), SampleKernel(certificates: 0),
        SampleKernel(trailer: 0), SampleKernel(directoryEntryCount: 4, certificates: 0), SampleKernel(sections: []),
        SampleKernel(sections: [.init(offset: 0, size: 0), .init(offset: 0x240, size: 8)]),
    ]

    private static let script = """
        import predict_pcrs as p, sys
        k = open(sys.argv[1], 'rb').read()
        print(p.authenticode(k).hex(), p.authenticode(k, 'sha384').hex())
        """

    @Test(
        .enabled(if: OutsideTool.python.isReady && Oracle.folder != nil, "Python or the shared oracle is missing"),
        arguments: good.indices
    )
    func `hashes an image as the oracle does, in both banks`(index: Int) async throws {
        let kernel = Self.good[index].bytes
        let folder = try TemporaryFolder()
        let theirs = try await Oracle.python(Self.script, [try folder.write(kernel, "kernel")])
        let stored = HostSoftware(kernelHandover: .stored, initrdArgument: .behind, secureBootVariable: .off)
        let register = try SampleKernel.measured(kernel, nil, "", nil, stored).registers[4]
        guard case .determined(let register)? = register else {
            Issue.record("the register was not predicted")
            return
        }
        let digests = register.events[0].digests
        #expect("\(Hexadecimal.text(digests.sha256)) \(Hexadecimal.text(digests.sha384))" == theirs)
    }

    @Test func `tells every byte that counts from every byte that does not`() throws {
        let sample = SampleKernel()
        let whole = try sample.measured().value(of: 4, in: .sha256)
        let uncounted = sample.uncountedBytes
        for offset in sample.bytes.indices {
            var bytes = sample.bytes
            bytes[offset] ^= 1
            var value: [UInt8]?
            let code = failure { value = try SampleKernel.measured(bytes).value(of: 4, in: .sha256) }
            // The old value of a patched field is irrelevant, and so is an invalid offset of the certificate table.
            let isPatched = offset == 0x210 || (0x224..<0x226).contains(offset) || (0x228..<0x22c).contains(offset)
            if code == nil { #expect((value == whole) == (uncounted.contains(offset) || isPatched), "byte \(offset)") }
        }
    }

    @Test func `refuses an image that is cut anywhere`() throws {
        let bytes = SampleKernel().bytes
        for count in 0..<bytes.count {
            let code = failure { _ = try SampleKernel.measured(Array(bytes[..<count])) }
            #expect(code == .kernelTruncated || code == .kernelInvalid, "cut at \(count)")
        }
    }

    private static let lies: [(SampleKernel, LaunchMeasurementError.Code)] = [
        (SampleKernel(directoryEntryCount: 17), .kernelInvalid),
        (SampleKernel(sections: [.init(offset: 0x200, size: 0x80)]), .kernelInvalid),
        (SampleKernel(sections: [.init(offset: 0x240, size: 0x40), .init(offset: 0x27f, size: 8)]), .kernelInvalid),
        (SampleKernel(headersSize: 0x100), .kernelInvalid), (SampleKernel(headersSize: .max), .kernelTruncated),
        (SampleKernel(certificatePlace: 0x10), .kernelInvalid), (SampleKernel(certificatePlace: .max), .kernelInvalid),
        (SampleKernel(protocolVersion: 0x20b), .kernelTooOld), (SampleKernel(loadFlags: 0), .kernelTooOld),
    ]

    @Test(arguments: lies.indices)
    func `refuses a lie in the headers`(index: Int) {
        let (kernel, code) = Self.lies[index]
        #expect(failure { _ = try kernel.measured() } == code)
    }

    @Test func `refuses a section that no memory could hold without taking any`() {
        var bytes = SampleKernel().bytes
        let table = SampleKernel.optionalHeader + 112 + 128
        bytes.replaceSubrange(table + 16..<table + 24, with: [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0x80])
        #expect(failure { _ = try SampleKernel.measured(bytes) } == .kernelTruncated)
    }

    @Test func `leaves what is no Linux kernel as it is`() throws {
        let stored = HostSoftware(kernelHandover: .stored, initrdArgument: .behind, secureBootVariable: .off)
        let image = SampleKernel(setupMagic: "none")
        let kernel = SampleKernel()
        #expect(try image.measured().registers[4] == image.measured(software: stored).registers[4])
        #expect(try kernel.measured().registers[4] != kernel.measured(software: stored).registers[4])
    }

    @Test func `refuses an initramfs that does not fit below the devices`() throws {
        let machine = try MachineConfiguration(memoryInBytes: 64 << 20)
        let room = (64 << 20) - 0x28000 - 1
        _ = try SampleKernel().measured(initramfs: [UInt8](repeating: 0, count: room - 1), machine: machine)
        let code = failure {
            _ = try SampleKernel().measured(initramfs: [UInt8](repeating: 0, count: room), machine: machine)
        }
        #expect(code == .initramfsTooLarge)
    }
}
