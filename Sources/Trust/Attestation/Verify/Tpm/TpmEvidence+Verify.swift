import Crypto
import Diagnostics

extension TpmEvidence {
    /// The extended key usages of an endorsement key and of an attestation key; one of them is required.
    private static let uses: Set<String> = ["2.23.133.8.1", "2.23.133.8.3"]
    /// Subject alternative name and extended key usage: checked here, or not relied on.
    private static let understoodExtensions: Set<String> = ["2.5.29.17", "2.5.29.37"]

    /// Verifies the key and its endorsement, the signature, the PCR values and the event log.
    func verify(_ work: inout VerificationContext) -> Claims? {
        var ages: [Endorsement] = []
        let root = vouchForKey(&ages, &work)
        checkAttributes(&work)
        checkSignature(&work)
        guard let selections = selections(&work) else { return nil }
        checkRegisters(selections, &work)
        replayEventLog(selections, &work)
        guard let root else { return nil }
        var claims = Claims(root: root)
        claims.endorsements = ages
        describe(selections, in: &claims)
        return claims
    }

    // MARK: key

    /// The fingerprint of the root: an authority, the activated TPM's manufacturer, or the key itself.
    private func vouchForKey(_ ages: inout [Endorsement], _ work: inout VerificationContext) -> String? {
        if let activation = key.activation {
            ages = activation.endorsements
            return activation.root
        }
        guard !key.certificates.isEmpty else {
            let anchor = work.anchors.first { $0.kinds.contains(kind) && $0.publicKey == key.subjectPublicKeyInfo }
            if anchor == nil {
                work.refuse(TpmCheck.keyUntrusted, subject: "attestation key", fields: ["certificate"])
            }
            return anchor?.fingerprint
        }
        do throws(AttestationError) {
            let chain = try CertificateChain(
                leafFirst: key.certificates,
                roles: ["attestation key certificate", "TPM authority"]
            )
            let anchor = chain.verify(alsoUnderstood: Self.understoodExtensions, kind: kind, &work)
            ages = chain.ages()
            checkLeaf(chain.links[0].certificate, &work)
            return anchor?.fingerprint
        } catch {
            work.refuse(error)
            return nil
        }
    }

    private func checkLeaf(_ leaf: Certificate, _ work: inout VerificationContext) {
        let role = "attestation key certificate"
        if leaf.subjectPublicKeyInfo != key.subjectPublicKeyInfo {
            work.refuse(TpmCheck.keyOfAnother, subject: role, fields: ["subjectPublicKeyInfo"])
        }
        let uses = leaf.extendedKeyUses ?? Self.uses
        if uses.isDisjoint(with: Self.uses) {
            work.refuse(
                TpmCheck.certificateUseWrong,
                subject: role,
                fields: ["extKeyUsage"],
                expected: Self.uses.sorted().joined(separator: " or "),
                found: uses.sorted().joined(separator: ", ")
            )
        }
    }

    private func checkAttributes(_ work: inout VerificationContext) {
        guard let area = key.publicArea else { return }
        let suits =
            area.attributes.isSuperset(of: .attestation) && !area.attributes.contains(.decrypt)
        if !suits {
            work.refuse(
                TpmCheck.keyUnsuitable,
                subject: "attestation key",
                fields: ["objectAttributes"],
                expected: "fixedTPM, fixedParent, sensitiveDataOrigin, restricted and sign, without decrypt",
                found: "0x" + String(area.attributes.rawValue, radix: 16)
            )
        }
        if let scheme = area.scheme, scheme != SignatureAlgorithm(signature.scheme, signature.hash) {
            work.refuse(
                TpmCheck.schemeMismatch,
                subject: "signature",
                fields: ["sigAlg", "hash"],
                expected: "\(scheme.scheme) with \(scheme.hash.rawValue)",
                found: "\(signature.scheme) with \(signature.hash.rawValue)"
            )
        }
    }

    private func checkSignature(_ work: inout VerificationContext) {
        let publicKey = try? PublicKey(subjectPublicKeyInfo: key.subjectPublicKeyInfo, subject: "attestation key")
        if publicKey.map({ signature.isValid(over: quote.bytes, by: $0) }) != true {
            work.refuse(
                TpmCheck.signatureInvalid,
                subject: "quote",
                fields: quote.fields.map(\.name) + ["signature", "unique"]
            )
        }
    }

    // MARK: registers

    /// The selections of known banks; nil where a quoted PCR value is missing or there is an extra one.
    private func selections(_ work: inout VerificationContext) -> [(bank: HashAlgorithm, registers: [Int])]? {
        let known = quote.selections.compactMap { selection in
            HashAlgorithm(tpmAlgorithm: selection.bank).map { ($0, selection.registers) }
        }
        let quoted = Dictionary(known, uniquingKeysWith: { first, _ in first })
        guard known.count == quote.selections.count, quoted == registers.banks.mapValues({ $0.keys.sorted() }) else {
            work.refuse(
                TpmCheck.registersMissing,
                subject: "registers",
                fields: ["pcrSelect", "registers"],
                expected: Self.text(quoted),
                found: Self.text(registers.banks.mapValues { $0.keys.sorted() })
            )
            return nil
        }
        return known
    }

    private static func text(_ banks: [HashAlgorithm: [Int]]) -> String {
        banks.map { "\($0.key.rawValue): \($0.value.map(String.init).joined(separator: " "))" }.sorted()
            .joined(separator: "; ")
    }

    private func checkRegisters(
        _ selections: [(bank: HashAlgorithm, registers: [Int])],
        _ work: inout VerificationContext
    ) {
        let found = registers.digest(of: quote.selections, hash: signature.hash) ?? []
        if found != quote.registerDigest {
            work.refuse(
                TpmCheck.registersMismatch,
                subject: "registers",
                fields: ["pcrDigest"]
                    + selections.flatMap { selection in selection.registers.map { name(selection.bank, $0) } },
                expected: Hexadecimal.text(quote.registerDigest),
                found: Hexadecimal.text(found)
            )
        }
    }

    /// A PCR's name in policies: `pcr0` for SHA-256, `sha384-pcr0` for another bank.
    private func name(_ bank: HashAlgorithm, _ register: Int) -> String {
        bank == .sha256 ? "pcr\(register)" : "\(bank.rawValue)-pcr\(register)"
    }

    private func replayEventLog(
        _ selections: [(bank: HashAlgorithm, registers: [Int])],
        _ work: inout VerificationContext
    ) {
        guard let eventLog else { return }
        for selection in selections {
            do throws(AttestationError) {
                let replayed = try eventLog.replay(selection.bank)
                for register in selection.registers {
                    guard let expected = registers.banks[selection.bank]?[register],
                        let found = replayed[UInt32(register)], found != expected
                    else { continue }
                    work.refuse(
                        EventLogCheck.replayMismatch,
                        subject: "event log",
                        fields: [name(selection.bank, register)],
                        expected: Hexadecimal.text(expected),
                        found: Hexadecimal.text(found)
                    )
                }
            } catch {
                work.refuse(error)
            }
        }
    }

    // MARK: claims

    private func describe(_ selections: [(bank: HashAlgorithm, registers: [Int])], in claims: inout Claims) {
        claims.reportData = quote.extraData
        // A developer has no revocation lists: removing a root from policies revokes it.
        if kind == .developerVtpm { claims.revocation = .checked }
        for selection in selections {
            for register in selection.registers {
                claims.measurements[name(selection.bank, register)] = registers.banks[selection.bank]?[register]
            }
        }
        // A certificate identifies the key only; activation also proves that the TPM knows it by this name.
        if let activation = key.activation {
            claims.machineIDs["ak-name"] = Hexadecimal.text(activation.publicArea.name)
        }
        claims.details["clock"] = "\(quote.clock)"
        claims.details["reset-count"] = "\(quote.resetCount)"
        claims.details["restart-count"] = "\(quote.restartCount)"
        claims.details["firmware-version"] = "0x" + String(quote.firmwareVersion, radix: 16)
        claims.details["qualified-signer"] = Hexadecimal.text(quote.qualifiedSigner)
        if let eventLog {
            let replayed = replayedRegisters(eventLog, selections)
            claims.details["event-log"] =
                replayed.isEmpty
                ? "not replayed: no event of a quoted register"
                : "replayed: " + replayed.joined(separator: " ")
            // PCR 1 has the tables; a bank of SHA-1 proves nothing of what a host may choose.
            let bank = selections.first { $0.bank != .sha1 && replayed.contains(name($0.bank, 1)) }?.bank
            claims.acpiTables = bank.map { eventLog.tables($0) }
        }
        if !quote.isClockSafe {
            claims.reservations.append(Finding(TpmCheck.clockUnsafe, subject: "attest", fields: ["safe"]))
        }
        if signature.hash == .sha1 {
            claims.reservations.append(
                Finding(TpmCheck.hashWeak, subject: "signature", fields: ["hash"], expected: "sha256", found: "sha1")
            )
        }
        let weak = weakRegisters(selections)
        if !weak.isEmpty {
            claims.reservations.append(
                Finding(
                    TpmCheck.hashWeak,
                    subject: Self.registersSubject,
                    fields: weak,
                    expected: "a bank of sha256, sha384 or sha512",
                    found: "sha1"
                )
            )
        }
    }

    /// The subject of findings about registers.
    static let registersSubject = "registers"

    /// The registers that the quote covers in the bank of SHA-1 alone.
    private func weakRegisters(_ selections: [(bank: HashAlgorithm, registers: [Int])]) -> [String] {
        let strong = Set(selections.filter { $0.bank != .sha1 }.flatMap(\.registers))
        return selections.filter { $0.bank == .sha1 }.flatMap(\.registers).filter { !strong.contains($0) }
            .map { name(.sha1, $0) }
    }

    /// The quoted registers that an event of the log extended; the comparison of their values is in the verification.
    private func replayedRegisters(
        _ log: EventLog,
        _ selections: [(bank: HashAlgorithm, registers: [Int])]
    ) -> [String] {
        let extended = Set(log.events.filter { $0.type != EventLog.noActionType }.map { Int($0.register) })
        return selections.flatMap { selection in
            selection.registers.filter(extended.contains).map { name(selection.bank, $0) }
        }
    }
}

extension TpmSignature {
    /// Verifies a signature over bytes.
    ///
    /// It is false for an ECDSA r or s that is longer than the curve's numbers.
    package func isValid(over bytes: [UInt8], by key: PublicKey) -> Bool {
        switch scheme {
        case .rsaPKCS1, .rsaPSS:
            return key.signed(bytes, signature: parts[0], algorithm: SignatureAlgorithm(scheme, hash))
        case .ecdsa:
            let width: Int
            switch key {
            case .p256: width = 32
            case .p384: width = 48
            case .p521: width = 66
            case .rsa: return false
            }
            let halves = parts.map { $0.padded(to: width) }
            guard halves.allSatisfy({ $0.count == width }) else { return false }
            return key.signed(bytes, rawSignature: halves[0] + halves[1], hash: hash)
        }
    }
}

extension Certificate {
    /// The identifiers of the extended key usage; nil where the certificate has none, empty where it is malformed.
    var extendedKeyUses: Set<String>? {
        guard let value = extensions["2.5.29.37"]?.value else { return nil }
        return Set((DerField.parse(value).flatMap(DerField.children) ?? []).compactMap(DerField.identifier))
    }
}
