/// A field at a fixed offset, for findings that name it and for tests that change it.
public struct FieldRange: Sendable, Hashable {
    /// The field's name in its specification.
    public let name: String
    /// The byte range.
    public let range: Range<Int>

    package init(_ name: String, _ offset: Int, _ size: Int) {
        self.name = name
        range = offset..<(offset + size)
    }
}
