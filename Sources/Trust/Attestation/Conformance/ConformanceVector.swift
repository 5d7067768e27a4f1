public import FoundationEssentials

/// One entry of a conformance index: evidence, a time, and the expected answer.
public struct ConformanceVector: Sendable {
    /// The expected answer.
    public enum Verdict: String, Sendable, Codable {
        /// Authentic and valid, with no reservations.
        case accept
        /// Authentic, but the vendor's TCB status is not up to date.
        case acceptWithStatus = "accept-with-status"
        /// Must be refused.
        case reject
    }

    /// The entry's name, unique in its index.
    public let id: String
    /// The kind of evidence; this library may not support it.
    public let kind: String
    /// Paths relative to the index, by role: `report`, `quote`, `collateral`.
    public let files: [String: String]
    /// The expected answer.
    public let verdict: Verdict
    /// The expected TCB status of `accept-with-status`; nil for any.
    public let status: String?
    /// The reason for the expected answer, for people.
    public let reason: String
    /// The time of verification; nil where the answer must not depend on it.
    public let verifyAt: Date?
    /// Changes to the default policy, as known phrases.
    public let policy: String?
}

extension ConformanceVector: Decodable {
    private enum Key: String, CodingKey {
        case id, kind, files, verdict, status, reason, policy
        case verifyAt = "verify_at"
        case checkedHere = "checked_here"
    }

    private struct Checked: Decodable {
        private enum Key: String, CodingKey {
            case tcbStatus = "tcb_status"
        }
        private enum StatusKey: String, CodingKey {
            case final = "final_intel_rules"
        }

        let status: String?

        init(from decoder: any Decoder) throws {
            let container = try? decoder.container(keyedBy: Key.self)
            let inner = try? container?.nestedContainer(keyedBy: StatusKey.self, forKey: .tcbStatus)
            status = try? inner?.decodeIfPresent(String.self, forKey: .final)
        }
    }

    /// Decodes an entry; unknown keys are ignored, because indexes have notes for people.
    ///
    /// - Parameter decoder: A JSON decoder.
    /// - Throws: `DecodingError` for a missing key, a wrong type, an unknown verdict or a time that is not RFC 3339.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        id = try container.decode(String.self, forKey: .id)
        kind = try container.decode(String.self, forKey: .kind)
        files = try container.decodeIfPresent([String: String].self, forKey: .files) ?? [:]
        verdict = try container.decode(Verdict.self, forKey: .verdict)
        reason = try container.decodeIfPresent(String.self, forKey: .reason) ?? ""
        policy = try container.decodeIfPresent(String.self, forKey: .policy)
        let stated = try container.decodeIfPresent(String.self, forKey: .status)
        status = try stated ?? container.decodeIfPresent(Checked.self, forKey: .checkedHere)?.status
        verifyAt = try container.decodeIfPresent(String.self, forKey: .verifyAt).map { text in
            guard let date = Date(rfc3339: text) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .verifyAt,
                    in: container,
                    debugDescription: "no time of RFC 3339: \(text)"
                )
            }
            return date
        }
    }
}
