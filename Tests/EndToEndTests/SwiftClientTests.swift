import Foundation
import TestSupport
import Testing

/// `Examples/swift-client`: a package of its own that uses the products as a stranger's project does.
@Suite(.serialized) struct SwiftClientTests {
    private static let package = ProjectFolder.root.appending(path: "Examples/swift-client")
    // A folder that is kept, so that the next run compiles nothing again.
    private static let scratch = ProjectFolder.root.appending(path: ".build/swift-client")

    /// Builds the example with the versions that the project itself has.
    private static func build() async throws -> OutsideTool {
        let pins = package.appending(path: "Package.resolved")
        try? FileManager.default.removeItem(at: pins)
        try FileManager.default.copyItem(at: ProjectFolder.root.appending(path: "Package.resolved"), to: pins)
        let swift = try #require(OutsideTool(named: "swift"))
        let output = try await swift.run([
            "build", "--package-path", package.path, "--scratch-path", scratch.path, "--product", "swift-client",
        ])
        let text = String(decoding: output.standardOutput, as: UTF8.self) + output.standardError
        try #require(output.status == 0, "\(text.suffix(4096))")
        return OutsideTool(executable: scratch.appending(path: "debug/swift-client"))
    }

    // It compiles TLS and cryptography once more, for a package of its own: minutes.
    @Test(.enabled(if: LargeTests.areWanted, "\(LargeTests.reason)"), .timeLimit(.minutes(30)))
    func `prints what a server proves and asks it, or prints why it does not`() async throws {
        let client = try await Self.build()
        let (developer, other) = (try Developer(), try Developer())
        let server = try await developer.server()
        let image = try Sample.first().path
        let answer = try await client.run(["\(server.address)", developer.policy, image, developer.root])
        let lines = String(decoding: answer.standardOutput, as: UTF8.self)
        #expect(answer.status == 0, "\(answer.standardError)")
        #expect(lines.contains("platform\tprocess") && lines.contains("model\tsignal-flags"))
        #expect(lines.contains("\t\(try Sample.expected())\t"))

        let refused = try await client.run(["\(server.address)", other.policy, image, other.root])
        #expect(refused.status == 1 && refused.standardOutput.isEmpty)
        #expect(refused.standardError.contains("client.peer-refused"))
    }
}
