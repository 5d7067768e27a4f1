import Attestation
package import DeveloperTrust
import Files
package import Foundation
package import TpmCommands

/// Certifies the attestation key of a software TPM that was just made, as the manufacturer of a real one would.
///
/// It happens before QEMU takes the TPM over, so that nothing of a guest had a part in it. The guest makes the same
/// keys again, for they depend on nothing but the TPM's own secret.
package struct TpmProvisioning {
    /// Later than the longest time between two writings of the clock, 2^22 milliseconds (Part 1, 36.3).
    private static let firstTime: UInt64 = 1 << 23

    /// Who certifies.
    let authority: DeveloperAuthority
    /// The time that the certificate begins at.
    let now: Date

    /// Certifies the attestation key, and leaves its certificate and its authority's in the TPM.
    ///
    /// - Parameter channel: The TPM's control channel.
    /// - Throws: `machine.tpm-refused`.
    func run(over channel: MachineFile) throws(MachineError) {
        let control = TpmControl(channel: channel)
        do {
            try certify(behind: control)
        } catch let error as MachineError {
            throw error
        } catch {
            throw MachineError(.tpmRefused, subject: "the software TPM", found: "\(error)")
        }
        // Only once the way for commands is closed: the TPM takes the next one, QEMU's, after an answer to this.
        try control.powerOff()
    }

    /// Opens the way for commands, and closes it by returning.
    private func certify(behind control: TpmControl) throws {
        try certify(in: Tpm(channel: control.powerOn()))
    }

    /// - Parameter tpm: A TPM that has just been powered on.
    /// - Throws: `TpmFailure`, `AttestationError`, `DeveloperTrustError`.
    package func certify<Channel>(in tpm: Tpm<Channel>) throws {
        try tpm.startUp()
        let endorsementKey = try tpm.createPrimary(.endorsementKey, in: .endorsement)
        let attestationKey = try tpm.createPrimary(.attestationKey, in: .endorsement)
        var generator = SystemRandomNumberGenerator()
        let challenge = try CredentialChallenge(
            for: attestationKey.publicArea,
            endorsementKey: EndorsementKey(ofOwnTpm: endorsementKey.publicArea),
            using: &generator
        )
        let secret = try tpm.activate(
            (challenge.credentialBlob, challenge.encryptedSecret),
            attestationKey: attestationKey,
            endorsementKey: endorsementKey,
            nonce: (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        )
        let activated = try challenge.activatedKey(returning: secret)
        try tpm.write(authority.certify(activated, at: now), to: TpmNVIndex.attestationCertificate)
        try tpm.write(authority.certificate, to: TpmNVIndex.attestationAuthority)
        tpm.flush(attestationKey.handle)
        tpm.flush(endorsementKey.handle)
        // A TPM that was never shut down calls its clock unsafe until it has gone on past what was written down last.
        try tpm.setClock(milliseconds: Self.firstTime)
        try tpm.shutDown()
    }

    /// Provisioning by an authority.
    ///
    /// - Parameters:
    ///   - authority: Who certifies.
    ///   - now: The time that the certificate begins at.
    package init(authority: DeveloperAuthority, now: Date) {
        self.authority = authority
        self.now = now
    }
}
