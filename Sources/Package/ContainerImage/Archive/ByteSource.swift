/// Bytes that come one piece after the other.
protocol ByteSource: AnyObject {
    /// The next piece, empty at the end.
    ///
    /// - Throws: What keeps the source from going on.
    func next() throws -> [UInt8]

    /// Passes over bytes without looking at them, where the source can.
    ///
    /// - Returns: How many were passed over, from 0 to `count`.
    func skip(_ count: Int) -> Int
}

extension ByteSource {
    func skip(_ count: Int) -> Int { 0 }

    /// Reads what is left, so that all of it was looked at.
    func drain() throws {
        while try !next().isEmpty {}
    }
}

/// Passes bytes on as long as a budget lasts that several sources may share.
final class BoundedSource: ByteSource {
    /// How many bytes there may still be.
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
