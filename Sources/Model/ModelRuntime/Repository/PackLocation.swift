package import Foundation
package import ModelPack

/// Where a model pack lies, and what it has to be.
package struct PackLocation: Sendable, Equatable {
    /// The pack's folder.
    package let folder: URL
    /// The digest that the pack must have; nil takes it as it is.
    package let digest: ContentDigest?

    package init(_ folder: URL, digest: ContentDigest? = nil) {
        self.folder = folder
        self.digest = digest
    }
}

/// Where a repository's packs come from.
package enum PackSource: Sendable, Equatable {
    /// Packs one by one; their cards say what they are called.
    case packs([PackLocation])
    /// A folder with a pack at NAME/VERSION for each version of each model; the cards have to say the same.
    case folder(URL)

    /// A pack that there is, before its files were checked.
    struct Candidate: Sendable {
        let location: PackLocation
        let name: String
        let version: String
        /// Whether name and version are the folders', which the card has to repeat.
        let isNamedByFolder: Bool
    }

    /// Looks at what is there now; it blocks.
    ///
    /// - Returns: Every pack, in the order given, or sorted by path; one with an unreadable card has its folder's name
    ///   and no version.
    /// - Throws: `repository.unreadable` where a folder cannot be listed.
    func candidates() throws(ModelRepositoryError) -> [Candidate] {
        switch self {
        case .packs(let locations):
            return locations.map { location in
                let card = ModelPack.card(in: location.folder)
                return Candidate(
                    location: location,
                    name: card?.name ?? location.folder.lastPathComponent,
                    version: card?.version ?? "",
                    isNamedByFolder: false
                )
            }
        case .folder(let root):
            var found: [Candidate] = []
            for name in try Self.folders(in: root) {
                let model = root.appending(path: name)
                for version in try Self.folders(in: model) {
                    let location = PackLocation(model.appending(path: version))
                    found.append(Candidate(location: location, name: name, version: version, isNamedByFolder: true))
                }
            }
            return found
        }
    }

    /// The folders in a folder by name, without the hidden ones.
    private static func folders(in parent: URL) throws(ModelRepositoryError) -> [String] {
        let manager = FileManager.default
        guard let names = try? manager.contentsOfDirectory(atPath: parent.path) else {
            throw ModelRepositoryError(.unreadable, subject: parent.path, expected: "a folder that can be listed")
        }
        return names.filter { name in
            let attributes = try? manager.attributesOfItem(atPath: parent.appending(path: name).path)
            return !name.hasPrefix(".") && attributes?[.type] as? FileAttributeType == .typeDirectory
        }.sorted()
    }
}
