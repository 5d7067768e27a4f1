import NIOCore
import Testing

@testable import InferenceGRPC

/// The sizes of a stream's messages, wherever its bytes are cut.
@Suite struct MessageSizesTests {
    private static func message(_ size: Int) -> [UInt8] {
        [0] + (0..<4).map { UInt8(truncatingIfNeeded: size >> (24 - 8 * $0)) } + Array(repeating: 7, count: size)
    }

    @Test(arguments: [1, 2, 5, 6, 300, 100_000])
    func `are the same wherever the bytes are cut`(length: Int) {
        let bytes = [0, 1, 300, 70_000, 0].flatMap { Self.message($0) }
        var sizes = MessageSizes()
        var completed: [Int] = []
        var largest = 0
        for start in stride(from: 0, to: bytes.count, by: length) {
            let piece = sizes.read(ByteBuffer(bytes: bytes[start..<min(start + length, bytes.count)]))
            completed += piece.completed
            largest = max(largest, piece.largestBegun)
        }
        #expect(completed == [5, 6, 305, 70_005, 5])
        #expect(largest == 70_000 && !sizes.isInsideMessage)
    }

    @Test func `are known as soon as the prefix is there`() {
        var sizes = MessageSizes()
        #expect(sizes.read(ByteBuffer(bytes: [0, 0xff, 0xff, 0xff])) == MessageSizes.Piece())
        #expect(sizes.read(ByteBuffer(bytes: [0xff])).largestBegun == 0xffff_ffff)
        #expect(sizes.isInsideMessage)
    }
}
