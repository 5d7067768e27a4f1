import Attestation
package import DeveloperTrust
import Files
package import Foundation
package import TpmCommands

/// Certifies the attestation key of a new software TPM, as the manufacturer of a real one does.
///
/// It happens before QEMU gets the TPM, so no guest can have influenced it. The guest derives the same keys again: they
/// depend only on the TPM's own secret.
package struct TpmProvisioning {
    /// More than the maximum interval between two updates of the saved clock, 2^22 milliseconds (Part 1, 36.3).
    private static let firstTime: UInt64 = 1 << 23

    /// The authority that certifies.
    let authority: DeveloperAuthority
    /// The certificate's start of validity.
    let now: Date

    /// Certifies the attestation key, and stores its certificate and the authority's in the TPM.
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
        // After the command channel is closed: the TPM accepts the next one, QEMU's, once it has responded to this.
        try control.powerOff()
    }

    /// Opens the command channel, and closes it on return.
    private func certify(behind control: TpmControl) throws {
        try certify(in: Tpm(channel: control.powerOn()))
    }

    /// - Parameter tpm: A TPM after power-on.
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
        // A TPM that was never shut down reports its clock as unsafe until it passes the last saved value.
        try tpm.setClock(milliseconds: Self.firstTime)
        try tpm.shutDown()
    }

    /// Creates the provisioning by an authority.
    ///
    /// - Parameters:
    ///   - authority: The authority that certifies.
    ///   - now: The certificate's start of validity.
    package init(authority: DeveloperAuthority, now: Date) {
        self.authority = authority
        self.now = now
    }
}
