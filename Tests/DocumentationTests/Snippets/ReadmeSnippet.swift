import Attestation
import Foundation
import InferenceClient

/// What README.md shows.
///
/// It is compiled and not run: it needs a server.
func askAServer() async throws {
    let policy = try AppraisalPolicy(reading: URL(filePath: "app.policy.json"))
    let client = try InferenceClient(ServerAddress("https://flags.example.org"), policy: policy)
    let bytes = try [UInt8](Data(contentsOf: URL(filePath: "photo.jpg")))
    let answer = try await client.evaluate(.init(bytes: bytes, name: "photo.jpg"))
    print(answer.engines[0].top[0].label)
}
