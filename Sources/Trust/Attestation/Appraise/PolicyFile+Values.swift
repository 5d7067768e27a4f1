import Diagnostics
import FoundationEssentials

extension PolicyFile {
    /// Converts the file to a policy.
    ///
    /// - Parameter subject: The file's path, for errors.
    /// - Returns: The policy, with hexadecimal digits in lower case.
    /// - Throws: `policy-file.value-invalid` that names the key and its allowed values.
    func policy(subject: String) throws(AttestationError) -> AppraisalPolicy {
        let values = PolicyValues(subject: subject)
        var policy = AppraisalPolicy()
        policy.name = name
        for (index, package) in (packages ?? package.map { [$0] } ?? []).enumerated() {
            let path = self.package == nil ? "packages.\(index)" : "package"
            policy.packages.append(try package.rule(values, at: path))
        }
        policy.models = try values.digests(models, "models")
        for (name, platform) in platforms {
            guard let kind = EvidenceKind(rawValue: name) else {
                let kinds = EvidenceKind.allCases.map(\.rawValue).joined(separator: ", ")
                throw values.invalid("platforms.\(name)", kinds)
            }
            policy.platforms[kind] = try platform.rule(values, at: "platforms.\(name)")
        }
        for (index, names) in (proofs ?? []).enumerated() {
            let kinds = names.compactMap(EvidenceKind.init)
            guard !kinds.isEmpty, kinds.count == names.count, kinds.allSatisfy({ policy.platforms[$0] != nil }) else {
                throw values.invalid("proofs.\(index)", "platforms that the policy names")
            }
            policy.proofs.append(kinds)
        }
        return policy
    }

    init(_ policy: AppraisalPolicy) {
        schema = nil
        version = AppraisalPolicy.formatVersion
        name = policy.name
        package = nil
        packages = policy.packages.isEmpty ? nil : policy.packages.map(Package.init)
        proofs = policy.proofs.isEmpty ? nil : policy.proofs.map { $0.map(\.rawValue) }
        models = policy.models.presence
        platforms = Dictionary(uniqueKeysWithValues: policy.platforms.map { ($0.key.rawValue, Platform($0.value)) })
    }
}

extension PolicyFile.Platform {
    func rule(
        _ values: PolicyValues,
        at path: String
    ) throws(AttestationError) -> AppraisalPolicy.PlatformRule {
        var rule = AppraisalPolicy.PlatformRule()
        for (name, texts) in measurements ?? [:] {
            guard !texts.isEmpty else { throw values.invalid("\(path).measurements.\(name)", "at least one value") }
            rule.measurements[name] = try values.digests(texts, "\(path).measurements.\(name)")
        }
        for (index, texts) in (acpiTables ?? []).enumerated() {
            let place = "\(path).acpiTables[\(index)]"
            guard !texts.isEmpty else { throw values.invalid(place, "at least one digest") }
            rule.acpiTables.append(try values.digests(texts, place))
        }
        rule.signers = try values.hexadecimal(signers, "\(path).signers")
        rule.productIDs = try values.hexadecimal(productIDs, "\(path).productIds")
        rule.minimumSecurityVersion = minimumSecurityVersion
        rule.minimumTCB = minimumTCB ?? [:]
        rule.machines = (machines ?? [:]).mapValues { $0.map { $0.lowercased() } }
        for (name, text) in statuses ?? [:] {
            guard let status = TCBStatus(rawValue: name), PolicyValues.acceptable.contains(status) else {
                let names = PolicyValues.acceptable.map(\.rawValue).joined(separator: ", ")
                throw values.invalid("\(path).statuses.\(name)", names)
            }
            rule.statuses[status] = try values.date(text, "\(path).statuses.\(name)")
        }
        for (name, text) in advisories ?? [:] {
            rule.advisories[name] = try values.date(text, "\(path).advisories.\(name)")
        }
        for (name, text) in tolerated ?? [:] {
            guard CheckCatalogue.shared.entry(name)?.isReservation == true else {
                let names = CheckCatalogue.shared.entries.filter(\.isReservation).map(\.id)
                throw values.invalid("\(path).tolerate.\(name)", names.joined(separator: ", "))
            }
            rule.tolerated[name] = try values.date(text, "\(path).tolerate.\(name)")
        }
        for (name, days) in maximumAgeInDays ?? [:] {
            guard let kind = Endorsement.Kind(rawValue: name), days >= 0 else {
                let names = Endorsement.Kind.allCases.map(\.rawValue).joined(separator: ", ")
                throw values.invalid("\(path).maximumAgeInDays.\(name)", "days for \(names)")
            }
            rule.maximumAgeInDays[kind] = days
        }
        rule.roots = try values.digests(roots, "\(path).roots")
        try readProcessor(into: &rule, values, at: path)
        return rule
    }

    init(_ rule: AppraisalPolicy.PlatformRule) {
        measurements = rule.measurements.isEmpty ? nil : rule.measurements
        acpiTables = rule.acpiTables.isEmpty ? nil : rule.acpiTables
        signers = rule.signers.presence
        productIDs = rule.productIDs.presence
        minimumSecurityVersion = rule.minimumSecurityVersion
        minimumTCB = rule.minimumTCB.isEmpty ? nil : rule.minimumTCB
        machines = rule.machines.isEmpty ? nil : rule.machines
        let statuses = rule.statuses.map { ($0.key.rawValue, $0.value.description) }
        self.statuses = statuses.isEmpty ? nil : Dictionary(uniqueKeysWithValues: statuses)
        advisories = rule.advisories.isEmpty ? nil : rule.advisories.mapValues(\.description)
        tolerated = rule.tolerated.isEmpty ? nil : rule.tolerated.mapValues(\.description)
        let ages = rule.maximumAgeInDays.map { ($0.key.rawValue, $0.value) }
        maximumAgeInDays = ages.isEmpty ? nil : Dictionary(uniqueKeysWithValues: ages)
        roots = rule.roots.presence
        writeProcessor(of: rule)
    }
}

/// Parses the values of one file.
struct PolicyValues {
    /// The statuses that a policy may accept: never a revoked platform; missing collateral only as a reservation.
    static let acceptable = TCBStatus.allCases.filter {
        ![.notStated, .notAppraised, .upToDate, .revoked].contains($0)
    }

    let subject: String

    func invalid(_ path: String, _ expected: String) -> AttestationError {
        AttestationError(PolicyFileCheck.valueInvalid, subject: subject, fields: [path], expected: expected)
    }

    func date(_ text: String, _ path: String) throws(AttestationError) -> PolicyDate {
        guard let date = PolicyDate(text) else { throw invalid(path, "a day such as 2027-01-31") }
        return date
    }

    /// Parses digests of at least 20 bytes, the size of SHA-1.
    func digests(_ texts: [String]?, _ path: String) throws(AttestationError) -> [String] {
        let digests = try hexadecimal(texts, path)
        guard digests.allSatisfy({ (40...128).contains($0.utf8.count) }) else {
            throw invalid(path, "40 to 128 hexadecimal digits")
        }
        return digests
    }

    func hexadecimal(_ texts: [String]?, _ path: String) throws(AttestationError) -> [String] {
        var found: [String] = []
        for text in texts ?? [] {
            guard let bytes = Hexadecimal.bytes(text), !bytes.isEmpty else {
                throw invalid(path, "hexadecimal digits, two for each byte")
            }
            found.append(Hexadecimal.text(bytes))
        }
        return found
    }
}

extension [String] {
    /// nil where empty, so that a file omits rules that require nothing.
    var presence: [String]? { isEmpty ? nil : self }
}
