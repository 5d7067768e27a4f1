// What an attested connection costs its client: transport-bench ADDRESS POLICY ROOT REPETITIONS, median milliseconds and
// the size of the server's answer as JSON. ROOT is a developer's root in PEM, for the answer is judged as by any client.

import Attestation
import AttestedTransport
import Foundation
import InferenceClient
import PeerVerification

private struct Report: Encodable {
    let documentBytes: Int
    /// From nothing to a peer: TCP, TLS, evidence, verification.
    let connection: Double
    /// The last of them alone.
    let verification: Double
}

private struct Failure: Error, CustomStringConvertible {
    let description: String
}

private func milliseconds(since start: ContinuousClock.Instant) -> Double {
    (ContinuousClock().now - start) / .milliseconds(1)
}

private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

@main
enum TransportBench {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 5, let repetitions = Int(arguments[4]), repetitions > 0 else {
            print("usage: transport-bench ADDRESS POLICY ROOT REPETITIONS")
            exit(64)
        }
        let address = try ServerAddress(arguments[1])
        let policy = try AppraisalPolicy(reading: URL(filePath: arguments[2]))
        guard let root = TrustAnchor(developerPEM: try String(contentsOf: URL(filePath: arguments[3]), encoding: .utf8))
        else { throw Failure(description: "\(arguments[3]) is no developer's root in PEM") }
        let roots = [root]
        let probe = try AttestedProbe(address, policy: policy, developerRoots: roots, timeout: .seconds(60))
        let found = try await probe.examine()
        let verifier = PeerVerifier(policy: policy, developerRoots: roots)
        let now = Date()
        var (connections, verifications) = ([Double](), [Double]())
        for _ in 0..<repetitions {
            var start = ContinuousClock().now
            let peer = try await probe.examine().verification.peer
            connections.append(milliseconds(since: start))
            start = ContinuousClock().now
            let result = verifier.verify(
                found.document,
                challenge: found.challenge,
                tlsPublicKey: found.shown.publicKey,
                at: now
            )
            verifications.append(milliseconds(since: start))
            guard peer != nil, result.peer != nil else {
                throw Failure(description: "the policy refuses the server")
            }
        }
        let report = Report(
            documentBytes: found.document.count,
            connection: median(connections),
            verification: median(verifications)
        )
        print(String(decoding: try JSONEncoder().encode(report), as: UTF8.self))
    }
}
