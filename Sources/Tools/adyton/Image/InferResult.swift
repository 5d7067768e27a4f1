import Foundation
import InferenceClient
import InferenceProtocol

/// The result of one image: an answer, or a failure.
struct InferResult: Encodable, Sendable {
    /// The file as the user would name it.
    let file: String
    /// The answer, where there is one.
    let answer: Evaluation?
    /// The stable code of what went wrong.
    let code: String?
    /// What went wrong, as a sentence.
    let failure: String?
    /// The label that should come first, where the caller said so.
    let expected: String?
    /// Whether there was no server that answers evaluations.
    let isUnreachable: Bool

    private enum CodingKeys: String, CodingKey {
        case file, answer, code, failure, expected
    }

    /// Whether there is an answer, and every engine's first label is the expected one where the caller said which.
    var isAsExpected: Bool {
        guard let answer, !answer.engines.isEmpty else { return false }
        guard let expected else { return true }
        return answer.engines.allSatisfy { $0.top.first?.label == expected }
    }
}

extension InferResult {
    /// Asks a server about one file; a failure is a result, too.
    ///
    /// - Parameters:
    ///   - client: The connection to the server.
    ///   - file: The image.
    ///   - expected: The label that should come first; nil where the caller did not say.
    init(asking client: InferenceClient, about file: URL, expecting expected: String?) async {
        self.file = file.relativePath
        self.expected = expected
        do {
            let bytes = try [UInt8](Data(contentsOf: file))
            answer = try await client.evaluate(InferenceClient.Image(bytes: bytes, name: file.lastPathComponent))
            (code, failure, isUnreachable) = (nil, nil, false)
        } catch let error as ClientError {
            answer = nil
            (code, failure) = (error.serverCode ?? error.code.rawValue, "\(error)")
            isUnreachable =
                [.connectionFailed, .timedOut].contains(error.code) || error.serverCode == "server.not-ready"
        } catch {
            answer = nil
            (code, failure, isUnreachable) = ("client.file-unreadable", error.localizedDescription, false)
        }
    }
}
