import ArgumentParser
import Attestation
import Crypto
import Diagnostics
import Foundation

/// `adyton evidence pack`: raw files into a bundle of evidence.
struct EvidencePackCommand: ParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "pack",
        abstract: "Make a bundle of evidence from files as platforms and tools write them.",
        discussion: """
            Each PART=FILE is a part by its name and its file. Certificates may be in DER
            or PEM, and padded as a TPM stores them; pcrs may be what tpm2_pcrread
            prints; cert_chain is AMD's text of ASK and ARK. The kind follows from the
            parts, except for vtpm. The bundle is read once before it is written: a part
            that cannot be read exits with 65. What AMD or Intel publishes may be
            missing; verify --fetch brings it.

            SEV-SNP  report, vcek or vlek, ask or asvk, ark, cert_chain, crl, auxblob
            TDX, SGX quote, collateral, ccel or event_log
            TPM      attest, signature, ak_public, pcrs, ak_certificate,
                     ak_intermediate, event_log; or attestation (go-tpm-tools)
            Azure    hcl_report, attest, signature_raw, pcrs, and the parts of SEV-SNP,
                     or td_quote and collateral
            AWS      document

            EXAMPLE
              adyton evidence pack report=report.bin auxblob=table.bin -o machine.json
              adyton evidence pack report=report.bin vcek=vcek.pem \\
                  cert_chain=cert_chain.pem -o machine.json
              adyton evidence pack attest=quote.msg signature=quote.sig \\
                  ak_public=ak.pub ak_certificate=ak.pem pcrs=pcrs.txt -o tpm.json
              adyton evidence pack quote=quote.bin ccel=CCEL | jq .kind
            """
    )

    private struct Document: Encodable {
        struct Part: Encodable {
            let name: String
            let byteCount: Int
            let sha256: String
        }

        let kind: String
        let output: String
        let complete: Bool
        let missing: String?
        let parts: [Part]
    }

    @Argument(help: ArgumentHelp("A part and its file.", valueName: "part=file"), completion: .file())
    var parts: [PartArgument]

    @Option(help: ArgumentHelp("The kind of evidence, where the parts do not tell it.", valueName: "kind"))
    var kind: String?

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp("Write the bundle to this file instead of standard output.", valueName: "file"),
        completion: .file(extensions: ["json"])
    )
    var output: String?

    @Flag(help: "Print one JSON document about the bundle; needs --output.")
    var json = false

    @OptionGroup var overwrite: OverwriteArguments

    func validate() throws {
        guard !json || output != nil else { throw ValidationError("--json tells of the file that --output names.") }
        if let kind, EvidenceKind(rawValue: kind) == nil {
            let names = EvidenceKind.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--kind takes one of \(names).")
        }
        guard Set(parts.map(\.name)).count == parts.count else {
            throw ValidationError("Each part is given once.")
        }
    }

    func run() throws {
        var files: [String: [UInt8]] = [:]
        for part in parts { files[part.name] = try read(part) }
        let bundle = try EvidenceBundle(packing: files, as: kind.flatMap(EvidenceKind.init(rawValue:)))
        let missing = try missing(in: bundle)
        if let missing { Message.print("\(missing); verify --fetch asks AMD or Intel for it") }
        guard let output else { return try printResult(String(decoding: bundle.json, as: UTF8.self)) }
        try ResultFile.write(Array(bundle.json), to: output, replacing: overwrite.force)
        guard json else { return }
        let document = Document(
            kind: bundle.kind.rawValue,
            output: output,
            complete: missing == nil,
            missing: missing,
            parts: bundle.parts.sorted { $0.key < $1.key }.map { name, bytes in
                Document.Part(
                    name: name,
                    byteCount: bytes.count,
                    sha256: Hexadecimal.text(SHA256.hash(data: bytes))
                )
            }
        )
        try printResult(JSONReport.of(document))
    }

    /// Reads a bundle once; what a vendor publishes may be missing.
    private func missing(in bundle: EvidenceBundle) throws -> String? {
        do throws(AttestationError) {
            _ = try bundle.evidence()
            return nil
        } catch {
            let published = ["VCEK", "ASK", "ASVK"]
            guard error.finding.id == "evidence.part-missing", published.contains(error.finding.subject) else {
                throw error
            }
            return "\(error.finding.subject) is missing"
        }
    }

    private func read(_ part: PartArgument) throws -> [UInt8] {
        guard let data = try? Data(contentsOf: URL(filePath: part.path)) else {
            throw CommandFailure(.noInput, "\(part.name)=\(part.path): the file cannot be read")
        }
        return Array(data)
    }
}

/// `PART=FILE`.
struct PartArgument: ExpressibleByArgument {
    let name: String
    let path: String

    init?(argument: String) {
        let halves = argument.split(separator: "=", maxSplits: 1).map(String.init)
        guard halves.count == 2 else { return nil }
        (name, path) = (halves[0], halves[1])
    }
}
