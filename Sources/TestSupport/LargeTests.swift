import Foundation

/// Tests that take so long that only `make test-all` runs them.
///
/// What one of them proves is proven in the small by a test that `make test` runs: one boot for each capability instead of
/// each combination, a stride of bytes instead of every byte.
package enum LargeTests {
    /// Whether this run is one of all tests (`ADYTON_TEST_ALL=1`).
    package static let areWanted = ProcessInfo.processInfo.environment["ADYTON_TEST_ALL"] == "1"

    /// Why such a test is skipped otherwise.
    package static let reason = "large: make test-all runs it"
}
