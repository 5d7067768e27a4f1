/// Combines TCB statuses by Intel's rules.
extension TCBStatus {
    /// The actions that a status requires; the combination requires the actions of both.
    private struct RequiredActions: OptionSet {
        let rawValue: Int

        static let softwareHardening = RequiredActions(rawValue: 1)
        static let configuration = RequiredActions(rawValue: 2)
        static let relaunch = RequiredActions(rawValue: 4)
        static let update = RequiredActions(rawValue: 8)
        static let withdrawal = RequiredActions(rawValue: 16)
    }

    /// The combination of two statuses.
    ///
    /// One part that is out of date makes the result out of date; a needed configuration stays part of the result.
    /// `notStated` and `notAppraised` add nothing.
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

    /// Whether a configuration change is needed, whatever else is wrong.
    var needsConfiguration: Bool { demands.contains(.configuration) }

    /// Whether an available update is not installed.
    var isOutOfDate: Bool { demands.contains(.update) }

    /// Whether at most hardening or configuration is missing.
    var isCurrent: Bool { demands.isSubset(of: [.softwareHardening, .configuration]) }
}
