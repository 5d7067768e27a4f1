import DeveloperTrust
import Files
import Foundation
import TestSupport
import Testing
import TpmCommands

@testable import Machine

/// A software TPM that is started and certified as the launcher does, for tests that then act as a guest.
final class LaunchedTpm {
    static let isReady = OutsideTool(named: "swtpm") != nil || OutsideTool.isRequired
    static let why: Comment = "swtpm is missing; Scripts/setup.sh test brings it"

    private let process: ChildProcess
    private let control: MachineFile

    init(certifiedBy authority: DeveloperAuthority? = nil, now: Date = Date()) throws {
        let program = try #require(OutsideTool(named: "swtpm"))
        let state = try MachineFile(inMemory: "test-tpm")
        let (control, theirs) = try MachineFile.socketPair()
        let nothing = try MachineFile(opening: "/dev/null")
        process = try ChildProcess(
            program.executable.path,
            SoftwareTPM.arguments,
            environment: ["PATH=/usr/bin:/bin"],
            files: [nothing, nothing, nothing, state, theirs],
            // The test runs on a pool thread, which may exit earlier than the TPM.
            endsWithParent: false
        )
        self.control = control
        if let authority { try TpmProvisioning(authority: authority, now: now).run(over: control) }
    }

    deinit {
        process.signal(SIGKILL)
        _ = process.waitUntilEnd()
    }

    /// The transport to the TPM; it keeps the TPM running.
    struct Channel: TpmChannel {
        let socket: TpmSocket
        let tpm: LaunchedTpm

        func exchange(_ command: [UInt8]) throws(TpmFailure) -> [UInt8] { try socket.exchange(command) }
    }

    /// Powers the TPM on, which resets its volatile state.
    func powerOn() throws -> Tpm<Channel> {
        let tpm = Tpm(channel: Channel(socket: try TpmControl(channel: control).powerOn(), tpm: self))
        try tpm.startUp()
        return tpm
    }

    func powerOff() throws {
        try TpmControl(channel: control).powerOff()
    }
}
