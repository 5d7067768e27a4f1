import ArgumentParser
import Diagnostics

/// A signer's identity as a person writes it.
struct SignerIdentity: ExpressibleByArgument {
    let bytes: [UInt8]

    init?(argument: String) {
        guard let bytes = Hexadecimal.bytes(argument), bytes.count == 32 else { return nil }
        self.bytes = bytes
    }
}
