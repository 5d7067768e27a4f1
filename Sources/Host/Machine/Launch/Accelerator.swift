/// What runs a machine's instructions.
package enum Accelerator: String, Codable, Sendable, CaseIterable {
    /// The processor itself, through `/dev/kvm`.
    case kvm
    /// Software, about ten times slower, and everywhere.
    case tcg
}
