import Diagnostics

extension Error {
    /// What a decoder found, and where, as a sentence for a person.
    var readable: String {
        guard let error = self as? DecodingError else { return (self as? any CodedError)?.detail ?? "\(self)" }
        switch error {
        case .keyNotFound(let key, let context):
            return "\(Self.place(context, then: key)) is missing"
        case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
            return "\(Self.place(context)) is not a \(type)"
        case .dataCorrupted(let context):
            return "\(Self.place(context)): \(context.debugDescription)"
        @unknown default:
            return "\(error)"
        }
    }

    private static func place(_ context: DecodingError.Context, then last: (any CodingKey)? = nil) -> String {
        let names = (context.codingPath + (last.map { [$0] } ?? [])).map { key in
            key.intValue.map { "[\($0)]" } ?? key.stringValue
        }
        return names.isEmpty ? "the document" : "\"\(names.joined(separator: "."))\""
    }
}
