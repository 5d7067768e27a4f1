package import Diagnostics

/// Why a server ends that could never answer a request: none of its model packs can be read.
package struct NoUsablePack: Error {
    /// Why each pack cannot be read; empty where there is none.
    package let failures: [any CodedError]
}
