/// Takes the commands for a terminal out of what a firmware writes: it clears the screen of whoever starts a machine.
///
/// What comes after it is the guest's own and is not touched.
package struct FirmwareOutput: Sendable {
    private enum Place {
        case text
        case escape
        case command
    }

    private var place = Place.text

    package init() {}

    /// Leaves out control sequences (ECMA-48, 5.4), however they are cut.
    ///
    /// - Parameter bytes: What the firmware wrote.
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
