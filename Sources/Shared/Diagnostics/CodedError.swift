/// An error that keeps its name for ever: what logs, exit codes, documents and tests key on.
package protocol CodedError: Error, CustomStringConvertible {
    /// The module's own list of failures.
    associatedtype Code: RawRepresentable, Sendable where Code.RawValue == String

    /// What kind of failure this is.
    var code: Code { get }
    /// What it happened to: a path, a field or a digest, never a secret or a request's content.
    var subject: String { get }
    /// What should have been there.
    var expected: String? { get }
    /// What was there.
    var found: String? { get }
}

extension CodedError {
    /// The code as text, such as `pack.file-changed`.
    package var stableCode: String { code.rawValue }

    /// What it happened to, what was expected and what was found, without the code.
    package var detail: String {
        ([subject] + [expected.map { "expected \($0)" }, found.map { "found \($0)" }].compactMap(\.self))
            .joined(separator: "; ")
    }

    /// The failure in one line: its detail, then its code.
    package var description: String {
        "\(detail) (\(stableCode))"
    }
}
