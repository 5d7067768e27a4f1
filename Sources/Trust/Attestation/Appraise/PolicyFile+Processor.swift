extension PolicyFile.Platform {
    /// Reads the rules about an AMD processor, its firmware and its guest's policy.
    ///
    /// - Parameters:
    ///   - rule: The rule to fill.
    ///   - values: Parses the values.
    ///   - path: The platform's place in the file.
    /// - Throws: `policy-file.value-invalid`.
    func readProcessor(
        into rule: inout AppraisalPolicy.PlatformRule,
        _ values: PolicyValues,
        at path: String
    ) throws(AttestationError) {
        rule.guestPolicy = guestPolicy?.bits ?? [:]
        if let text = guestPolicy?.minimumABI {
            guard let version = SnpABIVersion(text) else {
                throw values.invalid("\(path).guestPolicy.minimumAbi", "a version such as 1.55")
            }
            rule.minimumABI = version
        }
        rule.platformInfo = platformInfo?.bits ?? [:]
        let lines = SnpProduct.allCases.map(\.rawValue)
        guard (products ?? []).allSatisfy(lines.contains) else {
            throw values.invalid("\(path).products", lines.joined(separator: ", "))
        }
        rule.products = products ?? []
        guard (signingKey ?? []).allSatisfy(["vcek", "vlek"].contains) else {
            throw values.invalid("\(path).signingKey", "vcek, vlek")
        }
        rule.signingKeys = signingKey ?? []
        rule.clouds = (cloud ?? []).map { $0.lowercased() }
        rule.minimumCommittedTCB = minimumCommittedTCB ?? [:]
        rule.minimumLaunchTCB = minimumLaunchTCB ?? [:]
        rule.minimumReportVersion = minimumReportVersion
    }

    /// Writes the rules about an AMD processor; those that require nothing are omitted.
    ///
    /// - Parameter rule: The rule.
    mutating func writeProcessor(of rule: AppraisalPolicy.PlatformRule) {
        guestPolicy = PolicyFile.GuestPolicy(rule.guestPolicy, minimumABI: rule.minimumABI)
        platformInfo = PolicyFile.PlatformInfo(rule.platformInfo)
        products = rule.products.presence
        signingKey = rule.signingKeys.presence
        cloud = rule.clouds.presence
        minimumCommittedTCB = rule.minimumCommittedTCB.isEmpty ? nil : rule.minimumCommittedTCB
        minimumLaunchTCB = rule.minimumLaunchTCB.isEmpty ? nil : rule.minimumLaunchTCB
        minimumReportVersion = rule.minimumReportVersion
    }
}

extension PolicyFile.GuestPolicy {
    /// The demanded bits by their names.
    var bits: [String: Bool] {
        [
            "debug": debug, "migration": migration, "smt": smt, "singleSocket": singleSocket,
            "pageSwapDisable": pageSwapDisable, "ciphertextHiding": ciphertextHiding,
        ].compactMapValues { $0 }
    }

    /// nil where nothing is demanded.
    init?(_ bits: [String: Bool], minimumABI: SnpABIVersion?) {
        guard !bits.isEmpty || minimumABI != nil else { return nil }
        debug = bits["debug"]
        migration = bits["migration"]
        smt = bits["smt"]
        singleSocket = bits["singleSocket"]
        pageSwapDisable = bits["pageSwapDisable"]
        ciphertextHiding = bits["ciphertextHiding"]
        self.minimumABI = minimumABI?.description
    }
}

extension PolicyFile.PlatformInfo {
    /// The demanded bits by their names.
    var bits: [String: Bool] {
        [
            "smt": smt, "tsme": tsme, "ecc": ecc, "ciphertextHiding": ciphertextHiding,
            "aliasCheckComplete": aliasCheckComplete,
        ].compactMapValues { $0 }
    }

    /// nil where nothing is demanded.
    init?(_ bits: [String: Bool]) {
        guard !bits.isEmpty else { return nil }
        smt = bits["smt"]
        tsme = bits["tsme"]
        ecc = bits["ecc"]
        ciphertextHiding = bits["ciphertextHiding"]
        aliasCheckComplete = bits["aliasCheckComplete"]
    }
}
