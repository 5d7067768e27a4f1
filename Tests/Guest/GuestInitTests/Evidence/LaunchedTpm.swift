import DeveloperTrust
import Foundation
import TestSupport
import Testing
import TpmCommands

@testable import Machine

/// A software TPM, started and certified as the launcher does it, and then spoken to as a guest does.
final class LaunchedTpm {
    static let isReady = OutsideTool(named: "swtpm") != nil || OutsideTool.isRequired
    static let why: Comment = "swtpm is missing; Scripts/setup.sh test brings it"

    private let process: ChildProcess
    private let control: OpenFile

    init(certifiedBy authority: DeveloperAuthority? = nil, now: Date = Date()) throws {
        let program = try #require(OutsideTool(named: "swtpm"))
        let state = try OpenFile(inMemory: "test-tpm")
        let (control, theirs) = try OpenFile.socketPair()
        let nothing = try OpenFile(reading: "/dev/null")
        process = try ChildProcess(
            program.executable.path,
            SoftwareTPM.arguments,
            environment: ["PATH=/usr/bin:/bin"],
            files: [nothing, nothing, nothing, state, theirs],
            // The test's thread is one of a pool.
            endsWithParent: false
        )
        self.control = control
        if let authority { try TpmProvisioning(authority: authority, now: now).run(over: control) }
    }

    deinit {
        process.signal(SIGKILL)
        _ = process.waitUntilEnd()
    }

    /// The way to the TPM, which runs as long as there is one.
    struct Channel: TpmChannel {
        let socket: TpmSocket
        let tpm: LaunchedTpm

        func exchange(_ command: [UInt8]) throws(TpmFailure) -> [UInt8] { try socket.exchange(command) }
    }

    /// Gives the TPM power; what it had before, it has lost.
    func powerOn() throws -> Tpm<Channel> {
        let tpm = Tpm(channel: Channel(socket: try TpmControl(channel: control).powerOn(), tpm: self))
        try tpm.startUp()
        return tpm
    }

    func powerOff() throws {
        try TpmControl(channel: control).powerOff()
    }
}
