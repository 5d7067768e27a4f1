/// The worse of two statuses, as Intel's rules join what they say of the platform, its module and its quoting enclave.
extension TCBStatus {
    /// What a status demands; the worse of two demands all that either does.
    private struct RequiredActions: OptionSet {
        let rawValue: Int

        static let softwareHardening = RequiredActions(rawValue: 1)
        static let configuration = RequiredActions(rawValue: 2)
        static let relaunch = RequiredActions(rawValue: 4)
        static let update = RequiredActions(rawValue: 8)
        static let withdrawal = RequiredActions(rawValue: 16)
    }

    /// The status that says what both say.
    ///
    /// A part that is out of date makes the whole out of date, and keeps what the platform's configuration lacks. What
    /// is not stated or not appraised adds nothing.
    func joined(with other: TCBStatus) -> TCBStatus {
        if self == other || other == .notStated || other == .notAppraised { return self }
        if self == .notStated || self == .notAppraised { return other }
        let demands = demands.union(other.demands)
        if demands.contains(.withdrawal) { return .revoked }
        let needsConfiguration = demands.contains(.configuration)
        if demands.contains(.update) { return needsConfiguration ? .outOfDateConfigurationNeeded : .outOfDate }
        if demands.contains(.relaunch) {
            return needsConfiguration ? .relaunchAdvisedConfigurationNeeded : .relaunchAdvised
        }
        let needsHardening = demands.contains(.softwareHardening)
        if needsConfiguration {
            return needsHardening ? .configurationAndSoftwareHardeningNeeded : .configurationNeeded
        }
        return needsHardening ? .softwareHardeningNeeded : .upToDate
    }

    private var demands: RequiredActions {
        switch self {
        case .notStated, .notAppraised, .upToDate: []
        case .softwareHardeningNeeded: .softwareHardening
        case .configurationNeeded: .configuration
        case .configurationAndSoftwareHardeningNeeded: [.configuration, .softwareHardening]
        case .relaunchAdvised: .relaunch
        case .relaunchAdvisedConfigurationNeeded: [.relaunch, .configuration]
        case .outOfDate: .update
        case .outOfDateConfigurationNeeded: [.update, .configuration]
        case .revoked: .withdrawal
        }
    }

    /// Whether the configuration lacks something, whatever else is wrong.
    var needsConfiguration: Bool { demands.contains(.configuration) }

    /// Whether an update is out that is not installed.
    var isOutOfDate: Bool { demands.contains(.update) }

    /// Whether nothing but hardening or configuration is lacking.
    var isCurrent: Bool { demands.isSubset(of: [.softwareHardening, .configuration]) }
}
