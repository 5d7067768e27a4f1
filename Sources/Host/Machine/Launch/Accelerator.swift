/// How a machine's instructions are executed.
package enum Accelerator: String, Codable, Sendable, CaseIterable {
    /// Hardware virtualization through `/dev/kvm`.
    case kvm
    /// QEMU's software emulation: available everywhere, about ten times slower.
    case tcg
}
