/// An error with a stable code for logs, exit statuses, documents and tests.
package protocol CodedError: Error, CustomStringConvertible {
    /// The module's error codes; their raw values never change.
    associatedtype Code: RawRepresentable, Sendable where Code.RawValue == String

    /// What kind of failure this is.
    var code: Code { get }
    /// What failed: a path, a field or a digest, never a secret or request content.
    var subject: String { get }
    /// The expected value or bound, if there is one.
    var expected: String? { get }
    /// The value found instead, if there is one.
    var found: String? { get }
}

extension CodedError {
    /// The code as text, such as `pack.file-changed`.
    package var stableCode: String { code.rawValue }

    /// The subject, the expected and the found value, without the code.
    package var detail: String {
        ([subject] + [expected.map { "expected \($0)" }, found.map { "found \($0)" }].compactMap(\.self))
            .joined(separator: "; ")
    }

    /// The error in one line: its detail, then its code in parentheses.
    package var description: String {
        "\(detail) (\(stableCode))"
    }
}
