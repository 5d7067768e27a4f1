import Decompression

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

        /// Takes bytes from the limit.
        ///
        /// - Throws: `container.limit-exceeded`.
        func charge(_ count: Int, name: String) throws(ContainerError) {
            guard count <= left else {
                throw ContainerError(
                    .limitExceeded,
                    subject: name,
                    expected: "at most \(total) bytes, uncompressed and together",
                    found: "more"
                )
            }
            left -= count
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
        try budget.charge(bytes.count, name: name)
        return bytes
    }
}
