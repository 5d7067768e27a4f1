import Attestation
import Foundation
import InferenceClient

/// What `Docs/how-to/connect-to-a-machine.md` and the articles of `InferenceClient` show.
enum ClientSnippets {
    static func ask() async throws {
        let policy = try AppraisalPolicy(reading: URL(filePath: "policy.json"))
        let client = try InferenceClient(ServerAddress("https://flags.example.org:8443"), policy: policy)
        let image = try [UInt8](Data(contentsOf: URL(filePath: "harbour-1.jpg")))
        let answer = try await client.evaluate(.init(bytes: image, name: "harbour-1.jpg"))
        for engine in answer.engines {
            print(engine.name, engine.top[0].label, engine.top[0].probability)
        }
        await client.close()
    }

    static func look(_ client: InferenceClient) async throws {
        do {
            if let peer = try await client.peer() {
                print("accepted: \(peer.kind.rawValue)")
            }
        } catch let error as ClientError where error.code == .peerRefused {
            for finding in error.findings {
                print(finding, finding.explanation.remedy)
            }
        }
    }

    static func bringEndorsements(_ policy: AppraisalPolicy) throws -> InferenceClient {
        var endorsements = EndorsementOptions()
        endorsements.isOffline = true
        endorsements.archive = try EndorsementArchive(reading: URL(filePath: "endorsements.json"))
        endorsements.report = { event in print(event) }
        let offline = try InferenceClient(
            ServerAddress("https://flags.example.org:8443"),
            policy: policy,
            endorsements: endorsements
        )
        return offline
    }
}
