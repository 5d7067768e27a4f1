import Diagnostics

/// Finds the TCB levels of a platform, its TDX module and its quoting enclave, and combines their statuses.
///
/// Order and rules are those of Intel's quote verification library; the result is the worst of the three statuses.
/// ``CollateralVerifier`` uses it.
struct TCBLevelMatcher {
    private let quote: DcapQuote
    private let platform: PlatformIdentity
    private let info: TCBInfo
    private let identity: QuotingEnclaveIdentity
    /// The advisories of every level found.
    private(set) var advisories: Set<String> = []

    init(quote: DcapQuote, platform: PlatformIdentity, info: TCBInfo, identity: QuotingEnclaveIdentity) {
        self.quote = quote
        self.platform = platform
        self.info = info
        self.identity = identity
    }

    /// Combines the three statuses.
    ///
    /// - Parameter work: Receives the findings: no level, a revoked level, an enclave or module that is not Intel's.
    /// - Returns: The worst status; not appraised where a level is missing.
    mutating func appraise(_ work: inout VerificationContext) -> TCBStatus {
        let enclave = quotingEnclaveStatus(&work)
        let platform: TCBStatus?
        switch quote.body {
        case .enclave: platform = enclaveLevel(&work)
        case .trustDomain(let report): platform = trustDomainStatus(report, enclave, &work)
        }
        guard let platform, let enclave else { return .notAppraised }
        let status = platform.joined(with: enclave)
        if status == .revoked {
            work.refuse(DcapCheck.levelRevoked, subject: "platform", fields: ["tcbStatus"], found: status.rawValue)
        }
        return status
    }

    // MARK: quoting enclave

    private mutating func quotingEnclaveStatus(_ work: inout VerificationContext) -> TCBStatus? {
        let enclave = quote.quotingEnclave
        let misc = (0..<4).map { UInt8(truncatingIfNeeded: enclave.miscSelect >> (8 * $0)) }
        checkEnclave("MISCSELECT", Self.masked(misc, identity.miscSelectMask), identity.miscSelect, &work)
        checkEnclave(
            "ATTRIBUTES",
            Self.masked(enclave.attributes, identity.attributesMask),
            identity.attributes,
            &work
        )
        checkEnclave("MRSIGNER", enclave.signerMeasurement, identity.signer, &work)
        let product = enclave.productIdentity
        checkEnclave("ISVPRODID", Self.bigEndian(product), Self.bigEndian(identity.productIdentity), &work)
        guard let level = ComponentLevel.reached(by: enclave.securityVersion, in: identity.levels) else {
            work.refuse(
                DcapCheck.quotingEnclaveUnsupported,
                subject: "QE report",
                fields: ["QE report ISVSVN"],
                expected: identity.levels.map { "\($0.minimum)" }.joined(separator: " or "),
                found: "\(enclave.securityVersion)"
            )
            return nil
        }
        advisories.formUnion(level.advisories)
        return level.status
    }

    private func checkEnclave(_ field: String, _ found: [UInt8], _ expected: [UInt8], _ work: inout VerificationContext)
    {
        guard found != expected else { return }
        work.refuse(
            DcapCheck.quotingEnclaveMismatch,
            subject: "QE report",
            fields: ["QE report \(field)"],
            expected: Hexadecimal.text(expected),
            found: Hexadecimal.text(found)
        )
    }

    private static func bigEndian(_ number: UInt16) -> [UInt8] {
        [UInt8(number >> 8), UInt8(number & 0xFF)]
    }

    private static func masked(_ bytes: [UInt8], _ mask: [UInt8]) -> [UInt8] {
        zip(bytes, mask).map { $0 & $1 }
    }

    // MARK: platform

    /// Compares each component separately: a higher one does not compensate for a lower one.
    private static func reaches(_ found: some Sequence<UInt8>, _ minimum: some Sequence<UInt8>) -> Bool {
        zip(found, minimum).allSatisfy { $0 >= $1 }
    }

    private var platformLevels: [TCBLevel] {
        info.levels.filter {
            Self.reaches(platform.components, $0.minimum.processor)
                && platform.provisioningEnclave >= $0.minimum.provisioningEnclave
        }
    }

    private mutating func enclaveLevel(_ work: inout VerificationContext) -> TCBStatus? {
        guard let level = platformLevels.first else {
            refuseLevel(["CPUSVN", "PCESVN"], Hexadecimal.text(platform.components), &work)
            return nil
        }
        advisories.formUnion(level.advisories)
        return level.status
    }

    private func refuseLevel(_ fields: [String], _ found: String, _ work: inout VerificationContext) {
        work.refuse(
            DcapCheck.levelUnsupported,
            subject: "platform",
            fields: fields,
            expected: info.levels.last.map { "at least \(Hexadecimal.text($0.minimum.processor))" },
            found: found
        )
    }

    // MARK: TDX

    private mutating func trustDomainStatus(
        _ report: TrustDomainReport,
        _ enclave: TCBStatus?,
        _ work: inout VerificationContext
    ) -> TCBStatus? {
        let module = moduleStatus(report, &work)
        let version = report.moduleVersion
        // A module of a later major version has its own levels, so the first two components are not compared.
        let first = version[1] > 0 ? 2 : 0
        let levels = platformLevels
        guard let sgxLevel = levels.first else {
            refuseLevel(["CPUSVN", "PCESVN"], Hexadecimal.text(platform.components), &work)
            return nil
        }
        let reached = levels.first { level in
            level.minimum.module.map { Self.reaches(version.dropFirst(first), $0.dropFirst(first)) } ?? false
        }
        guard let reached else {
            refuseLevel(["TEE_TCB_SVN"], Hexadecimal.text(version), &work)
            return nil
        }
        advisories.formUnion(reached.advisories)
        guard let module else { return nil }
        let status = reached.status.joined(with: module)
        guard let current = report.extended?.currentModuleVersion, sgxLevel.status.isCurrent, status.isOutOfDate,
            module == .outOfDate, enclave?.isCurrent == true,
            isLatest(current)
        else { return status }
        // The platform already runs the latest module; only this domain was launched with an older one.
        return sgxLevel.status.needsConfiguration || status.needsConfiguration
            ? .relaunchAdvisedConfigurationNeeded : .relaunchAdvised
    }

    private func isLatest(_ version: [UInt8]) -> Bool {
        guard let latest = info.levels.first?.minimum.module, version[2] >= latest[2] else { return false }
        guard version[1] > 0 else { return version[0] >= latest[0] }
        guard let levels = moduleIdentity(version[1])?.levels, let newest = levels.map(\.minimum).max() else {
            return false
        }
        return UInt16(version[0]) >= newest
    }

    private func moduleIdentity(_ major: UInt8) -> TCBInfo.ModuleIdentity? {
        guard major > 0 else { return info.module }
        let name = "TDX_" + Hexadecimal.text([major]).uppercased()
        return info.modules.first { $0.name?.uppercased() == name }
    }

    /// The module's own status; nil where there is a finding, up to date where the platform's levels cover it.
    private mutating func moduleStatus(_ report: TrustDomainReport, _ work: inout VerificationContext) -> TCBStatus? {
        let version = report.moduleVersion
        guard let module = moduleIdentity(version[1]) else {
            work.refuse(
                TdxCheck.moduleUnknown,
                subject: "TDX module",
                fields: ["TEE_TCB_SVN"],
                expected: info.modules.compactMap(\.name).joined(separator: " or "),
                found: "TDX_" + Hexadecimal.text([version[1]]).uppercased()
            )
            return nil
        }
        let attributes = Self.masked(report.moduleAttributes, module.attributesMask)
        let facts = [
            ("MRSIGNERSEAM", module.signer, report.moduleSigner),
            ("SEAMATTRIBUTES", module.attributes, attributes),
        ]
        for (field, expected, found) in facts where expected != found {
            work.refuse(
                TdxCheck.moduleMismatch,
                subject: "TDX module",
                fields: [field],
                expected: Hexadecimal.text(expected),
                found: Hexadecimal.text(found)
            )
        }
        guard version[1] > 0 else { return .upToDate }
        guard let level = ComponentLevel.reached(by: UInt16(version[0]), in: module.levels) else {
            work.refuse(
                TdxCheck.moduleUnsupported,
                subject: "TDX module",
                fields: ["TEE_TCB_SVN"],
                expected: module.levels.map { "\($0.minimum)" }.joined(separator: " or "),
                found: "\(version[0])"
            )
            return nil
        }
        advisories.formUnion(level.advisories)
        return level.status
    }
}
