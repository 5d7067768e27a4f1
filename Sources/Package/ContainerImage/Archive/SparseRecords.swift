/// The records of a sparse file (GNU tar manual, "Storing Sparse Files": formats 0.0, 0.1 and 1.0 of PAX).
struct SparseRecords: Equatable {
    /// A range of the file that is stored; the rest is zeros.
    struct Part: Equatable {
        let offset: Int
        let size: Int
    }

    static let prefix = "GNU.sparse."
    /// The largest number of parts; the map is kept in memory.
    static let maximumParts = 1 << 16

    /// The file's name, where the header has a substitute.
    private(set) var name: [UInt8]?
    /// The file's size with its holes.
    private(set) var size: Int?
    /// The stored parts; empty in format 1.0 until ``takeMap(_:place:)``.
    private(set) var parts: [Part] = []
    private var pendingOffset: Int?
    private var majorVersion = 0

    /// Whether the map precedes the content (format 1.0).
    var hasMapInContent: Bool { majorVersion == 1 }

    /// Takes a record.
    ///
    /// - Parameters:
    ///   - key: The record's key without ``prefix``.
    ///   - value: The record's value.
    ///   - place: The entry's position for error messages.
    /// - Throws: `container.archive-field-invalid`, `container.entry-unsupported` for another version.
    mutating func take(_ key: String, _ value: [UInt8], place: String) throws(ContainerError) {
        let number = { () throws(ContainerError) in try PaxRecords.number(value, Self.prefix + key, place) }
        switch key {
        case "name": name = value
        case "size", "realsize": size = try number()
        case "major":
            majorVersion = try number()
            guard majorVersion <= 1 else {
                throw ContainerError(
                    .entryUnsupported,
                    subject: place,
                    expected: "a sparse file of version 0 or 1",
                    found: "\(majorVersion)"
                )
            }
        case "offset": pendingOffset = try number()
        case "numbytes":
            guard let offset = pendingOffset else { throw Self.invalid(place) }
            try append(offset, number(), place)
            pendingOffset = nil
        case "map":
            let numbers = value.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
            guard numbers.count % 2 == 0, numbers.count <= 2 * Self.maximumParts else { throw Self.invalid(place) }
            parts = []
            for index in stride(from: 0, to: numbers.count, by: 2) {
                try append(
                    PaxRecords.number(numbers[index], "map", place),
                    PaxRecords.number(numbers[index + 1], "map", place),
                    place
                )
            }
        default: break
        }
    }

    /// Takes the map that precedes the content in format 1.0.
    ///
    /// - Parameters:
    ///   - numbers: Offset and size of each part.
    ///   - place: The entry's position for error messages.
    /// - Throws: `container.archive-field-invalid`.
    mutating func takeMap(_ numbers: [Int], place: String) throws(ContainerError) {
        parts = []
        for index in stride(from: 0, to: numbers.count - 1, by: 2) {
            try append(numbers[index], numbers[index + 1], place)
        }
    }

    /// Checks that the parts are in order, in the file, and as large as the stored content.
    ///
    /// - Parameters:
    ///   - storedSize: The content's bytes in the archive.
    ///   - place: The entry's position for error messages.
    /// - Returns: The file's size with its holes.
    /// - Throws: `container.archive-field-invalid`.
    func checkedSize(storedSize: Int, place: String) throws(ContainerError) -> Int {
        guard let size, parts.reduce(0, { $0 + $1.size }) == storedSize else { throw Self.invalid(place) }
        var end = 0
        for part in parts {
            guard part.offset >= end, part.size <= size, part.offset <= size - part.size else {
                throw Self.invalid(place)
            }
            end = part.offset + part.size
        }
        return size
    }

    private mutating func append(_ offset: Int, _ size: Int, _ place: String) throws(ContainerError) {
        guard parts.count < Self.maximumParts, size <= 1 << 46, offset <= 1 << 46 else { throw Self.invalid(place) }
        parts.append(Part(offset: offset, size: size))
    }

    private static func invalid(_ place: String) -> ContainerError {
        PaxRecords.invalid("the map", place, "parts in order, within the file's size, and the content of all of them")
    }
}
