import Attestation
import Foundation
import InferenceClient
import InferenceProtocol

/// Asks a server what is in an image, after the server has proven that it is what a policy wants.
@main
struct SwiftClient {
    static func main() async {
        let words = Array(CommandLine.arguments.dropFirst())
        guard words.count == 3 || words.count == 4 else {
            fail("usage: swift-client https://HOST:PORT POLICY.json IMAGE [DEVELOPER-ROOT.pem]", status: 64)
        }
        do {
            try await ask(words[0], policy: words[1], image: words[2], root: words.count == 4 ? words[3] : nil)
        } catch let error as ClientError where error.code == .peerRefused {
            // The description names every finding; nothing of the image has left this process.
            fail("\(error)", status: 1)
        } catch {
            fail("\(error)", status: 69)
        }
    }

    private static func ask(_ address: String, policy: String, image: String, root: String?) async throws {
        // A policy has to name a developer's root, too: it vouches for no hardware.
        let roots = try root.map { [try developerRoot(reading: $0)] } ?? []
        let client = try InferenceClient(
            ServerAddress(address),
            policy: AppraisalPolicy(reading: URL(filePath: policy)),
            developerRoots: roots
        )
        // The connection that has proven itself here is the one that carries the image below.
        try await client.waitUntilReady(atMost: .seconds(120))
        if let peer = try await client.peer() { describe(peer) }

        let file = URL(filePath: image)
        let answer = try await client.evaluate(
            InferenceClient.Image(bytes: Array(try Data(contentsOf: file)), name: file.lastPathComponent)
        )
        print("model\t\(answer.model.name) \(answer.model.version)")
        for engine in answer.engines {
            guard let best = engine.top.first else { continue }
            print("\(engine.name)\t\(best.label)\t\(best.probability)")
        }
        await client.close()
    }

    /// Prints what the evidence proves, and what of it the policy overlooked.
    private static func describe(_ peer: Peer) {
        print("platform\t\(peer.kind.rawValue)\(peer.isDeveloperPlatform ? " (a developer's: no hardware vouches)" : "")")
        for (name, value) in peer.claims.measurements.sorted(by: { $0.key < $1.key }) {
            print("\(name)\t\(value.map { String(format: "%02x", $0) }.joined())")
        }
        if let package = peer.binding.package { print("package\t\(package.digest)") }
        for waiver in peer.waivers { print("overlooked\t\(waiver.name)") }
    }

    private static func developerRoot(reading path: String) throws -> TrustAnchor {
        guard let root = TrustAnchor(developerPEM: try String(contentsOfFile: path, encoding: .utf8)) else {
            throw CocoaError(.fileReadCorruptFile, userInfo: [NSFilePathErrorKey: path])
        }
        return root
    }

    private static func fail(_ text: String, status: Int32) -> Never {
        FileHandle.standardError.write(Data("\(text)\n".utf8))
        exit(status)
    }
}
