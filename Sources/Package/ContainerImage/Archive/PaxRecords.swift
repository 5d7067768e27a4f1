import RootFileSystem

/// The records of an extended header, which apply to the next entry (POSIX.1-2017, pax, "pax Extended Header").
struct PaxRecords: Equatable {
    static let attributePrefix = "SCHILY.xattr."

    private(set) var path: [UInt8]?
    private(set) var target: [UInt8]?
    private(set) var size: Int?
    private(set) var owner: Int?
    private(set) var group: Int?
    private(set) var modified: Int?
    private(set) var attributes: [ExtendedAttribute] = []
    /// What describes a sparse file of GNU tar; nil for other files.
    private(set) var sparse: SparseRecords?

    init() {}

    /// Parses records of the form "length key=value\n".
    ///
    /// Access and change times, user names, access control lists and unknown keys are ignored, as in umoci and buildah.
    ///
    /// - Parameters:
    ///   - bytes: The header's content.
    ///   - place: The entry's position for error messages.
    /// - Throws: `container.archive-field-invalid`, and `container.entry-unsupported` for sparse files of star.
    init(_ bytes: [UInt8], place: String) throws(ContainerError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let digits = rest.prefix { (0x30...0x39).contains($0) }
            guard (1...9).contains(digits.count), let length = Int(String(decoding: digits, as: UTF8.self)),
                length > digits.count + 3, length <= rest.count,
                rest[digits.endIndex] == 0x20, rest[rest.startIndex + length - 1] == 0x0a
            else { throw Self.invalid("a record", place, "\"length key=value\" and a line break") }
            let record = rest[(digits.endIndex + 1)..<(rest.startIndex + length - 1)]
            rest = rest.dropFirst(length)
            guard let equals = record.firstIndex(of: UInt8(ascii: "=")) else {
                throw Self.invalid("a record", place, "key=value")
            }
            guard let key = String(validating: record[..<equals], as: UTF8.self) else {
                throw Self.invalid("a key", place, "UTF-8")
            }
            try take(key, Array(record[(equals + 1)...]), place: place)
        }
    }

    private mutating func take(_ key: String, _ value: [UInt8], place: String) throws(ContainerError) {
        // An empty value takes a record back.
        guard !value.isEmpty || key.hasPrefix(Self.attributePrefix) else { return }
        switch key {
        case "path": path = value
        case "linkpath": target = value
        case "size": size = try Self.number(value, key, place)
        case "uid": owner = try Self.number(value, key, place)
        case "gid": group = try Self.number(value, key, place)
        case "mtime": modified = try Self.time(value, place)
        default:
            if key.hasPrefix(Self.attributePrefix) {
                let name = String(key.dropFirst(Self.attributePrefix.count))
                guard !name.isEmpty, name.utf8.count <= 255, !name.utf8.contains(0), value.count <= 1 << 16,
                    !attributes.contains(where: { $0.name == name }), attributes.count < 100
                else { throw Self.invalid(Printable.text(key), place, "one attribute of that name, as Linux takes it") }
                attributes.append(ExtendedAttribute(name: name, value: value))
            } else if key.hasPrefix(SparseRecords.prefix) {
                var records = sparse ?? SparseRecords()
                try records.take(String(key.dropFirst(SparseRecords.prefix.count)), value, place: place)
                sparse = records
            } else if key == "SCHILY.realsize" {
                throw ContainerError(
                    .entryUnsupported,
                    subject: place,
                    expected: "no sparse file of star, which umoci and buildah do not read either",
                    found: Printable.text(key)
                )
            }
        }
    }

    static func number(_ value: some Sequence<UInt8>, _ key: String, _ place: String) throws(ContainerError) -> Int {
        let value = Array(value)
        guard value.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(String(decoding: value, as: UTF8.self))
        else { throw invalid(key, place, "a decimal number") }
        return number
    }

    /// Parses seconds and ignores the fraction.
    private static func time(_ value: [UInt8], _ place: String) throws(ContainerError) -> Int {
        let parts = value.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        let isDigits = { (part: ArraySlice<UInt8>) in part.allSatisfy { (0x30...0x39).contains($0) } }
        guard let first = parts.first, let seconds = Int(String(decoding: first, as: UTF8.self)),
            parts.count == 1 || isDigits(parts[1])
        else { throw invalid("mtime", place, "seconds") }
        return seconds
    }

    static func invalid(_ field: String, _ place: String, _ expected: String) -> ContainerError {
        ContainerError(.archiveFieldInvalid, subject: "\(field) of \(place)", expected: expected)
    }
}
