extension Finding: Encodable {
    private enum Key: String, CodingKey {
        case id, subject, fields, expected, found, meaning, whoMustAct, remedy
    }

    /// Writes the finding with its explanation, so that a program needs no second look-up.
    ///
    /// - Parameter encoder: Of JSON.
    /// - Throws: What the encoder throws.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(id, forKey: .id)
        try container.encode(subject, forKey: .subject)
        try container.encode(fields, forKey: .fields)
        try container.encodeIfPresent(expected, forKey: .expected)
        try container.encodeIfPresent(found, forKey: .found)
        try container.encode(explanation.meaning, forKey: .meaning)
        try container.encode(explanation.whoMustAct.rawValue, forKey: .whoMustAct)
        try container.encode(explanation.remedy, forKey: .remedy)
    }
}
