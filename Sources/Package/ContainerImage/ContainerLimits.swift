/// Resource limits for reading an image.
package struct ContainerLimits: Sendable {
    /// The maximum size of all layers together, in bytes, uncompressed.
    package var layerBytes: Int
    /// The maximum number of entries in all layers together, including implied directories.
    package var entries: Int
    /// The maximum size of all names, link targets and attributes, in bytes; they are kept in memory.
    package var metadataBytes: Int
    /// The maximum number of layers.
    package var layers: Int

    /// The largest manifest, index or configuration, in bytes.
    package static let documentBytes = 8 << 20
    /// The maximum number of entries in an image archive.
    package static let archiveEntries = 100_000
    /// The maximum nesting depth of indexes.
    package static let indexDepth = 4

    /// Creates limits.
    ///
    /// - Parameters:
    ///   - layerBytes: The size of all layers together, in bytes, uncompressed.
    ///   - entries: The number of entries in all layers together.
    ///   - metadataBytes: The size of all names, link targets and attributes, in bytes.
    ///   - layers: The number of layers.
    package init(
        layerBytes: Int = 32 << 30,
        entries: Int = 2_000_000,
        metadataBytes: Int = 256 << 20,
        layers: Int = 512
    ) {
        self.layerBytes = layerBytes
        self.entries = entries
        self.metadataBytes = metadataBytes
        self.layers = layers
    }
}
