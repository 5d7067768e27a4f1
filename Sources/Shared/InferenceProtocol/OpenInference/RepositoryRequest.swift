/// The request body for the repository's index, or to load or unload a model.
package struct RepositoryRequest: Sendable, Equatable {
    /// Whether the index is to list ready models only.
    package let onlyReady: Bool
    /// The parameters of the request.
    package let parameters: [String: ParameterValue]

    /// Parses a body; an empty one has no parameters.
    ///
    /// - Parameter bytes: The body.
    /// - Throws: `oip.json-malformed`, `oip.json-too-deep`, `oip.parameter-invalid`.
    package init(_ bytes: Span<UInt8>) throws(OpenInferenceError) {
        var onlyReady = false
        var parameters: [String: ParameterValue] = [:]
        if bytes.count > 0 {
            var reader = JSONReader()
            try reader.enter(UInt8(ascii: "{"), bytes)
            var isFirst = true
            while let key = try reader.nextKey(&isFirst, bytes) {
                switch key {
                case "ready": onlyReady = try reader.bool(bytes)
                case "parameters": parameters = try reader.parameters("parameters", bytes)
                default: try reader.skip(bytes)
                }
            }
            try reader.finish(bytes)
        }
        self.onlyReady = onlyReady
        self.parameters = parameters
    }
}
