extension PolicyFile {
    /// The first key that the file's version does not have; nil where there is none.
    var foreignKey: String? {
        guard version == 1 else { return package == nil ? nil : "package" }
        if packages != nil { return "packages" }
        if proofs != nil { return "proofs" }
        if let key = package?.newKey { return "package.\(key)" }
        for (name, platform) in platforms.sorted(by: { $0.key < $1.key }) {
            if let key = platform.newKey { return "platforms.\(name).\(key)" }
        }
        return nil
    }
}

extension PolicyFile.Package {
    /// The first key that version 1 does not have.
    fileprivate var newKey: String? {
        if until != nil { return "until" }
        if kernel != nil { return "kernel" }
        if models != nil { return "models" }
        if sealedModels != nil { return "sealedModels" }
        return measurements == nil ? nil : "measurements"
    }

    /// Converts the entry to a rule.
    ///
    /// - Parameters:
    ///   - values: Parses the values.
    ///   - path: The entry's place in the file.
    /// - Returns: The rule.
    /// - Throws: `policy-file.value-invalid`.
    func rule(_ values: PolicyValues, at path: String) throws(AttestationError) -> AppraisalPolicy.PackageRule {
        var rule = AppraisalPolicy.PackageRule()
        rule.digests = try values.digests(digests, "\(path).digests")
        rule.signers = try values.digests(signers, "\(path).signers")
        rule.productID = productID
        rule.minimumSecurityVersion = minimumSecurityVersion
        rule.acceptsDebug = debug ?? false
        if let until { rule.until = try values.date(until, "\(path).until") }
        if let kernel { rule.kernels = try kernels(kernel, values, at: "\(path).kernel") }
        rule.models = try values.digests(models, "\(path).models")
        rule.requiresSealedModels = sealedModels ?? false
        for (name, measurements) in measurements ?? [:] {
            guard let kind = EvidenceKind(rawValue: name) else {
                let kinds = EvidenceKind.allCases.map(\.rawValue).joined(separator: ", ")
                throw values.invalid("\(path).measurements.\(name)", kinds)
            }
            for (measurement, texts) in measurements {
                let place = "\(path).measurements.\(name).\(measurement)"
                guard !texts.isEmpty else { throw values.invalid(place, "at least one value") }
                rule.measurements[kind, default: [:]][measurement] = try values.digests(texts, place)
            }
        }
        return rule
    }

    /// A kernel that is not sealed is a waiver, and a waiver has a last day.
    private func kernels(
        _ names: [String],
        _ values: PolicyValues,
        at path: String
    ) throws(AttestationError) -> [Binding.PackageFacts.Kernel.Kind] {
        let kinds = names.compactMap(Binding.PackageFacts.Kernel.Kind.init)
        guard !kinds.isEmpty, kinds.count == names.count else {
            throw values.invalid(path, "sealed, unsealed, distribution or not-stated")
        }
        guard kinds == [.sealed] || until != nil else {
            throw values.invalid(path, "sealed alone, or a last day in `until`")
        }
        return kinds
    }

    init(_ rule: AppraisalPolicy.PackageRule) {
        digests = rule.digests.presence
        signers = rule.signers.presence
        productID = rule.productID
        minimumSecurityVersion = rule.minimumSecurityVersion
        debug = rule.acceptsDebug ? true : nil
        until = rule.until?.description
        kernel = rule.kernels == [.sealed] ? nil : rule.kernels.map(\.rawValue)
        models = rule.models.presence
        sealedModels = rule.requiresSealedModels ? true : nil
        let named = rule.measurements.map { ($0.key.rawValue, $0.value) }
        measurements = named.isEmpty ? nil : Dictionary(uniqueKeysWithValues: named)
    }
}

extension PolicyFile.Platform {
    /// The first key that version 1 does not have.
    fileprivate var newKey: String? {
        if guestPolicy != nil { return "guestPolicy" }
        if platformInfo != nil { return "platformInfo" }
        if products != nil { return "products" }
        if signingKey != nil { return "signingKey" }
        if cloud != nil { return "cloud" }
        if minimumCommittedTCB != nil { return "minimumCommittedTcb" }
        if minimumLaunchTCB != nil { return "minimumLaunchTcb" }
        return minimumReportVersion == nil ? nil : "minimumReportVersion"
    }
}
