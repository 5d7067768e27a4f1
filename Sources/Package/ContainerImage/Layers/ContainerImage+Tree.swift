package import RootFileSystem

extension ContainerImage {
    /// The file in the root directory with the image's environment, entry point, command and working directory.
    package static let environmentFileName = "appenv.json"

    /// The folders for the kernel's own file systems, which an image of `FROM scratch` lacks and every machine needs.
    private static let mountPoints = ["dev", "proc", "sys"]

    /// Reads the layers, verifies their digests, and applies them in order.
    ///
    /// The folders `/dev`, `/proc` and `/sys` are added where the image has nothing of these names. `appenv.json` is added
    /// last and replaces a file of that name in the image.
    ///
    /// - Parameters:
    ///   - limits: Resource limits for all layers together.
    ///   - latestTime: Later modification times are set to this one, in seconds since 1970.
    ///   - spoolFolder: The directory of a temporary, unlinked file that holds all content.
    ///   - interruption: Cancels the work.
    ///   - progress: Receives the compressed bytes of layers done so far and in total.
    /// - Returns: The file tree, ready to be written.
    /// - Throws: `container.*`, and `file.*` for system errors.
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
        for name in Self.mountPoints { try reader.addMissingFolder(name) }
        let environment = try configuration.environmentFile()
        try reader.addFile(LayerPath(name: Array(Self.environmentFileName.utf8)), environment)
        return try reader.plan()
    }
}
