/// A coding key with any name, for listing an object's actual keys.
private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) {
        self.stringValue = stringValue
    }

    init?(intValue: Int) {
        nil
    }
}

extension Decoder {
    /// Throws where an object has a key that the caller does not read.
    ///
    /// Without this check a misspelt key is ignored and its default applies silently.
    ///
    /// - Parameter known: All keys that the caller reads.
    /// - Throws: `DecodingError.dataCorrupted` that names the key and the known ones.
    package func refuseUnknownKeys(_ known: [String]) throws {
        try container(keyedBy: AnyKey.self).refuseUnknownKeys(known)
    }

    /// Returns the first unknown key of an object in alphabetical order.
    ///
    /// - Parameter known: All keys that the caller reads.
    /// - Returns: nil where all keys are known.
    /// - Throws: `DecodingError.typeMismatch` where the value is not an object.
    package func unknownKey(besides known: [String]) throws -> String? {
        try container(keyedBy: AnyKey.self).unknownKey(besides: known)?.stringValue
    }
}

extension KeyedDecodingContainer {
    /// Throws where the object under a key has an unknown key; an absent or null value passes.
    ///
    /// - Parameters:
    ///   - key: The object's own key.
    ///   - known: All keys that the caller reads of it.
    /// - Throws: `DecodingError.dataCorrupted` that names the key and the known ones.
    package func refuseUnknownKeys(in key: Key, known: [String]) throws {
        guard contains(key), try !decodeNil(forKey: key) else { return }
        try nestedContainer(keyedBy: AnyKey.self, forKey: key).refuseUnknownKeys(known)
    }

    /// Throws where an object in the array under a key has an unknown key.
    ///
    /// - Parameters:
    ///   - key: The array's key.
    ///   - known: All keys that the caller reads of each element.
    /// - Throws: `DecodingError.dataCorrupted` that names the key and the known ones.
    package func refuseUnknownKeys(inEachOf key: Key, known: [String]) throws {
        var elements = try nestedUnkeyedContainer(forKey: key)
        while !elements.isAtEnd {
            try elements.nestedContainer(keyedBy: AnyKey.self).refuseUnknownKeys(known)
        }
    }
}

extension KeyedDecodingContainer<AnyKey> {
    fileprivate func unknownKey(besides known: [String]) -> AnyKey? {
        allKeys.filter { !known.contains($0.stringValue) }.min { $0.stringValue < $1.stringValue }
    }

    fileprivate func refuseUnknownKeys(_ known: [String]) throws {
        guard let unknown = unknownKey(besides: known) else { return }
        throw DecodingError.dataCorruptedError(
            forKey: unknown,
            in: self,
            debugDescription: "unknown key; known are: \(known.joined(separator: ", "))"
        )
    }
}
