extension PolicyEvaluation {
    /// Checks the reported TCB versions.
    ///
    /// AMD states no status of its platforms, so a policy without least versions would take any firmware.
    mutating func checkVersions(_ rule: AppraisalPolicy.PlatformRule) {
        if claims.reportVersion != nil, rule.minimumTCB.isEmpty {
            refuse(
                .minimumMissing,
                fields: AppraisalPolicy.PlatformRule.requiredComponents,
                expected: "minimumTcb for \(claims.tcbLine)",
                found: "none"
            )
        }
        compare(rule.minimumTCB, claims.tcb) { claims, component, version in
            claims.versions(of: component, certified: version)
        }
        let isNamed = rule.minimumTCB[claims.tcbLine] != nil || rule.minimumTCB["any"] != nil
        let missing = rule.missingMinimums(of: claims.tcbLine)
        guard claims.reportVersion != nil, isNamed, !missing.isEmpty else { return }
        refuse(
            .minimumMissing,
            fields: missing,
            expected: AppraisalPolicy.PlatformRule.requiredComponents.joined(separator: ", "),
            found: "no least version of \(missing.joined(separator: ", ")) for \(claims.tcbLine)"
        )
    }

    /// Checks an AMD processor, its firmware, and what the guest's policy and the platform's information say.
    mutating func checkProcessor(_ rule: AppraisalPolicy.PlatformRule) {
        compare(rule.guestPolicy, claims.guestPolicy, .guestPolicyMismatch)
        compare(rule.platformInfo, claims.platformInfo, .platformInfoMismatch)
        compare(rule.minimumCommittedTCB, claims.committedTCB) { "\($2) committed" }
        compare(rule.minimumLaunchTCB, claims.launchTCB) { "\($2) at launch" }
        if let minimum = rule.minimumABI, claims.minimumABI.map({ $0 < minimum }) ?? true {
            refuse(
                .guestPolicyMismatch,
                fields: ["minimumAbi"],
                expected: "at least \(minimum)",
                found: claims.minimumABI?.description ?? "not stated"
            )
        }
        if let minimum = rule.minimumReportVersion, claims.reportVersion.map({ $0 < minimum }) ?? true {
            refuse(
                .reportVersionLow,
                fields: ["minimumReportVersion"],
                expected: "at least \(minimum)",
                found: claims.reportVersion.map { "\($0)" } ?? "not stated"
            )
        }
        checkName(.productLineNotNamed, "products", rule.products, claims.tcbLine)
        checkName(.signingKeyMismatch, "signingKey", rule.signingKeys, claims.signingKey)
        checkName(.cloudMismatch, "cloud", rule.clouds, claims.cloud)
    }

    private mutating func checkName(_ check: PolicyCheck, _ key: String, _ named: [String], _ found: String?) {
        guard !named.isEmpty, !named.contains(found ?? "") else { return }
        refuse(check, fields: [key], expected: named.joined(separator: " or "), found: found ?? "not stated")
    }

    private mutating func compare(_ demanded: [String: Bool], _ stated: [String: Bool], _ check: PolicyCheck) {
        for (name, value) in demanded.sorted(by: { $0.key < $1.key }) where stated[name] != value {
            refuse(
                check,
                fields: [name],
                expected: "\(value)",
                found: stated[name].map { "\($0)" } ?? "not stated"
            )
        }
    }

    /// Compares each component separately: a sum would let one component compensate for another.
    ///
    /// - Parameters:
    ///   - minimums: The least versions by processor line and component.
    ///   - found: The versions by component.
    ///   - describe: A component's version in a finding's words.
    private mutating func compare(
        _ minimums: [String: [String: UInt64]],
        _ found: [String: UInt64],
        _ describe: (Claims, String, UInt64) -> String
    ) {
        guard !minimums.isEmpty else { return }
        guard let minimum = minimums[claims.tcbLine] ?? minimums["any"] else {
            refuse(
                .tcbLineMissing,
                expected: minimums.keys.sorted().joined(separator: ", "),
                found: claims.tcbLine
            )
            return
        }
        for (component, least) in minimum.sorted(by: { $0.key < $1.key }) {
            guard let version = found[component] else {
                refuse(
                    .tcbComponentMissing,
                    fields: [component],
                    expected: found.keys.sorted().joined(separator: ", ")
                )
                continue
            }
            if version < least {
                refuse(
                    .tcbLow,
                    fields: [component],
                    expected: "at least \(least)",
                    found: describe(claims, component, version)
                )
            }
        }
    }
}
