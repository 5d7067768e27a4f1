import Hummingbird
import NIOCore

extension Request {
    /// The most that is set aside for a body on its head's word alone, in bytes.
    private static let trustedSize = 1 << 20

    /// The size that the head states for the body; nil where it states none.
    var statedBodySize: Int? { headers[.contentLength].flatMap { Int($0) } }

    /// Reads the whole body, or refuses it as soon as it is known to be too large.
    ///
    /// - Parameter limit: The largest size that is taken.
    /// - Returns: The body in one piece.
    /// - Throws: `request.body-too-large`, `request.body-unreadable`, `CancellationError`.
    func readBody(atMost limit: Int) async throws -> ByteBuffer {
        let stated = statedBodySize
        if let stated, stated > limit {
            throw ServiceError(.bodyTooLarge, expected: "at most \(limit) bytes", found: "\(stated)")
        }
        var whole = ByteBuffer()
        do {
            for try await var part in body {
                guard part.readableBytes <= limit - whole.readableBytes else {
                    throw ServiceError(.bodyTooLarge, expected: "at most \(limit) bytes", found: "more")
                }
                if whole.readableBytes == 0 {
                    // Often all there is, and then not copied.
                    whole = part
                    if let stated, stated > part.readableBytes { whole.reserveCapacity(min(stated, Self.trustedSize)) }
                } else {
                    whole.writeBuffer(&part)
                }
            }
            // A sequence may also end because its task was told to: then this is not the whole.
            try Task.checkCancellation()
        } catch let error as ServiceError {
            throw error
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            // The client left, or its chunks make no sense; whatever the parser says, it is not this server's failure.
            throw ServiceError(.bodyUnreadable)
        }
        return whole
    }
}
