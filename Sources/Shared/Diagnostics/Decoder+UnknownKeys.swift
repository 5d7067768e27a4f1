/// A key of any spelling, to see what a document really has.
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
    /// Fails where an object has a key that nobody would read.
    ///
    /// A misspelt key would otherwise leave its default in force without a word.
    ///
    /// - Parameter known: Every key that the caller reads.
    /// - Throws: `DecodingError.dataCorrupted` that names the key and the known ones.
    package func refuseUnknownKeys(_ known: [String]) throws {
        try container(keyedBy: AnyKey.self).refuseUnknownKeys(known)
    }

    /// The first key, by its spelling, that an object has and nobody would read.
    ///
    /// - Parameter known: Every key that the caller reads.
    /// - Returns: nil where all keys are known.
    /// - Throws: `DecodingError.typeMismatch` where there is no object.
    package func unknownKey(besides known: [String]) throws -> String? {
        try container(keyedBy: AnyKey.self).unknownKey(besides: known)?.stringValue
    }
}

extension KeyedDecodingContainer {
    /// Fails where the object under a key, if there is one, has a key that nobody would read.
    ///
    /// - Parameters:
    ///   - key: The object's own key.
    ///   - known: Every key that the caller reads of it.
    /// - Throws: `DecodingError.dataCorrupted` that names the key and the known ones.
    package func refuseUnknownKeys(in key: Key, known: [String]) throws {
        guard contains(key), try !decodeNil(forKey: key) else { return }
        try nestedContainer(keyedBy: AnyKey.self, forKey: key).refuseUnknownKeys(known)
    }

    /// Fails where an object of the array under a key has a key that nobody would read.
    ///
    /// - Parameters:
    ///   - key: The array's key.
    ///   - known: Every key that the caller reads of each element.
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
