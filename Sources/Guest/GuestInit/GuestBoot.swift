import CGuest
import Glibc
import GuestInterface

/// The boot sequence of process 1, from the kernel's start of `/init` to power-off.
///
/// ``Supervisor`` takes over once the application runs.
package struct GuestBoot {
    private var channel: ControlChannel?
    private var console: Console = .silent
    private var failurePort: FailurePort?

    package init() {}

    /// Boots the guest, runs its application, and powers the machine off.
    ///
    /// Returns only where the process is not process 1.
    package mutating func run() {
        guard getpid() == 1 else { return }
        do throws(GuestError) {
            let event = try runApplication()
            channel?.send(event)
        } catch {
            console.say(error.description)
            channel?.send(.failed(error.failure))
            failurePort?.report(error.failure, within: 1000)
        }
        channel?.drain(milliseconds: 2000)
        console.drain(milliseconds: 5000)
        while true {
            guest_power_off()
            DescriptorPoll.pause(milliseconds: 1000)
        }
    }

    /// Runs the boot steps in order and returns the event that ends the run.
    private mutating func runApplication() throws(GuestError) -> ControlEvent {
        // Opened first so that the host learns of every failure; where the port's driver is a module, it is opened
        // after the modules are loaded.
        channel = ControlChannel.find(within: 500)
        channel?.send(.reached(.started))
        failurePort = FailurePort.open()
        let source = try PlanSource.read()
        let plan = source.plan
        console = try Console.open(isDebug: plan.isDebug)
        // The console of a debug package is that port, and says more.
        if plan.isDebug { failurePort = nil }
        try KernelCheck(plan: plan).run()
        try KernelModules(plan: plan).load()
        guard let channel = channel ?? ControlChannel.find(within: 2000) else {
            throw GuestError(.control, subject: ControlEvent.portName)
        }
        self.channel = channel
        reach(.modules)
        let offer = try takeOffer(for: plan.application, from: channel)
        try offer.documents.check(try RunningKernel(plan: plan))
        try GuestClock.set(offer.clock)
        reach(.clock)
        try SystemCall.setHostname(plan.hostname).orFail(.network, "the host name")
        try NetworkInterface(network: plan.network).bringUp()
        let gateway = try plan.gateway.map { plan throws(GuestError) in try GuestGateway(plan) }
        reach(.network)
        let evidence = EvidenceService(plan: plan, devices: EvidenceDevices.open())
        let (images, gatewayImage) = try switchRoot(source, gateway)
        let mounts = AdditionalMounts(plan: plan)
        try mounts.mount(images)
        try NameServers(plan: plan).announce()
        try evidence.furnish(offer.documents)
        if let gateway, let gatewayImage { try gateway.furnish(gatewayImage, for: plan.application) }
        reach(.mounts)
        try Hardening.apply()
        return try supervise(plan, offer, channel, evidence, gateway)
    }

    private mutating func switchRoot(
        _ source: PlanSource,
        _ gateway: GuestGateway?
    ) throws(GuestError) -> (images: [VerityDevice], gateway: VerityDevice?) {
        let device = try VerityDevice("adyton-root", source.root, disk: "a", failure: .rootVolume)
        let root = RootSwitch(plan: source.plan)
        try root.mount(device)
        reach(.root)
        let images = try AdditionalMounts(plan: source.plan).mapImages()
        let gatewayImage = try gateway?.mapImage()
        try root.furnish()
        KernelModules(plan: source.plan).discard()
        try root.enter()
        return (images, gatewayImage)
    }

    /// Starts gateway and application, and supervises them until the application exits.
    private mutating func supervise(
        _ plan: LaunchPlan,
        _ offer: UntrustedHostInput,
        _ channel: ControlChannel,
        _ evidence: EvidenceService,
        _ gateway: GuestGateway?
    ) throws(GuestError) -> ControlEvent {
        let signals = SystemFile(
            number: try SystemCall.result(guest_open_signals()).orFail(.applicationStart, "signals")
        )
        // After the signals are blocked: the broker's thread inherits the mask and receives none of them.
        let platform = try evidence.start()
        // After the evidence devices are open: from here on nobody finds a way to them.
        try KernelFiles.seal()
        console.say("evidence of \(platform) after \(guest_uptime()) ms")
        let killedBefore = OOMKillCounter.count()
        let guardian = try gateway?.start(for: plan.application, output: console.output)
        let application = try ApplicationProcess(plan.application, offer, platform: platform, output: console.output)
        reach(.application)
        var supervisor = Supervisor(application, channel, signals: signals, plan: plan)
        supervisor.gateway = guardian
        supervisor.refusals = RefusedCalls([application, guardian].compactMap(\.?.refusals), console: console)
        let end = try supervisor.run()
        // Kills all remaining processes.
        _ = guest_signal(-1, SIGKILL)
        switch end {
        case .exited(let status): return .exited(status)
        case .killed(let signal):
            guard signal == UInt8(SIGKILL), OOMKillCounter.count() > killedBefore else { return .killed(signal) }
            throw GuestError(.outOfMemory, subject: plan.application.path)
        }
    }

    /// Receives the host's messages until `start`, within ``HostMessage/startLimitInSeconds``.
    private func takeOffer(
        for application: LaunchPlan.Application,
        from channel: ControlChannel
    ) throws(GuestError) -> UntrustedHostInput {
        var offer = UntrustedHostInput()
        let deadline = guest_uptime() + UInt64(HostMessage.startLimitInSeconds) * 1000
        while !offer.isComplete {
            if let message = try channel.receive() {
                try offer.take(message, for: application)
                continue
            }
            guard guest_uptime() < deadline else { throw GuestError(.control, subject: "the host's start") }
            channel.flush()
            // A sleep, not a poll: poll returns at once on a port that no host has open.
            DescriptorPoll.pause(milliseconds: 2)
        }
        return offer
    }

    private func reach(_ stage: GuestStage) {
        console.say("reached \(stage) after \(guest_uptime()) ms")
        channel?.send(.reached(stage))
    }
}
