import Foundation

/// Does work that blocks on a thread of its own: tests share two, and what they wait for may need those.
///
/// - Parameter work: What blocks.
/// - Returns: What it gives.
/// - Throws: What it throws.
package func runBlocking<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try work() }) }
    }
}
