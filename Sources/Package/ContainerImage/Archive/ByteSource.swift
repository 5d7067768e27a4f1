/// A sequential source of bytes; sources are chained for decompression, hashing and limits.
protocol ByteSource: AnyObject {
    /// Returns the next chunk; empty at the end.
    ///
    /// - Throws: The source's error.
    func next() throws -> [UInt8]

    /// Skips bytes without reading them, where the source can.
    ///
    /// - Returns: How many bytes were skipped, from 0 to `count`.
    func skip(_ count: Int) -> Int
}

extension ByteSource {
    func skip(_ count: Int) -> Int { 0 }

    /// Reads and discards the rest, so that all of it is hashed and checked.
    func drain() throws {
        while try !next().isEmpty {}
    }
}

/// Enforces a byte limit, which several sources may share.
final class BoundedSource: ByteSource {
    /// The remaining bytes of a shared limit.
    final class Budget {
        let total: Int
        fileprivate(set) var left: Int

        init(_ total: Int) {
            self.total = total
            left = total
        }
    }

    private let source: any ByteSource
    private let budget: Budget
    private let name: String

    init(_ source: any ByteSource, budget: Budget, name: String) {
        self.source = source
        self.budget = budget
        self.name = name
    }

    func next() throws -> [UInt8] {
        let bytes = try source.next()
        guard bytes.count <= budget.left else {
            throw ContainerError(
                .limitExceeded,
                subject: name,
                expected: "at most \(budget.total) bytes, uncompressed and together",
                found: "more"
            )
        }
        budget.left -= bytes.count
        return bytes
    }
}
