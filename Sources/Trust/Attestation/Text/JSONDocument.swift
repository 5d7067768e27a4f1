import FoundationEssentials

/// Files of ours in JSON: how they are read whole, and the one form in which they are written.
enum JSONDocument {
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

    /// Why a file cannot be read, as a phrase for people.
    private static func reason(_ url: URL, _ error: any Error) -> String {
        var isFolder = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else { return "no such file" }
        if isFolder { return "a folder" }
        return (error as? CocoaError)?.code == .fileReadNoPermission ? "a file that may not be read" : "\(error)"
    }

    /// A document as a file: its keys in order, ended by a line break; nil where it holds what JSON lacks.
    static func bytes(_ document: some Encodable) -> Data? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(document)).map { $0 + Data("\n".utf8) }
    }
}
