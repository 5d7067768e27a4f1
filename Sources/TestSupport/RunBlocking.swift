import Foundation

/// Runs blocking work on a new thread: tests share as many threads as there are processors, and what they wait for may need
/// one of these.
///
/// - Parameter work: The blocking work.
/// - Returns: What the work returns.
/// - Throws: What the work throws.
package func runBlocking<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try work() }) }
    }
}
