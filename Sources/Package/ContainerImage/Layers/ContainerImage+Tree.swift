package import RootFileSystem

extension ContainerImage {
    /// The file in the root that keeps what the image says of environment, entry point, command and working directory.
    package static let environmentFileName = "appenv.json"

    /// Reads the layers, checks their digests, and puts them on each other.
    ///
    /// `appenv.json` is put on top of them, in place of what the image may have there.
    ///
    /// - Parameters:
    ///   - limits: What the layers may ask for.
    ///   - latestTime: Later times become this one, in seconds since 1970.
    ///   - spoolFolder: The folder whose file system holds all content for the time being, in a file without a name.
    ///   - interruption: Ends the work early.
    ///   - progress: Is told the compressed bytes of layers done and of all.
    /// - Returns: The tree, ready to be written.
    /// - Throws: `container.*`, and `file.*` where the system refuses.
    package func tree(
        limits: ContainerLimits = ContainerLimits(),
        latestTime: Int64 = 0,
        spoolFolder: String,
        interruption: Interruption = Interruption(),
        progress: ByteProgress.Report? = nil
    ) throws -> TreePlan {
        var reader = try LayerReader(
            limits: limits,
            latestTime: latestTime,
            spoolFolder: spoolFolder,
            interruption: interruption
        )
        let total = layers.reduce(0) { $0 + $1.byteCount }
        var done = 0
        for layer in layers {
            let before = done
            try reader.apply(layer) { progress?(before + $0, total) }
            done += layer.byteCount
        }
        let environment = try configuration.environmentFile()
        try reader.addFile(LayerPath(name: Array(Self.environmentFileName.utf8)), environment)
        return try reader.plan()
    }
}
