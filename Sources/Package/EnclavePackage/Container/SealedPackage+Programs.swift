import Files
import GuestInterface
package import PackageManifest
import RootFileSystem

extension SealedPackage {
    /// The largest program that is read, in bytes.
    private static let largestProgram = 1 << 30

    /// Reads a program of this project out of the package.
    ///
    /// - Parameter program: The program.
    /// - Returns: Its bytes; nil where the package does not contain it, such as the server in an application's package.
    /// - Throws: `package.part-changed`, `package.unreadable`, `manifest.mismatch`.
    package func content(of program: MeasuredProgram) throws(PackageError) -> [UInt8]? {
        switch program {
        case .initProgram: return try initProgram()
        case .gateway:
            guard let volume = try launchPlan().gateway?.volume,
                let part = parts.first(where: { $0.name == Manifest.PartName.gateway }),
                volume.blocks > 0, volume.blocks <= UInt64(part.size / VerityGeometry.blockSize)
            else { return nil }
            let size = Int(volume.blocks) * VerityGeometry.blockSize
            let contents = Ext2Contents(OpenFile(sharing: file), at: part.offset, size: size)
            return try Self.file(LaunchPlan.Gateway.program, in: contents)
        case .server, .torchBridge:
            guard let path = program.pathInRoot else { return nil }
            return try Self.file(path, in: try rootContents())
        }
    }

    /// Process 1: the last entry `init`, which is the one that the kernel keeps.
    private func initProgram() throws(PackageError) -> [UInt8]? {
        guard try part(Manifest.PartName.initialFileSystem).size <= InitialFileSystem.largestSize else { return nil }
        let archive = try copyToMemory(Manifest.PartName.initialFileSystem)
        return try PackageError.translating { () throws(RootFileSystemError) in
            var reader = CpioReader(Descriptor(sharing: archive))
            var program: [UInt8]?
            while let entry = try reader.next() {
                guard entry.path.bytes.elementsEqual("init".utf8) else { continue }
                var bytes: [UInt8] = []
                while let part = try reader.content(upTo: 1 << 20) { bytes += part }
                program = bytes
            }
            return program
        }
    }

    private static func file(_ path: String, in contents: Ext2Contents) throws(PackageError) -> [UInt8]? {
        guard let path = EntryPath(normalizing: Array(path.drop { $0 == "/" }.utf8)) else { return nil }
        return try PackageError.translating { () throws(RootFileSystemError) in
            try contents.content(of: path, atMost: largestProgram)
        }
    }
}
