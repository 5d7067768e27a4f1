import Hummingbird
import NIOCore

/// Reads requests' bodies within bounds of size and time.
struct RequestBodyReader {
    let limits: ServerConfiguration.Limits

    /// Reads the whole body, or refuses it as soon as it is known to be too large.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - bound: Another largest size than the limits'.
    /// - Returns: The body in one piece.
    /// - Throws: `request.body-too-large`, `request.body-unreadable`, `server.deadline-exceeded`.
    func body(of request: Request, atMost bound: Int? = nil) async throws -> ByteBuffer {
        let limit = bound ?? limits.maximumBodySize
        if let declared = request.headers[.contentLength].flatMap({ Int($0) }), declared > limit {
            throw ServiceError(.bodyTooLarge, expected: "at most \(limit) bytes", found: "\(declared)")
        }
        do {
            return try await withDeadline(limits.bodyTimeout) { try await request.body.collect(upTo: limit) }
        } catch is NIOTooManyBytesError {
            throw ServiceError(.bodyTooLarge, expected: "at most \(limit) bytes", found: "more")
        } catch let error as ServiceError {
            throw error
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            // The client left, or its chunks make no sense; whatever the parser says, it is not this server's failure.
            throw ServiceError(.bodyUnreadable)
        }
    }
}
