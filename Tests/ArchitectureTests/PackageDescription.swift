import Foundation
import TestSupport

/// The package's targets with what they depend on, as SwiftPM itself reads `Package.swift`.
struct PackageDescription: Sendable {
    /// A target that is no test.
    struct Target: Sendable {
        let name: String
        /// The folder below the project's root.
        let path: String
        /// The package's own targets that it depends on, with those that a trait turns on.
        let dependencies: [String]
    }

    /// The description, asked for once.
    static let shared = Task { try await PackageDescription() }

    let targets: [Target]

    /// Asks SwiftPM, in a scratch folder of its own, so that a build which holds the lock of `.build` does not matter.
    private init() async throws {
        guard let swift = OutsideTool(named: "swift") else { throw CocoaError(.fileNoSuchFile) }
        let scratch = try TemporaryFolder()
        let output = try await swift.run([
            "package", "--package-path", ProjectFolder.root.path, "--scratch-path", scratch.url.path, "dump-package",
        ])
        guard output.status == 0 else {
            throw CocoaError(.featureUnsupported, userInfo: [NSDebugDescriptionErrorKey: output.standardError])
        }
        let document = try JSONDecoder().decode(Document.self, from: output.standardOutput)
        let names = Set(document.targets.map(\.name))
        targets = document.targets.filter { $0.type != "test" }.map { target in
            Target(
                name: target.name,
                path: target.path ?? "Sources/\(target.name)",
                dependencies: target.dependencies.compactMap(\.name).filter(names.contains)
            )
        }
    }

    subscript(name: String) -> Target? { targets.first { $0.name == name } }

    /// Every own target that a target needs, directly or not, without itself; sorted.
    func closure(of name: String) -> [String] {
        var found: Set<String> = []
        var waiting = self[name]?.dependencies ?? []
        while let next = waiting.popLast() {
            guard found.insert(next).inserted else { continue }
            waiting += self[next]?.dependencies ?? []
        }
        return found.sorted()
    }
}

/// What `swift package dump-package` prints, as far as it matters here.
private struct Document: Decodable {
    struct Target: Decodable {
        let name: String
        let type: String
        let path: String?
        let dependencies: [Dependency]
    }

    /// `{"byName": [NAME, CONDITION]}`, the same with `target`, or a product of another package.
    struct Dependency: Decodable {
        let name: String?

        private enum Key: String, CodingKey { case byName, target }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            guard let key = [Key.byName, .target].first(where: container.contains) else {
                name = nil
                return
            }
            var list = try container.nestedUnkeyedContainer(forKey: key)
            name = try list.decode(String.self)
        }
    }

    let targets: [Target]
}
