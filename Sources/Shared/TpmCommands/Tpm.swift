/// A TPM 2.0, spoken to in its own commands (TPM 2.0 Library, Part 3).
///
/// Commands are authorized with empty passwords: nobody sets others on the TPM of a virtual machine. Keys that must be
/// used by one package alone have a policy.
package struct Tpm<Channel: TpmChannel> {
    /// The largest response that a TPM gives, in bytes.
    package static var maximumResponseLength: Int { 4096 }
    /// TPM_RC_RETRY (Part 2, 6.6.3), and how often it is heeded.
    private static var retry: UInt32 { 0x922 }
    private static var maximumRetries: Int { 8 }

    private let channel: Channel

    /// A TPM behind a channel.
    ///
    /// - Parameter channel: The way to it.
    package init(channel: Channel) {
        self.channel = channel
    }

    /// Runs a command.
    ///
    /// - Parameters:
    ///   - command: Which.
    ///   - handles: What it works on, in the order of Part 3.
    ///   - sessions: One for each handle that needs authorization; none for a command without.
    ///   - parameters: The parameters' bytes.
    /// - Returns: What follows the response's head: handles, then parameters, then sessions.
    /// - Throws: ``TpmFailure``.
    package func run(
        _ command: TpmCommand,
        _ handles: [UInt32] = [],
        sessions: [TpmSession] = [],
        parameters: [UInt8] = []
    ) throws(TpmFailure) -> TpmReader {
        var body = handles.flatMap { TpmField.number($0) }
        if !sessions.isEmpty {
            let area = sessions.flatMap(\.bytes)
            body += TpmField.number(UInt32(area.count)) + area
        }
        body += parameters
        let tag: UInt16 = sessions.isEmpty ? 0x8001 : 0x8002
        let head = TpmField.number(tag) + TpmField.number(UInt32(body.count + 10)) + TpmField.number(command.rawValue)
        // A TPM that has something to write down first says so, as before the first use of a key since its start.
        for _ in 0..<Self.maximumRetries {
            do throws(TpmFailure) {
                return try response(to: head + body, tag: tag)
            } catch {
                guard error == .refused(Self.retry) else { throw error }
            }
        }
        return try response(to: head + body, tag: tag)
    }

    private func response(to command: [UInt8], tag: UInt16) throws(TpmFailure) -> TpmReader {
        let response = try channel.exchange(command)
        var reader = TpmReader(response)
        let answered = try reader.number(UInt16.self)
        let length = try reader.number(UInt32.self)
        let code = try reader.number(UInt32.self)
        guard Int(length) == response.count else { throw .malformed }
        guard code == 0 else { throw .refused(code) }
        guard answered == tag else { throw .malformed }
        return reader
    }

    /// Runs a command whose response has sessions and no handle, and gives its parameters alone.
    func parameters(
        _ command: TpmCommand,
        _ handles: [UInt32],
        sessions: [TpmSession] = [.password],
        _ parameters: [UInt8] = []
    ) throws(TpmFailure) -> TpmReader {
        var reader = try run(command, handles, sessions: sessions, parameters: parameters)
        return TpmReader(try reader.bytes(Int(reader.number(UInt32.self))))
    }

    /// Starts the TPM as after a reset: registers at zero.
    ///
    /// - Throws: ``TpmFailure``; one that was started already is well.
    package func startUp() throws(TpmFailure) {
        do throws(TpmFailure) {
            _ = try run(.startup, parameters: TpmField.number(UInt16(0)))
        } catch {
            guard error == .refused(0x100) else { throw error }
        }
    }

    /// Sets the TPM's clock forward.
    ///
    /// - Parameter milliseconds: The time since the TPM was made; never before what the clock says.
    /// - Throws: ``TpmFailure``.
    package func setClock(milliseconds: UInt64) throws(TpmFailure) {
        _ = try run(
            .clockSet,
            [TpmHierarchy.owner.rawValue],
            sessions: [.password],
            parameters: TpmField.number(milliseconds)
        )
    }

    /// Has the TPM write down its state, so that its clock counts as never set back.
    ///
    /// - Throws: ``TpmFailure``.
    package func shutDown() throws(TpmFailure) {
        _ = try run(.shutdown, parameters: TpmField.number(UInt16(0)))
    }
}

/// A command's number (Part 2, 6.5.2).
package enum TpmCommand: UInt32, Sendable {
    case nvUndefineSpace = 0x122
    case clockSet = 0x128
    case nvDefineSpace = 0x12A
    case createPrimary = 0x131
    case nvWrite = 0x137
    case startup = 0x144
    case shutdown = 0x145
    case activateCredential = 0x147
    case nvRead = 0x14E
    case policySecret = 0x151
    case hmac = 0x155
    case quote = 0x158
    case flushContext = 0x165
    case nvReadPublic = 0x169
    case readPublic = 0x173
    case startAuthSession = 0x176
    case registerRead = 0x17E
    case policyRegisters = 0x17F
    case registerExtend = 0x182
    case policyGetDigest = 0x189
}

/// A hierarchy of keys: whose secret its primary keys are made of.
package enum TpmHierarchy: UInt32, Sendable {
    case owner = 0x4000_0001
    case endorsement = 0x4000_000B
}

/// How a command proves that it may use a handle.
package struct TpmSession: Sendable {
    /// An empty password.
    package static let password = TpmSession(handle: 0x4000_0009)

    /// The session's handle.
    let handle: UInt32

    /// A policy session, which lasts until it is flushed.
    ///
    /// - Parameter handle: What `startPolicy` gave.
    package init(handle: UInt32) {
        self.handle = handle
    }

    /// `TPMS_AUTH_COMMAND` without nonce and without secret.
    var bytes: [UInt8] {
        let keepsSession: UInt8 = handle == Self.password.handle ? 0 : 1
        return TpmField.number(handle) + [0, 0, keepsSession, 0, 0]
    }
}
