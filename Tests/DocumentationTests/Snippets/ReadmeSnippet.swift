import Attestation
import Foundation
import InferenceClient

/// What README.md shows.
///
/// It is compiled and not run: it needs a server.
func askAServer() async throws {
    let policy = try AppraisalPolicy(reading: URL(filePath: "policy.json"))
    let client = try InferenceClient(ServerAddress("https://flags.example.org"), policy: policy)
    let bytes = try [UInt8](Data(contentsOf: URL(filePath: "harbour-1.jpg")))
    let answer = try await client.evaluate(.init(bytes: bytes, name: "harbour-1.jpg"))
    print(answer.engines[0].top[0].label)
}
