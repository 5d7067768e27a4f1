import Diagnostics
import Files
import GuestInterface
package import PackageManifest
package import RootFileSystem

/// The first difference between a package and a rebuild from its sources.
package struct PackageDifference: Equatable, Sendable {
    /// The part, with the file or the line in it.
    package let subject: String
    /// The package's value.
    package let package: String
    /// The rebuild's value.
    package let rebuilt: String

    /// Compares a package with a rebuild.
    ///
    /// - Parameters:
    ///   - sealed: The package.
    ///   - result: The rebuild.
    ///   - progress: Reports bytes; see ``ByteProgress/Report``.
    /// - Returns: nil where everything that is measured or signed is the same; else the most specific difference:
    ///   kernel, root file system by its first file, launch plan by its first line, process 1 and modules, the rest.
    /// - Throws: `package.*`.
    package static func between(
        _ sealed: SealedPackage,
        _ result: PackageBuilder.Result,
        progress: ByteProgress.Report? = nil
    ) throws(PackageError) -> PackageDifference? {
        let (manifest, rebuilt) = (sealed.manifest, result.manifest)
        guard manifest != rebuilt else { return nil }
        func digests(_ name: String) -> PackageDifference? {
            let (first, second) = (manifest.part(name)?.sha256 ?? "none", rebuilt.part(name)?.sha256 ?? "none")
            return first == second ? nil : PackageDifference(subject: name, package: first, rebuilt: second)
        }
        if let difference = digests(Manifest.PartName.kernel) { return difference }
        if let difference = digests(Manifest.PartName.root) {
            return try root(sealed, result, progress) ?? difference
        }
        if let difference = digests(Manifest.PartName.initialFileSystem) {
            return lines("launch plan", try sealed.launchPlan().text, result.plan.text)
                ?? PackageDifference(
                    subject: "\(difference.subject): process 1 or a module",
                    package: difference.package,
                    rebuilt: difference.rebuilt
                )
        }
        for part in manifest.parts {
            if let difference = digests(part.name) { return difference }
        }
        return lines(
            PackageLayout.manifestName,
            manifest.text.replacing(",\"", with: ",\n\""),
            rebuilt.text.replacing(",\"", with: ",\n\"")
        )
    }

    /// The first file that differs.
    private static func root(
        _ sealed: SealedPackage,
        _ result: PackageBuilder.Result,
        _ progress: ByteProgress.Report?
    ) throws(PackageError) -> PackageDifference? {
        let index = result.manifest.parts.firstIndex { $0.name == Manifest.PartName.root }
        guard let index, case .file(let file, let offset, let size) = result.sources[index] else { return nil }
        let part = try sealed.part(Manifest.PartName.root)
        let (packed, rebuilt) = (Descriptor(sharing: sealed.file), Descriptor(sharing: file))
        let difference = try PackageError.translating { () throws(RootFileSystemError) in
            TreeDifference.between(
                try TreeSnapshot(of: packed, at: part.offset, size: part.size, progress: progress),
                try TreeSnapshot(of: rebuilt, at: offset, size: size, progress: progress)
            )
        }
        return difference.flatMap { difference in
            difference.aspects.first.map {
                PackageDifference(
                    subject: "\(part.name): \($0.name) of \(difference.path)",
                    package: $0.first,
                    rebuilt: $0.second
                )
            }
        }
    }

    private static func lines(_ name: String, _ first: String, _ second: String) -> PackageDifference? {
        let left = first.split(separator: "\n", omittingEmptySubsequences: false)
        let right = second.split(separator: "\n", omittingEmptySubsequences: false)
        for index in 0..<max(left.count, right.count) {
            let (mine, theirs) = (
                index < left.count ? String(left[index]) : "nothing",
                index < right.count ? String(right[index]) : "nothing"
            )
            if mine != theirs {
                return PackageDifference(subject: "\(name), line \(index + 1)", package: mine, rebuilt: theirs)
            }
        }
        return nil
    }
}
