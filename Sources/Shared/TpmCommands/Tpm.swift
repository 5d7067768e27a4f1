/// A TPM 2.0 client that encodes commands and decodes responses (TPM 2.0 Library, Part 3).
///
/// Authorization uses empty passwords, which is what a virtual machine's TPM has. Keys for a single package have a
/// policy instead. A ``TpmChannel`` transports the bytes. Calls block until the response is there.
package struct Tpm<Channel: TpmChannel> {
    /// The longest response of a TPM, in bytes.
    package static var maximumResponseLength: Int { 4096 }
    /// TPM_RC_RETRY (Part 2, 6.6.3), and how often a command is repeated for it.
    private static var retry: UInt32 { 0x922 }
    private static var maximumRetries: Int { 8 }

    private let channel: Channel

    /// Creates a client on a channel.
    ///
    /// - Parameter channel: The transport to the TPM.
    package init(channel: Channel) {
        self.channel = channel
    }

    /// Runs a command.
    ///
    /// - Parameters:
    ///   - command: The command code.
    ///   - handles: The handles it operates on, in the order of Part 3.
    ///   - sessions: One for each handle that needs authorization; empty for a command without authorization.
    ///   - parameters: The encoded parameters.
    /// - Returns: A reader of the response after its header: handles, then parameters, then sessions.
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
        // A TPM that has to update its NV storage first asks for a retry, for instance before a key's first use after a
        // reset.
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

    /// Runs a command whose response has sessions and no handle, and returns a reader of its parameters only.
    func parameters(
        _ command: TpmCommand,
        _ handles: [UInt32],
        sessions: [TpmSession] = [.password],
        _ parameters: [UInt8] = []
    ) throws(TpmFailure) -> TpmReader {
        var reader = try run(command, handles, sessions: sessions, parameters: parameters)
        return TpmReader(try reader.bytes(Int(reader.number(UInt32.self))))
    }

    /// Runs TPM2_Startup(CLEAR): the TPM starts as after a reset, with PCRs at zero.
    ///
    /// - Throws: ``TpmFailure``; a TPM that is already started is no failure.
    package func startUp() throws(TpmFailure) {
        do throws(TpmFailure) {
            _ = try run(.startup, parameters: TpmField.number(UInt16(0)))
        } catch {
            guard error == .refused(0x100) else { throw error }
        }
    }

    /// Advances the TPM's clock.
    ///
    /// - Parameter milliseconds: The new value; the TPM refuses one before its current value.
    /// - Throws: ``TpmFailure``.
    package func setClock(milliseconds: UInt64) throws(TpmFailure) {
        _ = try run(
            .clockSet,
            [TpmHierarchy.owner.rawValue],
            sessions: [.password],
            parameters: TpmField.number(milliseconds)
        )
    }

    /// Saves the TPM's state (TPM2_Shutdown), so that its clock counts as safe after the next start.
    ///
    /// - Throws: ``TpmFailure``.
    package func shutDown() throws(TpmFailure) {
        _ = try run(.shutdown, parameters: TpmField.number(UInt16(0)))
    }
}

/// A command code (Part 2, 6.5.2).
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

/// A key hierarchy; primary keys are derived from its seed.
package enum TpmHierarchy: UInt32, Sendable {
    case owner = 0x4000_0001
    case endorsement = 0x4000_000B
}

/// The authorization for a handle.
package struct TpmSession: Sendable {
    /// An empty password.
    package static let password = TpmSession(handle: 0x4000_0009)

    /// The session's handle.
    let handle: UInt32

    /// Creates a reference to a policy session, which exists until it is flushed.
    ///
    /// - Parameter handle: The session's handle from TPM2_StartAuthSession.
    package init(handle: UInt32) {
        self.handle = handle
    }

    /// The encoded `TPMS_AUTH_COMMAND`, with empty nonce and empty HMAC.
    var bytes: [UInt8] {
        let keepsSession: UInt8 = handle == Self.password.handle ? 0 : 1
        return TpmField.number(handle) + [0, 0, keepsSession, 0, 0]
    }
}
