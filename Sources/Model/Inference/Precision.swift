/// The internal arithmetic of an engine; its inputs and outputs are float32 in any case.
package enum Precision: String, Sendable, CaseIterable, Codable {
    /// 24 bits of mantissa: the precision of the publisher's measurements.
    case float32
    /// 8 bits of mantissa, with sums in float32: half of the memory traffic, on processors with such instructions.
    case bfloat16

    /// The precisions with fewer bits than float32.
    package static var reduced: [Precision] { allCases.filter { $0 != .float32 } }
}
