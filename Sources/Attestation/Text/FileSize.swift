import FoundationEssentials

extension [FileAttributeKey: Any] {
    /// The file's size in bytes; the type of the attribute differs between Foundation's implementations.
    var byteCount: Int? {
        (self[.size] as? any BinaryInteger).flatMap { Int(exactly: $0) }
    }
}
