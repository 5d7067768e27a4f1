import Diagnostics

/// The position of a request in a trace (W3C Trace Context, level 1).
struct TraceContext: Sendable, Equatable {
    /// 32 hexadecimal digits, not all zero.
    let traceID: String
    /// The caller's span, 16 hexadecimal digits; nil where the trace begins here.
    let parentID: String?
    /// Whether the caller records the trace.
    let isSampled: Bool

    /// Begins a trace.
    init(using generator: inout some RandomNumberGenerator) {
        traceID = Self.identifier(bytes: 16, using: &generator)
        parentID = nil
        isSampled = true
    }

    /// Parses a `traceparent` header; nil for an invalid one, which counts as absent.
    init?(_ header: String) {
        let parts = header.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 4, parts[0].utf8.count == 2, parts[0] != "ff", parts[0] != "00" || parts.count == 4,
            parts[1].utf8.count == 32, parts[2].utf8.count == 16, parts[3].utf8.count == 2,
            parts.prefix(4).allSatisfy({ $0.utf8.allSatisfy(Self.isLowerHexadecimal) }),
            parts[1].utf8.contains(where: { $0 != UInt8(ascii: "0") }),
            parts[2].utf8.contains(where: { $0 != UInt8(ascii: "0") }), let flags = UInt8(parts[3], radix: 16)
        else { return nil }
        traceID = parts[1]
        parentID = parts[2]
        isSampled = flags & 1 == 1
    }

    /// Makes the identifier of a span.
    static func spanID() -> String {
        var generator = SystemRandomNumberGenerator()
        return identifier(bytes: 8, using: &generator)
    }

    private static func identifier(bytes count: Int, using generator: inout some RandomNumberGenerator) -> String {
        // All zeros mean "none".
        let bytes = (0..<count).map { _ in UInt8.random(in: 1...255, using: &generator) }
        return Hexadecimal.text(bytes)
    }

    private static func isLowerHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
    }
}
