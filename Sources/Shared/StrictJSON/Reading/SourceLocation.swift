/// A line and a column, each from 1; the column counts bytes.
package struct SourceLocation: Hashable, Sendable, CustomStringConvertible {
    /// The line.
    package let line: Int
    /// The byte in the line.
    package let column: Int

    /// The location of a byte: one pass over what precedes it.
    init(offset: Int, in bytes: [UInt8]) {
        var line = 1
        var start = 0
        for (index, byte) in bytes[..<min(offset, bytes.count)].enumerated() where byte == UInt8(ascii: "\n") {
            line += 1
            start = index + 1
        }
        self.line = line
        column = offset - start + 1
    }

    /// Such as `3:14`.
    package var description: String { "\(line):\(column)" }
}
