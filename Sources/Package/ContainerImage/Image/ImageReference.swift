/// The image that a user names: a name, a tag, a digest, or a name with a digest.
struct ImageReference {
    /// The text as the user wrote it.
    let text: String
    /// The digest in it, of a manifest, an index or a configuration.
    let digest: String?
    private let name: String?

    /// - Parameter text: Such as `name:tag`, `sha256:HEX`, or `name@sha256:HEX`.
    init(_ text: String) {
        self.text = text
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        if parts.count == 2 {
            digest = parts[1]
            name = nil
        } else {
            digest = (try? Digest(text, of: "a reference"))?.description
            name = text
        }
    }

    /// Whether one of an image's names is meant; the short form of a name means the whole, as with docker and podman.
    func matches(_ names: [String]) -> Bool {
        guard let name else { return false }
        return names.contains { known in
            known == name || known == "localhost/\(name)" || Self.canonical(known) == Self.canonical(name)
        }
    }

    /// Whether one of an image's digests is meant.
    func matches(digests: [String]) -> Bool {
        digest.map(digests.contains) ?? false
    }

    /// A name with registry, repository and tag.
    private static func canonical(_ name: String) -> String {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        var whole = name
        if let first = parts.first, let last = parts.last {
            let hasRegistry = parts.count > 1 && (first.contains(".") || first.contains(":") || first == "localhost")
            if !hasRegistry { whole = (parts.count > 1 ? "docker.io/" : "docker.io/library/") + whole }
            if !last.contains(":") { whole += ":latest" }
        }
        return whole.hasPrefix("index.docker.io/") ? String(whole.dropFirst("index.".count)) : whole
    }
}
