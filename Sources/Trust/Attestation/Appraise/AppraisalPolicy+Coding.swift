import Diagnostics
public import FoundationEssentials
import StrictJSON

extension AppraisalPolicy {
    /// The policy format's version.
    public static let formatVersion = 1

    /// Parses a policy.
    ///
    /// - Parameters:
    ///   - json: The file's content.
    ///   - subject: The file's path, for errors.
    /// - Throws: `policy-file.invalid` for malformed JSON, a missing, unknown or duplicate key;
    ///   `policy-file.value-invalid` for an invalid value; `policy-file.version-unknown`.
    public init(json: Data, subject: String) throws(AttestationError) {
        let file: PolicyFile
        do throws(JSONError) {
            file = try JSONText.decode(from: Array(json))
        } catch {
            throw AttestationError(PolicyFileCheck.invalid, subject: subject, found: error.description)
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
    /// - Throws: `policy-file.unreadable`, and the errors of ``init(json:subject:)``.
    public init(reading url: URL) throws(AttestationError) {
        try self.init(json: JSONDocument.read(url, orFail: PolicyFileCheck.unreadable), subject: url.path)
    }

    /// The policy as JSON, with sorted keys and a final line break.
    public var json: Data { JSONDocument.bytes(PolicyFile(self)) ?? Data() }
}
