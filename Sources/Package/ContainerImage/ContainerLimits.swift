/// What an image may ask of whoever reads it.
package struct ContainerLimits: Sendable {
    /// The bytes of all layers together, uncompressed.
    package var layerBytes: Int
    /// The entries of all layers together, folders that only a path names among them.
    package var entries: Int
    /// The bytes of names, targets and attributes of all layers together: what is held in memory.
    package var metadataBytes: Int
    /// The layers.
    package var layers: Int

    /// The most bytes of a manifest, an index or a configuration.
    package static let documentBytes = 8 << 20
    /// The most entries of the archive that an image comes in.
    package static let archiveEntries = 100_000
    /// How deep indexes may name indexes.
    package static let indexDepth = 4

    /// - Parameters:
    ///   - layerBytes: The bytes of all layers together, uncompressed.
    ///   - entries: The entries of all layers together.
    ///   - metadataBytes: The bytes of names, targets and attributes.
    ///   - layers: The layers.
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
