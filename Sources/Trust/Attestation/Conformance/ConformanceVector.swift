public import FoundationEssentials

/// One entry of a conformance index: evidence, a clock, and the answer that a verifier must give.
public struct ConformanceVector: Sendable {
    /// The answer that an index states.
    public enum Verdict: String, Sendable, Codable {
        /// Authentic, in date, nothing that a policy would have to overlook.
        case accept
        /// Authentic, but its vendor says that the platform is not up to date.
        case acceptWithStatus = "accept-with-status"
        /// Must not be relied on.
        case reject
    }

    /// The entry's name within its index.
    public let id: String
    /// The kind of evidence, which need not be one that this library knows.
    public let kind: String
    /// Paths relative to the index, by what they are: `report`, `quote`, `collateral`.
    public let files: [String: String]
    /// The answer that must be given.
    public let verdict: Verdict
    /// The status that an `accept-with-status` must name; nil where the index does not say.
    public let status: String?
    /// Why, in words.
    public let reason: String
    /// The clock; nil where the answer must not depend on it.
    public let verifyAt: Date?
    /// What the entry's policy allows or demands besides the default, in words.
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

    /// Reads an entry; keys that are not known are passed over, as indexes carry notes for people.
    ///
    /// - Parameter decoder: Of JSON.
    /// - Throws: `DecodingError` for a missing key, another type, an unknown verdict or a time that is not RFC 3339.
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
