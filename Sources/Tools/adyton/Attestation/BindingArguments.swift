import ArgumentParser
import Attestation
import Diagnostics

/// What a file's evidence is expected to have been made for.
struct BindingArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The evidence must carry this nonce, in hexadecimal.",
            discussion: "At least 16 bytes. Where a platform has no field for one, the report data must be the nonce.",
            valueName: "hex"
        )
    )
    var nonce: HexadecimalArgument?

    @Option(
        help: ArgumentHelp(
            "The evidence must carry this report data, in hexadecimal.",
            discussion: "At least 16 bytes; a TPM carries more than 32 as their SHA-256.",
            valueName: "hex"
        )
    )
    var reportData: HexadecimalArgument?

    func validate() throws {
        for (name, value) in [("--nonce", nonce), ("--report-data", reportData)] {
            guard value.map({ $0.bytes.count >= 16 }) ?? true else {
                throw ValidationError("\(name) takes at least 16 bytes: chance or a guess could match fewer.")
            }
        }
    }

    /// Whether anything is expected.
    var isStated: Bool { nonce != nil || reportData != nil }

    /// Compares verified evidence with what is expected.
    ///
    /// - Parameter evidence: The evidence.
    /// - Returns: A finding for each that differs.
    /// - Throws: `policy.report-data-mismatch` for too few bytes.
    func mismatches(_ evidence: VerifiedEvidence) throws(AttestationError) -> [Finding] {
        try evidence.mismatches(nonce: nonce?.bytes, reportData: reportData?.bytes)
    }
}

/// Bytes in hexadecimal digits.
struct HexadecimalArgument: ExpressibleByArgument {
    let bytes: [UInt8]

    init?(argument: String) {
        guard let bytes = Hexadecimal.bytes(argument) else { return nil }
        self.bytes = bytes
    }
}
