/// A path below a tree's root, as bytes: Linux allows every byte but NUL and "/" in a name, so no text type fits.
package struct EntryPath: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The longest path that Linux takes in one call, without the NUL.
    package static let maximumByteCount = 4095
    /// The longest name that Linux file systems take.
    package static let maximumNameLength = 255

    /// The tree's root.
    package static let root = EntryPath(unchecked: [])

    /// The names joined by "/"; empty for the root.
    package let bytes: [UInt8]

    /// Takes bytes that the file system or a check gave.
    ///
    /// - Parameter bytes: Names joined by "/", each of them a name that Linux takes.
    package init(unchecked bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Takes a path of an archive or a person.
    ///
    /// - Parameter bytes: Names joined by "/". A leading "./" is dropped, and "." alone is the root. An absolute path, an
    ///   empty name, ".", "..", NUL and what is longer than Linux takes give nil.
    package init?(checking bytes: some Sequence<UInt8>) {
        var bytes = Array(bytes)
        if bytes == [UInt8(ascii: ".")] { bytes = [] }
        if bytes.starts(with: [UInt8(ascii: "."), UInt8(ascii: "/")]) { bytes.removeFirst(2) }
        guard bytes.count <= Self.maximumByteCount, !bytes.contains(0) else { return nil }
        if !bytes.isEmpty {
            let names = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            guard names.allSatisfy({ Self.isName($0) }) else { return nil }
        }
        self.bytes = bytes
    }

    /// Takes a path of an archive, with the spellings that every tool resolves.
    ///
    /// - Parameter bytes: As for ``init(checking:)``, but "." and empty names are dropped wherever they are. An absolute
    ///   path, "..", NUL and what is longer than Linux allows give nil, and so does an empty text.
    package init?(normalizing bytes: some Sequence<UInt8>) {
        let bytes = Array(bytes)
        guard let first = bytes.first, first != UInt8(ascii: "/") else { return nil }
        let names = bytes.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual([UInt8(ascii: ".")]) }
        self.init(checking: names.joined(separator: [UInt8(ascii: "/")]))
    }

    /// Whether bytes can name an entry of a folder.
    ///
    /// - Parameter bytes: The name alone.
    /// - Returns: No for nothing, ".", "..", and for what is too long or has "/" or NUL.
    package static func isName(_ bytes: some Collection<UInt8>) -> Bool {
        let dot = UInt8(ascii: ".")
        return !bytes.isEmpty && bytes.count <= maximumNameLength && !bytes.contains(0)
            && !bytes.contains(UInt8(ascii: "/")) && !bytes.elementsEqual([dot]) && !bytes.elementsEqual([dot, dot])
    }

    package static func < (left: EntryPath, right: EntryPath) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }

    /// The last name; empty for the root.
    package var name: [UInt8] {
        bytes.lastIndex(of: UInt8(ascii: "/")).map { Array(bytes[($0 + 1)...]) } ?? bytes
    }

    /// The path without its last name.
    package var parent: EntryPath {
        EntryPath(unchecked: bytes.lastIndex(of: UInt8(ascii: "/")).map { Array(bytes[..<$0]) } ?? [])
    }

    /// The path of an entry of this folder.
    ///
    /// - Parameter name: The entry's name.
    /// - Returns: The path, whose length is not checked.
    package func appending(_ name: [UInt8]) -> EntryPath {
        EntryPath(unchecked: bytes.isEmpty ? name : bytes + [UInt8(ascii: "/")] + name)
    }

    /// The path as C takes it: "." for the root, and NUL at the end.
    var cString: [CChar] {
        (bytes.isEmpty ? [UInt8(ascii: ".")] : bytes).map { CChar(bitPattern: $0) } + [0]
    }

    /// The path for a person: what is no printable UTF-8 is written as \xNN, so that no name can steer a terminal.
    package var description: String {
        bytes.isEmpty ? "." : Self.readable(bytes)
    }

    /// Bytes for a person: printable text unchanged, other bytes as \xNN.
    package static func readable(_ bytes: some Sequence<UInt8>) -> String {
        let bytes = Array(bytes)
        if let text = String(validating: bytes, as: UTF8.self), text.unicodeScalars.allSatisfy({ isPlain($0) }) {
            return text
        }
        let digits = Array("0123456789abcdef")
        return bytes.map { byte in
            (0x20...0x7e).contains(byte) && byte != UInt8(ascii: "\\")
                ? String(UnicodeScalar(byte)) : "\\x\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
        }.joined()
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        default: scalar != "\\"
        }
    }
}
