package import PackageManifest
import SwiftASN1

extension PublisherKey {
    /// Reads a key from a PEM file.
    ///
    /// - Parameter path: A file with a block `PUBLIC KEY`.
    /// - Throws: `package.input-missing`, `key.invalid`.
    package init(reading path: String) throws(PackageError) {
        let block = try PEMDocument.first(in: path, wanted: "a public key") { $0 == "PUBLIC KEY" }
        try self.init(der: block.derBytes, name: path)
    }
}
