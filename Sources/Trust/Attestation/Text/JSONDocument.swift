package import FoundationEssentials

/// Files of ours in JSON: read by the strict reader first and then by the decoder, and written in one form.
package enum JSONDocument {
    /// Reads a file.
    ///
    /// - Parameters:
    ///   - url: The file.
    ///   - check: What fails where it cannot be read.
    /// - Returns: Its content.
    /// - Throws: The check, with the file's path.
    static func read(_ url: URL, orFail check: some Check) throws(AttestationError) -> Data {
        do {
            return try Data(contentsOf: url)
        } catch {
            throw AttestationError(check, subject: url.relativePath, found: reason(url, error))
        }
    }

    /// Why a file cannot be read, in words of a person's.
    private static func reason(_ url: URL, _ error: any Error) -> String {
        var isFolder = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else { return "no such file" }
        if isFolder { return "a folder" }
        return (error as? CocoaError)?.code == .fileReadNoPermission ? "a file that may not be read" : "\(error)"
    }

    /// Decodes a document in which no object names a member twice.
    ///
    /// - Parameters:
    ///   - type: What to read.
    ///   - json: The text.
    /// - Returns: What was read.
    /// - Throws: Why not, in one line.
    package static func decode<Document: Decodable>(_ type: Document.Type, _ json: Data) throws(Failure) -> Document {
        do throws(JSONText.Failure) {
            _ = try JSONText(Array(json))
        } catch {
            throw Failure(text: "\(error.place): expected \(error.expected)")
        }
        do {
            return try JSONDecoder().decode(type, from: json)
        } catch {
            throw Failure(text: text(error))
        }
    }

    /// Why a document is not read.
    package struct Failure: Error {
        /// The place, and what is wrong there.
        package let text: String
    }

    /// A document as a file: its keys in order, ended by a line break; nil where it holds what JSON lacks.
    static func bytes(_ document: some Encodable) -> Data? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(document)).map { $0 + Data("\n".utf8) }
    }

    /// Names the place of a decoding error in one line.
    private static func text(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "no JSON" }
        let context: DecodingError.Context
        var last: String?
        switch error {
        case .keyNotFound(let key, let found): (context, last) = (found, key.stringValue)
        case .typeMismatch(_, let found), .valueNotFound(_, let found), .dataCorrupted(let found): context = found
        @unknown default: return "another document"
        }
        let path = (context.codingPath.map(\.stringValue) + [last].compactMap(\.self)).joined(separator: ".")
        return path.isEmpty ? context.debugDescription : "\(path): \(context.debugDescription)"
    }
}
