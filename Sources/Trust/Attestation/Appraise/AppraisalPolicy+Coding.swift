import Diagnostics
public import FoundationEssentials

extension AppraisalPolicy {
    /// The version of the format that is read and written.
    public static let formatVersion = 1

    /// Reads a policy.
    ///
    /// - Parameters:
    ///   - json: The file's content.
    ///   - subject: The file's path, for the error.
    /// - Throws: `policy-file.invalid` for no JSON, a missing, unknown or repeated key; `policy-file.value-invalid` for a value of
    ///   another form; `policy-file.version-unknown`.
    public init(json: Data, subject: String) throws(AttestationError) {
        let file: PolicyFile
        do throws(JSONDocument.Failure) {
            file = try JSONDocument.decode(PolicyFile.self, json)
        } catch {
            throw AttestationError(PolicyFileCheck.invalid, subject: subject, found: error.text)
        }
        guard file.version == Self.formatVersion else {
            throw AttestationError(
                PolicyFileCheck.versionUnknown,
                subject: subject,
                fields: ["version"],
                expected: "\(Self.formatVersion)",
                found: "\(file.version)"
            )
        }
        self = try file.policy(subject: subject)
    }

    /// Reads a policy from a file.
    ///
    /// - Parameter url: The file.
    /// - Throws: `policy-file.unreadable`, and what ``init(json:subject:)`` throws.
    public init(reading url: URL) throws(AttestationError) {
        try self.init(json: JSONDocument.read(url, orFail: PolicyFileCheck.unreadable), subject: url.path)
    }

    /// The policy as a file, its keys in order, ended by a line break.
    public var json: Data { JSONDocument.bytes(PolicyFile(self)) ?? Data() }
}
