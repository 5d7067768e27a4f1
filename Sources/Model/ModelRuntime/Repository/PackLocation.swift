package import Foundation
package import ModelPack

/// The location of a model pack, and its expected digest.
package struct PackLocation: Sendable, Equatable {
    /// The pack's folder.
    package let folder: URL
    /// The digest that the pack must have; nil accepts any.
    package let digest: ContentDigest?

    package init(_ folder: URL, digest: ContentDigest? = nil) {
        self.folder = folder
        self.digest = digest
    }
}

/// The location of a repository's packs.
package enum PackSource: Sendable, Equatable {
    /// Single packs; their cards have the names.
    case packs([PackLocation])
    /// A folder with a pack at NAME/VERSION for each version of each model; the cards must have the same names and
    /// versions.
    case folder(URL)

    /// A pack that was found, before its files are verified.
    struct Candidate: Sendable {
        let location: PackLocation
        let name: String
        let version: String
        /// Whether name and version come from the folders, so that the card must have the same.
        let isNamedByFolder: Bool
    }

    /// Lists the packs; it blocks.
    ///
    /// - Returns: Every pack, in the given order, or sorted by path; one with an invalid card has its folder's name and
    ///   no version.
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

    /// The names of the folders in a folder, without hidden ones.
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
