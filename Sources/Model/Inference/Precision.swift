/// The arithmetic that an engine uses inside; tensors go in and come out as float32 in any case.
package enum Precision: String, Sendable, CaseIterable, Codable {
    /// 24 bits of mantissa: what a model's publisher measured.
    case float32
    /// 8 bits of mantissa with sums in float32: half the memory to read, on processors that multiply such numbers.
    case bfloat16

    /// Those with fewer bits than the publisher measured with.
    package static var reduced: [Precision] { allCases.filter { $0 != .float32 } }
}
