import Foundation
import GuestInterface
import TestSupport
import Testing

/// Boots an application that tries every known way out of its confinement (`Fixtures/escape.c`), under both kernels.
@Suite(
    .serialized,
    .enabled(
        if: TestGuest.isReady && (TestGuest.compiler != nil || OutsideTool.isRequired),
        "QEMU, busybox, cc or .deps/kernel is missing"
    )
)
struct ConfinementTests {
    private static let hasSealedKernel = FileManager.default.fileExists(atPath: GuestMachine.sealedKernel.path)

    let guest: TestGuest

    init() async throws {
        guest = try await TestGuest.shared.value
    }

    /// A machine whose application is the hostile program.
    private func machine(
        _ kernel: LaunchPlan.Kernel,
        _ capabilities: [Capability],
        user: UInt32 = 0,
        debug: Bool
    ) throws -> GuestMachine {
        var plan = TestGuest.plan("", debug: debug)
        plan.application.path = "/bin/escape"
        plan.application.arguments = [String(Capability.bits(capabilities), radix: 16)]
        plan.application.capabilities = capabilities
        (plan.application.user, plan.application.group) = (user, user)
        plan.mounts = [.memory(target: "/tmp", maximumBytes: 1 << 20, mode: 0o1777)]
        plan.network = LaunchPlan.Network()
        plan.kernel = kernel
        if kernel == .sealed { plan.modules = [] }
        var machine = try guest.machine(plan)
        if kernel == .sealed { machine.kernel = debug ? GuestMachine.sealedDebugKernel : GuestMachine.sealedKernel }
        return machine
    }

    /// The application's lines that begin with a word.
    private func lines(_ word: String, in console: String) -> [String] {
        console.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { $0.hasPrefix("\(word) ") }
    }

    @Test func `root finds no way out under a distribution's kernel, and a debug package names what was refused`()
        async throws
    {
        let outcome = try await machine(.distribution, [], debug: true).run()
        #expect(outcome.events.last == .exited(0))
        #expect(lines("OPEN", in: outcome.console) + lines("LOST", in: outcome.console) == [])
        #expect(lines("closed", in: outcome.console).count > 130, "\(outcome.console.suffix(2000))")
        for call in [
            "mount", "unshare", "setns", "ptrace", "bpf", "io_uring_setup", "kexec_load", "init_module", "keyctl",
            "socket of family 17", "socket of family 40", "socket of type SOCK_RAW, which needs NET_RAW",
            "socket of family AF_NETLINK, protocol 16", "chroot, which needs SYS_CHROOT", "mknod of a device",
            "setresuid, which needs SETUID", "chown, which needs CHOWN", "clone with new namespaces", "personality",
            "ioctl on a terminal's input or console",
        ] {
            let named =
                outcome.console.contains("(escape): \(call)\r\n") || outcome.console.contains("(escape): \(call)\n")
            #expect(named, "\(call)")
        }
    }

    @Test(.enabled(if: Self.hasSealedKernel, "make kernel builds .deps/sealed-kernel"))
    func `root with every capability finds no way out under the own kernel`() async throws {
        let outcome = try await machine(.sealed, Capability.allCases.sorted(), debug: false).run()
        // The status is the place of the first open way.
        #expect(outcome.events.last == .exited(0))
        #expect(outcome.console.isEmpty)
    }

    private static let combinations: [(LaunchPlan.Kernel, [Capability], UInt32)] =
        [LaunchPlan.Kernel.distribution, .sealed].flatMap { kernel in
            [[], Capability.container.sorted(), Capability.allCases.sorted()].flatMap { capabilities in
                [0, 1000].map { (kernel, capabilities, $0) }
            }
        }

    @Test(
        .enabled(if: LargeTests.areWanted && Self.hasSealedKernel, "large: make test-all runs it"),
        arguments: combinations.indices
    )
    func `no user finds a way out, whatever the capabilities`(index: Int) async throws {
        let (kernel, capabilities, user) = Self.combinations[index]
        for debug in [false, true] {
            let outcome = try await machine(kernel, capabilities, user: user, debug: debug).run()
            #expect(outcome.events.last == .exited(0), "\(outcome.console)")
        }
    }
}
