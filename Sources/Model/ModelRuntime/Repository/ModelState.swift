/// The state of one version of a model, as in a repository index.
package struct ModelState: Sendable, Equatable {
    /// The states of the Open Inference Protocol's repository index.
    package enum Readiness: String, Sendable {
        case ready = "READY"
        case loading = "LOADING"
        case unloading = "UNLOADING"
        case unavailable = "UNAVAILABLE"
    }

    /// The model's name.
    package let name: String
    /// The version; empty where the pack could not be opened.
    package let version: String
    /// Whether it is ready.
    package let readiness: Readiness
    /// The stable code of the reason why it is not; empty where there is none.
    package let reason: String

    package init(name: String, version: String, readiness: Readiness, reason: String = "") {
        self.name = name
        self.version = version
        self.readiness = readiness
        self.reason = reason
    }
}
