package import Diagnostics

/// The error of a server that could never answer a request, because none of its model packs can be read.
package struct NoUsablePack: Error {
    /// Why each pack cannot be read; empty where there is none.
    package let failures: [any CodedError]
}
