import Hummingbird
import NIOCore

extension Request {
    /// The most memory that is reserved for a body because of its `Content-Length`, in bytes.
    private static let trustedSize = 1 << 20

    /// The value of `Content-Length`; nil without one.
    var statedBodySize: Int? { headers[.contentLength].flatMap { Int($0) } }

    /// Reads the whole request body, or refuses it as soon as it is known to be too large.
    ///
    /// - Parameter limit: The largest accepted size in bytes.
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
                    // Often the whole body, which is then not copied.
                    whole = part
                    if let stated, stated > part.readableBytes { whole.reserveCapacity(min(stated, Self.trustedSize)) }
                } else {
                    whole.writeBuffer(&part)
                }
            }
            // The sequence also ends when its task is cancelled, and then the body is not complete.
            try Task.checkCancellation()
        } catch let error as ServiceError {
            throw error
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            // The client disconnected, or the chunks are malformed: an error of the client in any case.
            throw ServiceError(.bodyUnreadable)
        }
        return whole
    }
}
