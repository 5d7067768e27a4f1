/// The body of a request to the repository: for its index, or to load or unload a model.
package struct RepositoryRequest: Sendable, Equatable {
    /// Whether only models that are ready are asked for.
    package let onlyReady: Bool
    /// What is asked for beside.
    package let parameters: [String: ParameterValue]

    /// Reads a body; an empty one asks for nothing special.
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
