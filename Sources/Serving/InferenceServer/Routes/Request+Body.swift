import Hummingbird
import NIOCore

extension Request {
    /// The most memory that is reserved for a body because of its `Content-Length`, in bytes.
    private static let trustedSize = 1 << 20

    /// The value of `Content-Length`; nil without one.
    var statedBodySize: Int? { headers[.contentLength].flatMap { Int($0) } }

    /// Refuses a body that is compressed or otherwise encoded, before it is read: nothing here decodes one.
    ///
    /// - Throws: `request.encoding-unsupported` with the encoding's name.
    func refuseEncodedBody() throws(ServiceError) {
        let encodings = headers[values: .contentEncoding].flatMap { $0.split(separator: ",") }
            .map { $0.filter { !$0.isWhitespace } }
        guard let encoding = encodings.first(where: { !$0.isEmpty && $0.lowercased() != "identity" }) else { return }
        // The client's own word comes back to it, so only as much of it as can be a name.
        let name = String(encoding.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }.prefix(32))
        throw ServiceError(.encodingUnsupported, expected: "identity", found: name)
    }

    /// Reads the whole request body, or refuses it as soon as it is known to be too large.
    ///
    /// - Parameters:
    ///   - limit: The largest accepted size in bytes.
    ///   - reservation: Takes the body's bytes as they arrive; its caller gives them back.
    /// - Returns: The body in one piece.
    /// - Throws: `request.body-too-large`, `server.too-many-bytes`, `request.body-unreadable`, `CancellationError`.
    func readBody(atMost limit: Int, within reservation: ByteBudget.Reservation) async throws -> ByteBuffer {
        let stated = statedBodySize
        if let stated, stated > limit {
            throw ServiceError(.bodyTooLarge, expected: "at most \(limit) bytes", found: "\(stated)")
        }
        guard reservation.fits(stated ?? 0) else { throw Self.noRoom(reservation) }
        var whole = ByteBuffer()
        do {
            for try await var part in body {
                guard part.readableBytes <= limit - whole.readableBytes else {
                    throw ServiceError(.bodyTooLarge, expected: "at most \(limit) bytes", found: "more")
                }
                guard reservation.take(part.readableBytes) else { throw Self.noRoom(reservation) }
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

    private static func noRoom(_ reservation: ByteBudget.Reservation) -> ServiceError {
        ServiceError(.tooManyBytes, expected: "at most \(reservation.limit) bytes")
    }
}
