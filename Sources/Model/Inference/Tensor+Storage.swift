/// Pointers to a tensor's numbers and sizes; valid only during the call that gets them.
@unsafe package struct TensorStorage {
    /// The first element.
    package let elements: UnsafePointer<Float>
    /// The number of elements.
    package let count: Int
    /// The first size.
    package let shape: UnsafePointer<Int>
    /// The number of sizes.
    package let rank: Int
}

extension [Tensor] {
    /// Passes the tensors' own storage to a C function, without a copy.
    ///
    /// - Parameter body: Reads through the pointers, and keeps none of them.
    /// - Returns: What the body returns.
    /// - Throws: What the body throws.
    package func withUnsafeStorage<Result>(_ body: ([TensorStorage]) throws -> Result) rethrows -> Result {
        // Safe: every pointer is used only inside the closure that Swift keeps its array alive for.
        unsafe try Self.lend(self[...], [], body)
    }

    private static func lend<Result>(
        _ rest: ArraySlice<Tensor>,
        _ lent: [TensorStorage],
        _ body: ([TensorStorage]) throws -> Result
    ) rethrows -> Result {
        guard let tensor = rest.first else { return unsafe try body(lent) }
        return unsafe try tensor.elements.withUnsafeBufferPointer { elements in
            unsafe try tensor.shape.withUnsafeBufferPointer { shape in
                // Tensors without elements or sizes were refused before.
                guard let first = elements.baseAddress, let size = shape.baseAddress else {
                    preconditionFailure("an engine takes no empty tensor")
                }
                let storage = unsafe TensorStorage(
                    elements: first,
                    count: elements.count,
                    shape: size,
                    rank: shape.count
                )
                return unsafe try lend(rest.dropFirst(), lent + [storage], body)
            }
        }
    }
}

/// The buffer for the error message of a C function.
package enum FailureMessage {
    private static let capacityInBytes = 2048

    /// Calls a C function that returns a status and, for a failure, a zero-terminated message.
    ///
    /// - Parameter call: The call; it gets the buffer and its size in bytes.
    /// - Returns: The status, and the message, which is empty for a success.
    package static func capture<Status>(
        _ call: (UnsafeMutablePointer<CChar>, Int) -> Status
    ) -> (status: Status, message: String) {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacityInBytes) { buffer in
            // Safe: the buffer is all zero, so the text that the call writes ends within it.
            unsafe buffer.initialize(repeating: 0)
            guard let start = buffer.baseAddress else { preconditionFailure("the buffer has a size") }
            let status = unsafe call(start, capacityInBytes - 1)
            return unsafe (status, String(cString: start))
        }
    }
}
