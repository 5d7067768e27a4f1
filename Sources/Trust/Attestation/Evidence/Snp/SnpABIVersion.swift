/// A version of AMD's SNP firmware interface, as a guest's policy demands it: ABI_MAJOR and ABI_MINOR.
public struct SnpABIVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The major version.
    public let major: UInt8
    /// The minor version.
    public let minor: UInt8

    /// Creates a version.
    ///
    /// - Parameters:
    ///   - major: The major version.
    ///   - minor: The minor version.
    public init(major: UInt8, minor: UInt8) {
        self.major = major
        self.minor = minor
    }

    /// Parses a version such as `1.55`; nil for every other text.
    ///
    /// - Parameter text: The text.
    public init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let major = UInt8(parts[0]), let minor = UInt8(parts[1]) else { return nil }
        guard "\(major).\(minor)" == text else { return nil }
        self.init(major: major, minor: minor)
    }

    /// The version as text, such as `1.55`.
    public var description: String { "\(major).\(minor)" }

    /// Whether one version is older than another.
    ///
    /// - Parameters:
    ///   - left: A version.
    ///   - right: Another one.
    /// - Returns: Whether the first is older.
    public static func < (left: SnpABIVersion, right: SnpABIVersion) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }
}
