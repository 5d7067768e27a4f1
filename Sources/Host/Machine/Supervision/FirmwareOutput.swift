/// Removes terminal control sequences from a firmware's output, which would clear the user's screen.
///
/// The guest's own output passes unchanged.
package struct FirmwareOutput: Sendable {
    private enum Place {
        case text
        case escape
        case command
    }

    private var place = Place.text

    package init() {}

    /// Removes control sequences (ECMA-48, 5.4), also across calls.
    ///
    /// - Parameter bytes: The firmware's output.
    /// - Returns: The rest.
    package mutating func text(of bytes: [UInt8]) -> [UInt8] {
        bytes.filter { byte in
            switch place {
            case .text:
                if byte == 0x1b { place = .escape }
                return byte != 0x1b
            case .escape:
                place = byte == UInt8(ascii: "[") ? .command : .text
                return false
            case .command:
                if (0x40...0x7e).contains(byte) { place = .text }
                return false
            }
        }
    }
}
