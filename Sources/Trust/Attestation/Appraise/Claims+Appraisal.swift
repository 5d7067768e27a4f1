extension Claims {
    /// A component's version for findings: the certified one, and those of the other stages where the platform states them.
    ///
    /// - Parameters:
    ///   - component: The component's name.
    ///   - certified: The version in ``tcb``.
    /// - Returns: Such as `3 reported, 4 current, 3 committed`; the certified number alone where there are no stages.
    func versions(of component: String, certified: UInt64) -> String {
        let others = [("current", currentTCB), ("committed", committedTCB)].compactMap { stage, versions in
            versions[component].map { "\($0) \(stage)" }
        }
        return others.isEmpty ? "\(certified)" : (["\(certified) reported"] + others).joined(separator: ", ")
    }

    /// The reservations that a rule does not settle by a reference value of its own.
    ///
    /// A register that no event log covers is judged by its value alone: a rule that states the value settles it.
    ///
    /// - Parameter rule: The policy's rule for the platform.
    /// - Returns: The reservations left.
    func reservations(besides rule: AppraisalPolicy.PlatformRule) -> [Finding] {
        allReservations.filter { reservation in
            guard reservation.id == TdxCheck.registerUncovered.rawValue else { return true }
            return !reservation.fields.allSatisfy { rule.measurements[$0.lowercased()]?.isEmpty == false }
        }
    }
}
