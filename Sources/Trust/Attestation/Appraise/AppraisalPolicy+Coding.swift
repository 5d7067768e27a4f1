import Diagnostics
public import FoundationEssentials
import StrictJSON

extension AppraisalPolicy {
    /// The version of the policy format that is written.
    public static let formatVersion = 2
    /// The versions that are read; the first is converted, and judged as strictly as the second.
    static let readableVersions = 1...formatVersion

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
        guard Self.readableVersions.contains(file.version) else {
            throw AttestationError(
                PolicyFileCheck.versionUnknown,
                subject: subject,
                fields: ["version"],
                expected: "1 or \(Self.formatVersion)",
                found: "\(file.version)"
            )
        }
        if let key = file.foreignKey {
            throw AttestationError(
                PolicyFileCheck.invalid,
                subject: subject,
                fields: [key],
                found: "\(key) is no key of version \(file.version)"
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
