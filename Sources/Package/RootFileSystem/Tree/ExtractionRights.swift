/// What an extraction may make.
package enum ExtractionRights: Sendable {
    /// All that the process may: owners and `security` attributes as root, devices where the system lets it.
    case all
    /// The process's own files alone: owners are passed over, and so are devices. A user namespace has neither.
    case ownFiles
}
