import Crypto
import Diagnostics
import FoundationEssentials

extension DcapEvidence {
    /// Verifies the PCK chain, the quoting enclave, the quote's signature, and the collateral where there is one.
    func verify(_ work: inout VerificationContext) -> Claims? {
        guard let platform = platformChain(&work) else { return nil }
        let lists = collateral.flatMap { RevocationLists($0, &work) }
        let root = platform.verify(lists: lists?.all ?? [], kind: kind, &work)
        lists?.checkIssuers(in: platform, kind: kind, &work)
        let identity = platformIdentity(platform.links[0].certificate, &work)
        verifyKeys(platform.links[0].certificate, &work)
        checkReservedAttributes(&work)
        guard let root else { return nil }
        var claims = claims(root: root)
        claims.endorsements = platform.ages(lists: lists?.all ?? [])
        if let identity { describe(identity, in: &claims) }
        if let collateral, let identity {
            let documents = CollateralVerifier(
                kind: kind,
                isTrustDomain: quote.isTrustDomain,
                collateral: collateral,
                platformChain: platform,
                rootList: lists?.root
            )
            claims.revocation = .checked
            claims.status = documents.appraise(quote, identity, &claims, &work)
        } else {
            claims.status = .notAppraised
        }
        replayEventLog(&claims, &work)
        return claims
    }

    private func platformChain(_ work: inout VerificationContext) -> CertificateChain? {
        do throws(AttestationError) {
            var blocks: [[UInt8]] = []
            switch quote.certification {
            case .chain(let pem): blocks = try PemText.blocks(pem, subject: "PCK certificate chain")
            case .leaf(let pem):
                blocks = try PemText.blocks(pem, subject: "PCK certificate")
                if let issuers = collateral?.platformListChain {
                    blocks += try PemText.blocks(issuers, subject: "PCK issuer chain")
                }
            case .platform, .manifest:
                if let pem = collateral?.platformChain {
                    blocks = try PemText.blocks(pem, subject: "PCK certificate chain")
                }
            }
            guard !blocks.isEmpty else {
                throw AttestationError(
                    DcapCheck.platformCertificateMissing,
                    subject: "quote",
                    fields: ["certification"]
                )
            }
            let roles = ["PCK certificate", "PCK authority", "SGX root"]
            return try CertificateChain(leafFirst: blocks, roles: roles)
        } catch {
            work.refuse(error)
            return nil
        }
    }

    private func platformIdentity(_ certificate: Certificate, _ work: inout VerificationContext) -> PlatformIdentity? {
        let authorities = ["Intel SGX PCK Platform CA", "Intel SGX PCK Processor CA"]
        if !certificate.commonName.contains("SGX PCK Certificate")
            || !authorities.contains(certificate.issuerCommonName)
        {
            work.refuse(
                DcapCheck.platformCertificateInvalid,
                subject: "PCK certificate",
                fields: ["subject", "issuer"],
                expected: "Intel SGX PCK Certificate of \(authorities.joined(separator: " or "))",
                found: "\(certificate.commonName) of \(certificate.issuerCommonName)"
            )
        }
        do throws(AttestationError) {
            let identity = try PlatformIdentity(certificate)
            checkNamedPlatform(identity, &work)
            return identity
        } catch {
            work.refuse(error)
            return nil
        }
    }

    /// A quote without a certificate identifies one; another certificate of the same platform would be for another TCB.
    private func checkNamedPlatform(_ identity: PlatformIdentity, _ work: inout VerificationContext) {
        guard case .platform(let name, let isEncrypted, let versions) = quote.certification else { return }
        let matches =
            versions.processor == identity.processor && versions.provisioningEnclave == identity.provisioningEnclave
            && versions.provisioningIdentity == identity.provisioningIdentity
            && (isEncrypted || name == identity.platform)
        guard !matches else { return }
        work.refuse(
            DcapCheck.platformCertificateOfAnother,
            subject: "PCK certificate",
            fields: ["certified PPID", "certified CPUSVN", "certified PCESVN", "certified PCEID"],
            expected: Hexadecimal.text(versions.processor),
            found: Hexadecimal.text(identity.processor)
        )
    }

    /// Verifies the key chain: PCK key, quoting enclave's report, attestation key, quote.
    private func verifyKeys(_ certificate: Certificate, _ work: inout VerificationContext) {
        let enclave = quote.quotingEnclave
        let platformKey = try? PublicKey(
            subjectPublicKeyInfo: certificate.subjectPublicKeyInfo,
            subject: "PCK certificate"
        )
        if case .p256? = platformKey,
            platformKey?.signed(enclave.bytes, rawSignature: quote.quotingEnclaveSignature, hash: .sha256) == true
        {
        } else {
            work.refuse(
                DcapCheck.quotingEnclaveSignatureInvalid,
                subject: "QE report",
                fields: EnclaveReport.fieldNames.map { "QE report \($0)" } + ["QE report signature"]
            )
        }
        let binding = Array(SHA256.hash(data: quote.attestationKey + quote.authenticationData))
        let bound = binding + [UInt8](repeating: 0, count: 32)
        if enclave.reportData != bound {
            work.refuse(
                DcapCheck.attestationKeyUnbound,
                subject: "QE report",
                fields: ["attestation key", "QE authentication data", "QE report REPORTDATA"],
                expected: Hexadecimal.text(bound),
                found: Hexadecimal.text(enclave.reportData)
            )
        }
        guard let key = try? P256.Signing.PublicKey(rawRepresentation: quote.attestationKey) else {
            work.refuse(DcapCheck.attestationKeyInvalid, subject: "quote", fields: ["attestation key"])
            return
        }
        if !PublicKey.p256(key).signed(quote.signedBytes, rawSignature: quote.signature, hash: .sha256) {
            work.refuse(
                DcapCheck.quoteSignatureInvalid,
                subject: "quote",
                fields: quote.signedFieldNames + ["quote signature", "attestation key"]
            )
        }
    }

    private func checkReservedAttributes(_ work: inout VerificationContext) {
        guard case .trustDomain(let report) = quote.body else { return }
        let attributes = TrustDomainAttributes(value: report.attributes)
        if !attributes.unnamed.isEmpty {
            work.refuse(
                TdxCheck.attributesReserved,
                subject: "quote",
                fields: ["TDATTRIBUTES"],
                expected: "no bit that Intel does not name",
                found: attributes.text
            )
        }
    }

    private func replayEventLog(_ claims: inout Claims, _ work: inout VerificationContext) {
        guard let eventLog, case .trustDomain(let report) = quote.body else { return }
        for (index, register) in report.runtimeMeasurements.enumerated() {
            let replayed = eventLog.register(index)
            if index == RuntimeEventLog.runtimeRegister, replayed == nil, register.contains(where: { $0 != 0 }) {
                claims.reservations.append(
                    Finding(
                        TdxCheck.registerUncovered,
                        subject: "event log",
                        fields: ["RTMR\(index)"],
                        expected: "events of this register, or its value in the policy",
                        found: Hexadecimal.text(register)
                    )
                )
            } else if replayed ?? RuntimeEventLog.start != register {
                work.refuse(
                    TdxCheck.eventLogMismatch,
                    subject: "event log",
                    fields: ["RTMR\(index)"],
                    expected: Hexadecimal.text(register),
                    found: Hexadecimal.text(replayed ?? RuntimeEventLog.start)
                )
            }
        }
        claims.details["event-log"] = eventLog.description
        claims.acpiTables = eventLog.tables
    }
}

/// The two revocation lists of the collateral.
private struct RevocationLists {
    let root: CertificateChain.List
    let platform: CertificateChain.List

    var all: [CertificateChain.List] { [root, platform] }

    init?(_ collateral: DcapCollateral, _ work: inout VerificationContext) {
        do throws(AttestationError) {
            let roles = ("root revocation list", "PCK revocation list")
            root = CertificateChain.List(roles.0, try RevocationList(der: collateral.rootList, role: roles.0))
            platform = CertificateChain.List(roles.1, try RevocationList(der: collateral.platformList, role: roles.1))
        } catch {
            work.refuse(error)
            return nil
        }
    }

    /// The lists must be issued by the root and by the PCK certificate's issuer; otherwise one of them is missing.
    func checkIssuers(in chain: CertificateChain, kind: EvidenceKind, _ work: inout VerificationContext) {
        let authority = chain.links.count > 1 ? chain.links[1].certificate.subject : []
        let rootName = chain.links.count > 1 ? chain.links[chain.links.count - 1].certificate.subject : []
        for (list, issuer) in [(platform, authority), (root, rootName)] where list.list.issuer != issuer {
            work.refuse(CertificateCheck.listIssuerMismatch, subject: list.role, fields: ["issuer"])
        }
    }
}
