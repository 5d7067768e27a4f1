import Crypto
import Files
package import PackageManifest
import Subprocess
import SystemPackage

/// Signs by a program, such as a hardware module's tool, which reads the message and writes the signature.
package struct CommandSigner: Signer {
    /// The bound on the program's output, in bytes.
    private static let largestSignature = 4096

    package let publicKey: PublisherKey
    private let command: String

    /// - Parameters:
    ///   - command: What `/bin/sh -c` runs. It reads the message from standard input and writes the signature's bytes to
    ///     standard output; ECDSA signatures are DER or two numbers of 48 bytes. It shares our standard error and
    ///     terminal, so that it can ask for a PIN.
    ///   - publicKey: The key that the result is checked against.
    package init(command: String, publicKey: PublisherKey) {
        self.command = command
        self.publicKey = publicKey
    }

    /// Runs the command and checks its signature; there is no timeout, because a person may have to confirm.
    package func sign(_ message: [UInt8]) async throws(PackageError) -> [UInt8] {
        // A file and no pipe, because some programs ask for the input's size.
        let input = try OpenFile<PackageError>(inMemory: "adyton-message", name: "the message")
        // A positional write, which leaves the read position at the start.
        try input.write(message[...], at: 0)
        var signature = try await output(for: input)
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

    private func output(for input: OpenFile<PackageError>) async throws(PackageError) -> [UInt8] {
        // Open until the program has ended.
        defer { withExtendedLifetime(input) {} }
        do {
            let result = try await Subprocess.run(
                .path("/bin/sh"),
                arguments: ["-c", command],
                input: .fileDescriptor(FileDescriptor(rawValue: input.number), closeAfterSpawningProcess: false),
                output: .bytes(limit: Self.largestSignature),
                error: .currentStandardError
            )
            guard result.terminationStatus.isSuccess else {
                throw failure("exit status 0", "\(result.terminationStatus)")
            }
            return result.standardOutput
        } catch let error as PackageError {
            throw error
        } catch {
            throw failure("a command that runs and writes at most \(Self.largestSignature) bytes", "\(error)")
        }
    }

    private func failure(_ expected: String, _ found: String) -> PackageError {
        PackageError(.signerCommandFailed, subject: command, expected: expected, found: found)
    }
}
