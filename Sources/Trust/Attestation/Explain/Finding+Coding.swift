extension Finding: Encodable {
    private enum Key: String, CodingKey {
        case id, subject, fields, expected, found, meaning, whoMustAct, remedy
    }

    /// Encodes the finding with its explanation, so that programs need no second look-up.
    ///
    /// - Parameter encoder: A JSON encoder.
    /// - Throws: The encoder's errors.
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
