package import InferenceProtocol

/// Pointers to a tensor's elements and sizes; valid only during the call that gets them.
@unsafe package struct TensorStorage {
    /// The first element; for `BYTES` the strings' bytes, each string followed by a zero byte.
    package let elements: UnsafeRawPointer
    /// The bytes there.
    package let byteCount: Int
    /// The number of elements.
    package let count: Int
    /// The type of the elements.
    package let type: TensorDatatype
    /// The first size.
    package let shape: UnsafePointer<Int>
    /// The number of sizes.
    package let rank: Int
}

extension [Tensor] {
    /// Passes the tensors' own storage to a C function; only `BYTES` is copied.
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
        return unsafe try tensor.content.withUnsafeMemory { elements in
            // One more size, so that a scalar's sizes have an address, too.
            unsafe try (tensor.shape + [0]).withUnsafeBufferPointer { shape in
                // Tensors without elements were refused before.
                guard let first = elements.baseAddress, let size = shape.baseAddress else {
                    preconditionFailure("an engine takes no empty tensor")
                }
                let storage = unsafe TensorStorage(
                    elements: first,
                    byteCount: elements.count,
                    count: tensor.content.count,
                    type: tensor.dataType,
                    shape: size,
                    rank: tensor.shape.count
                )
                return unsafe try lend(rest.dropFirst(), lent + [storage], body)
            }
        }
    }
}

extension TensorElements {
    fileprivate func withUnsafeMemory<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        switch self {
        case .floats(let floats): return unsafe try floats.withUnsafeBytes(body)
        case .raw(let bytes, _): return unsafe try bytes.withUnsafeBytes(body)
        case .strings(let strings):
            var bytes: [UInt8] = []
            bytes.reserveCapacity(strings.reduce(0) { $0 + $1.count + 1 })
            for string in strings {
                bytes.append(contentsOf: string)
                bytes.append(0)
            }
            return unsafe try bytes.withUnsafeBytes(body)
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
