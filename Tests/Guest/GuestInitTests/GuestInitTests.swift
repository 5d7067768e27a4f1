import GuestInterface
import Testing

@testable import GuestInit

@Suite struct GuestInitTests {
    @Test func `an address with its prefix gives number and mask`() throws {
        let address = try #require(AddressText("10.0.2.15/24"))
        #expect(address.address == 0x0a00_020f && address.mask == 0xffff_ff00)
        #expect(AddressText("1.2.3.4")?.mask == 0xffff_ffff)
        #expect(AddressText("1.2.3.4/0")?.mask == 0)
    }

    @Test(arguments: ["", "1.2.3", "1.2.3.4.5", "256.1.1.1", "+1.2.3.4", "1.2.3.4/33", "1.2.3.4/", "1.2.3.4/2/3", "a"])
    func `what is no address is refused`(text: String) {
        #expect(AddressText(text) == nil)
    }

    @Test func `interface requests have the lengths and places that the kernel reads`() throws {
        let address = try #require(InterfaceRequest.address("eth0", 0x0a00_020f))
        #expect(address.count == 40)
        #expect(Array(address[..<5]) == Array("eth0".utf8) + [0])
        #expect(Array(address[16..<24]) == [2, 0, 0, 0, 10, 0, 2, 15])
        #expect(InterfaceRequest.up("lo")?[16] == 0x41)
        #expect(InterfaceRequest.up(String(repeating: "x", count: 16)) == nil)
        let route = InterfaceRequest.defaultRoute(through: 0x0a00_0202)
        #expect(route.count == 120 && Array(route[24..<32]) == [2, 0, 0, 0, 10, 0, 2, 2])
    }

    @Test func `a device mapper's request states its length, its target and its table`() throws {
        let volume = VerityVolume(blocks: 3, hashStart: 4, rootHash: String(repeating: "0", count: 64), salt: "")
        let bytes = DeviceMapperRequest(device: "name", volume: volume, on: "/dev/vda").bytes
        #expect(bytes.count % 8 == 0)
        #expect(Int(bytes[12]) | Int(bytes[13]) << 8 == bytes.count)
        // 305 bytes of header, which 64-bit kernels round up to 312; sector_start, length, then the target's name.
        #expect(Array(bytes[48..<53]) == Array("name".utf8) + [0])
        #expect(Array(bytes[320..<328]) == [24, 0, 0, 0, 0, 0, 0, 0])
        #expect(Array(bytes[336..<343]) == Array("verity".utf8) + [0])
        let table = bytes[352...].prefix { $0 != 0 }
        #expect(String(decoding: table, as: UTF8.self) == volume.table(device: "/dev/vda"))
        #expect(DeviceMapperRequest(device: "name").bytes.count == 312)
    }

    @Test func `a device's numbers are read from an answer`() throws {
        var answer = [UInt8](repeating: 0, count: 312)
        answer.replaceSubrange(40..<44, with: [0x05, 0xfd, 0x10, 0x00])
        let device = try #require(DeviceMapperRequest.device(in: answer))
        #expect(device == (0xfd, 0x105))
        #expect(DeviceMapperRequest.device(in: [1, 2]) == nil)
    }

    @Test func `a host sets what the plan allows, and nothing more`() throws {
        var application = LaunchPlan.Application(path: "/a")
        application.arguments = ["planned"]
        application.environment = ["LANG=plan", "A=1"]
        application.hostEnvironment = ["LANG"]
        var offer = UntrustedHostInput()
        try offer.take(.environment("LANG=host=x"), for: application)
        #expect(offer.environment(for: application, platform: "none").prefix(2) == ["A=1", "LANG=host=x"])
        for text in ["LD_PRELOAD=x", "LANG", "=x", "LAN=x", "LANGU=x"] {
            #expect(throws: GuestError(.hostArgument, subject: "the variable \(text.prefix { $0 != "=" })")) {
                try offer.take(.environment(text), for: application)
            }
        }
        #expect(throws: GuestError(.hostArgument, subject: "an argument")) {
            try offer.take(.argument("x"), for: application)
        }
        #expect(offer.arguments(for: application) == ["planned"])
        application.takesHostArguments = true
        try offer.take(.argument("x"), for: application)
        #expect(offer.arguments(for: application) == ["x"])
    }

    @Test func `a host's clock is taken within bounds, and demanded`() throws {
        let application = LaunchPlan.Application(path: "/a")
        let bounds = HostMessage.clockBounds
        for seconds in [0, bounds.lowerBound - 1, bounds.upperBound, .max] {
            var offer = UntrustedHostInput()
            #expect(throws: GuestError.self) { try offer.take(.clock(seconds), for: application) }
        }
        var offer = UntrustedHostInput()
        #expect(throws: GuestError(.clock, subject: "a start without a time")) {
            try offer.take(.start, for: application)
        }
        try offer.take(.clock(bounds.lowerBound), for: application)
        #expect(offer.clock == bounds.lowerBound)
        #expect(throws: GuestError.self) { try offer.take(.stop, for: application) }
    }

    @Test func `plan and command line have to agree on debugging`() throws {
        let volume = VerityVolume(blocks: 3, hashStart: 4, rootHash: String(repeating: "0", count: 64), salt: "")
        for (planned, line) in [(true, false), (false, true), (true, true), (false, false)] {
            var plan = LaunchPlan(application: LaunchPlan.Application(path: "/a"))
            plan.isDebug = planned
            let text = Array(KernelCommandLine(root: volume, isDebug: line).text.utf8)
            let source = Result { try PlanSource(plan: Array(plan.text.utf8), commandLine: text) }
            #expect((try? source.get()) == nil ? planned != line : planned == line)
        }
    }

    @Test(arguments: ["snp", "tdx"])
    func `a plan that puts a distribution's kernel on hardware is no plan, unless it says unsealed`(
        platform: String
    ) throws {
        let volume = VerityVolume(blocks: 3, hashStart: 4, rootHash: String(repeating: "0", count: 64), salt: "")
        let line = Array(KernelCommandLine(root: volume, isDebug: false).text.utf8)
        for (kernel, platforms, isPlan) in [
            (LaunchPlan.Kernel.distribution, [platform], false), (.distribution, [platform, "vtpm"], false),
            (.distribution, ["vtpm"], true), (.unsealed, [platform], true), (.sealed, [platform, "vtpm"], true),
        ] {
            var plan = LaunchPlan(application: LaunchPlan.Application(path: "/a"))
            plan.kernel = kernel
            plan.platforms = platforms
            let source = Result { try PlanSource(plan: Array(plan.text.utf8), commandLine: line) }
            #expect(((try? source.get()) != nil) == isPlan, "\(kernel) \(platforms)")
        }
    }

    @Test func `a module's name may not lead out of its folder`() {
        let volume = VerityVolume(blocks: 3, hashStart: 4, rootHash: String(repeating: "0", count: 64), salt: "")
        var plan = LaunchPlan(application: LaunchPlan.Application(path: "/a"))
        plan.modules = ["../init"]
        let line = Array(KernelCommandLine(root: volume, isDebug: false).text.utf8)
        #expect(throws: GuestError.self) { try PlanSource(plan: Array(plan.text.utf8), commandLine: line) }
    }

    @Test func `the count of processes that memory ended is read`() {
        #expect(OOMKillCounter.count(in: "pgfault 3\noom_kill 12\nx 1\n") == 12)
        #expect(OOMKillCounter.count(in: "pgfault 3\n") == 0)
    }

    @Test func `only a status of 200 is ready`() {
        #expect(ReadinessProbe.isReady(Array("HTTP/1.1 200".utf8)))
        for text in ["HTTP/1.1 503", "HTTP/1.1 20", "", "HTTP/2.0 200", "XTTP/1.1 200"] {
            #expect(!ReadinessProbe.isReady(Array(text.utf8)))
        }
    }
}
