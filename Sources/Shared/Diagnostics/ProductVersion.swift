/// The version of the whole product, which `--version` and the server's metadata state.
package enum ProductVersion {
    /// Major, minor and patch, after Semantic Versioning.
    package static let text = "0.1.0"
}
