/// A platform in indexes and configurations (OCI image-spec, "Image Index", `platform`).
package struct OCIPlatform: Decodable, Hashable, Sendable, CustomStringConvertible {
    package let os: String
    package let architecture: String
    package let variant: String?

    /// The default platform.
    package static let linux = OCIPlatform(os: "linux", architecture: "amd64", variant: nil)

    init(os: String, architecture: String, variant: String?) {
        self.os = os
        self.architecture = architecture
        self.variant = variant
    }

    /// Parses `os/architecture` or `os/architecture/variant`.
    ///
    /// - Parameter text: The text as the user wrote it; nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard (2...3).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        self.init(os: parts[0], architecture: parts[1], variant: parts.count == 3 ? parts[2] : nil)
    }

    /// The same platform in the one spelling that containerd gives its names (`platforms.Normalize`).
    var normalized: OCIPlatform {
        let os = os.lowercased() == "macos" ? "darwin" : os.lowercased()
        let variant = (variant ?? "").lowercased()
        let plain = { (name: String) in OCIPlatform(os: os, architecture: name, variant: nil) }
        switch architecture.lowercased() {
        case "x86_64", "x86-64", "amd64": return amd64(os, variant)
        case "i386", "i486", "i586", "i686", "x86": return plain("386")
        case "aarch64", "arm64":
            let variant = variant == "8" || variant == "v8" || variant.isEmpty ? nil : variant
            return OCIPlatform(os: os, architecture: "arm64", variant: variant)
        case "armhf": return OCIPlatform(os: os, architecture: "arm", variant: "v7")
        case "armel": return OCIPlatform(os: os, architecture: "arm", variant: "v6")
        case "arm":
            let digit = variant.isEmpty ? "7" : variant.hasPrefix("v") ? String(variant.dropFirst()) : variant
            return OCIPlatform(os: os, architecture: "arm", variant: "v\(digit)")
        case let other: return OCIPlatform(os: os, architecture: other, variant: variant.isEmpty ? nil : variant)
        }
    }

    private func amd64(_ os: String, _ variant: String) -> OCIPlatform {
        OCIPlatform(os: os, architecture: "amd64", variant: variant.isEmpty || variant == "v1" ? nil : variant)
    }

    /// How well an image for another platform fits this one: 0 is best, nil is not at all.
    ///
    /// A processor of a variant runs what was built for a lower one. Without a variant any is accepted, the lowest first,
    /// but for 32-bit ARM, where version 7 is meant.
    func distance(to other: OCIPlatform) -> Int? {
        // A configuration that states nothing fits, but after all that state something.
        guard !other.os.isEmpty, !other.architecture.isEmpty else { return 1_000 }
        let (wanted, found) = (normalized, other.normalized)
        guard wanted.os == found.os, wanted.architecture == found.architecture else { return nil }
        if wanted.variant == found.variant { return 0 }
        let (own, theirs) = (Self.level(wanted), Self.level(found))
        if theirs < own { return own - theirs }
        return variant == nil ? 100 + theirs - own : nil
    }

    /// Whether an image for the other platform runs on this one.
    func accepts(_ other: OCIPlatform) -> Bool { distance(to: other) != nil }

    /// Whether nothing is known, as in indexes for what is no image.
    var isUnknown: Bool { os == "unknown" && architecture == "unknown" }

    /// The variant's number; the lowest one of 64-bit processors is not written.
    private static func level(_ platform: OCIPlatform) -> Int {
        let digits = (platform.variant ?? "").drop { !$0.isNumber }
        let lowest = platform.architecture == "arm64" ? 8 : 1
        return Int(digits.prefix { $0.isNumber }) ?? lowest
    }

    package var description: String {
        os.isEmpty && architecture.isEmpty
            ? "no platform"
            : Printable.text(([os, architecture] + [variant].compactMap(\.self)).joined(separator: "/"))
    }
}
