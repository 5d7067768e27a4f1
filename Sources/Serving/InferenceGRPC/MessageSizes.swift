import NIOCore

/// The sizes of the messages in one direction of a gRPC stream, read from their five-byte prefixes.
struct MessageSizes {
    /// What a piece of the stream has.
    struct Piece: Equatable {
        /// The largest message that begins in the piece; 0 for none.
        var largestBegun = 0
        /// The sizes of the messages that end in it, prefixes included.
        var completed: [Int] = []
    }

    /// The length of a message's prefix: whether it is compressed, and its size.
    private static let prefixSize = 5

    private var prefixCount = 0
    private var size = 0
    private var remaining = 0

    /// Whether a message has begun and not ended.
    var isInsideMessage: Bool { prefixCount > 0 }

    /// Reads the next bytes of the stream.
    ///
    /// - Parameter buffer: The bytes.
    /// - Returns: What begins and ends in them.
    mutating func read(_ buffer: ByteBuffer) -> Piece {
        var (buffer, piece) = (buffer, Piece())
        while buffer.readableBytes > 0 {
            if prefixCount == Self.prefixSize {
                let count = min(remaining, buffer.readableBytes)
                buffer.moveReaderIndex(forwardBy: count)
                remaining -= count
            } else if let byte = buffer.readInteger(as: UInt8.self) {
                if prefixCount > 0 { size = size << 8 | Int(byte) }
                prefixCount += 1
                guard prefixCount == Self.prefixSize else { continue }
                remaining = size
                piece.largestBegun = max(piece.largestBegun, size)
            }
            guard remaining == 0 else { continue }
            piece.completed.append(Self.prefixSize + size)
            (prefixCount, size) = (0, 0)
        }
        return piece
    }
}
