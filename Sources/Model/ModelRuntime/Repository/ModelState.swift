/// How far one version of a model is, as a repository index tells it.
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
    /// Whether it may be asked.
    package let readiness: Readiness
    /// The stable code of why it may not; empty where there is nothing to say.
    package let reason: String

    package init(name: String, version: String, readiness: Readiness, reason: String = "") {
        self.name = name
        self.version = version
        self.readiness = readiness
        self.reason = reason
    }
}
