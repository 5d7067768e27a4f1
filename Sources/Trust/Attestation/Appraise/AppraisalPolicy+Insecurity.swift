extension AppraisalPolicy {
    /// The warning for a policy that names a developer's platform or accepts a debug package; nil for every other policy.
    ///
    /// One line, which begins with `INSECURE`.
    package var insecurityWarning: String? {
        var warnings: [String] = []
        let names = developerPlatforms.map(\.rawValue)
        if !names.isEmpty {
            warnings.append(
                "INSECURE: this policy trusts the developer's platforms \(names.joined(separator: ", ")), "
                    + "whose host can read and change all that they hold."
            )
        }
        if packages.contains(where: \.acceptsDebug) {
            warnings.append(
                "INSECURE: this policy accepts a debug package, whose application's output reaches the host."
            )
        }
        return warnings.isEmpty ? nil : warnings.joined(separator: " ")
    }
}
