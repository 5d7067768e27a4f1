import Crypto
import Files
import Foundation
package import PackageManifest
import RootFileSystem

/// A program that signs, such as a hardware module's tool: it gets the message and gives the signature.
package struct CommandSigner: Signer {
    /// A signature larger than this is none.
    private static let largestSignature = 4096

    package let publicKey: PublisherKey
    private let command: String

    /// - Parameters:
    ///   - command: What `/bin/sh -c` runs: reads the message from standard input, writes the signature's bytes to
    ///     standard output. ECDSA may come in DER or as two numbers of 48 bytes.
    ///   - publicKey: Whose signature it is; the result is checked against it.
    package init(command: String, publicKey: PublisherKey) {
        self.command = command
        self.publicKey = publicKey
    }

    package func sign(_ message: [UInt8]) throws(PackageError) -> [UInt8] {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", command]
        let output = Pipe()
        // A file and no pipe: a program that ends without reading must not end this one, and some want to know the size.
        let input = try messageFile(message)
        process.standardInput = FileHandle(fileDescriptor: input.number, closeOnDealloc: false)
        process.standardOutput = output
        let result: Data
        do {
            try process.run()
            result = try output.fileHandleForReading.read(upToCount: Self.largestSignature + 1) ?? Data()
            try output.fileHandleForReading.close()
        } catch {
            throw failure("a command that runs", error.localizedDescription)
        }
        process.waitUntilExit()
        guard process.terminationReason == .exit, process.terminationStatus == 0 else {
            throw failure("exit status 0", "\(process.terminationStatus)")
        }
        var signature = Array(result)
        if publicKey.algorithm == .ecdsaP384, signature.count == 96,
            let parsed = try? P384.Signing.ECDSASignature(rawRepresentation: signature)
        {
            signature = Array(parsed.derRepresentation)
        }
        guard publicKey.isValid(signature, of: message) else {
            throw failure("a \(publicKey.algorithm.rawValue) signature by the given key", "\(signature.count) bytes")
        }
        return signature
    }

    private func messageFile(_ message: [UInt8]) throws(PackageError) -> OpenFile<PackageError> {
        let file = try OpenFile<PackageError>(inMemory: "adyton-message", name: "the message")
        // The place to read from stays at the start, for this write names its own.
        try file.write(message[...], at: 0)
        return file
    }

    private func failure(_ expected: String, _ found: String) -> PackageError {
        PackageError(.signerCommandFailed, subject: command, expected: expected, found: found)
    }
}
