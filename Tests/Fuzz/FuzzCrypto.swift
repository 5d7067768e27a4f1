/// Stands in for swift-crypto in a fuzzer: every digest is zero, so that changed bytes pass for the right ones and reach
/// what lies behind the check.
package struct SHA256: Sendable {
    package init() {}
    package mutating func update(data: [UInt8]) {}
    package func finalize() -> [UInt8] { [UInt8](repeating: 0, count: 32) }
}

/// The same with more zeros.
package struct SHA512: Sendable {
    package init() {}
    package mutating func update(data: [UInt8]) {}
    package func finalize() -> [UInt8] { [UInt8](repeating: 0, count: 64) }
}
