import ArgumentParser
import Attestation
import Diagnostics
import Foundation
import InferenceClient
import InferenceProtocol

/// `adyton infer`: asks a server what is in images.
struct InferCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "infer",
        abstract: "Ask a server what is in images.",
        discussion: """
            Has the server prove what it is, and sends images only to a machine that
            the policy accepts. Prints every engine's most probable classes. Folders
            stand for the JPEG and PNG files below them. Files' names stay on this
            computer; the server gets the content and the ending.

            Revocation lists and TCB information of the server's processor come from
            AMD or Intel, and win over what the host sends: see adyton endorsements.

            EXAMPLE
              adyton infer --policy flags.json https://flags.example.org Examples/images
              adyton infer --insecure-plaintext http://127.0.0.1:8000 dog.jpg
              adyton infer --policy flags.json https://flags.example.org --json \\
                  dog.jpg | jq '.results[0].answer.engines[0].top[0]'
            """
    )

    @Argument(
        help: ArgumentHelp(
            "The server's address, then JPEG or PNG files and folders of them.",
            valueName: "address-and-images"
        ),
        completion: .file(extensions: ["jpg", "jpeg", "png"])
    )
    var arguments: [String]

    @Option(help: "The server's address, where it does not come first.")
    var server: String?

    @OptionGroup(title: "Trust") var trust: PeerOptions
    @OptionGroup(title: "Endorsements") var endorsements: ConnectionEndorsementArguments

    @Flag(
        help: ArgumentHelp(
            "Talk to a server in plain text that proves nothing.",
            discussion: "INSECURE: only for this computer's own loopback. The network can read the images."
        )
    )
    var insecurePlaintext = false

    @Option(help: "How many seconds to wait for the server to be ready.")
    var wait = 0.0

    @Option(help: "How many images to send side by side.")
    var concurrency = 4

    @Option(help: "How many seconds an answer may take.")
    var timeout = 60.0

    @Option(
        help: "A JSON file with the right label of each image by its file name; another first answer exits with 1.",
        completion: .file(extensions: ["json"])
    )
    var expect: String?

    @Flag(help: "Print one JSON document instead of tables.")
    var json = false

    func validate() throws {
        guard !images.isEmpty else { throw ValidationError("Name at least one image or folder.") }
        guard server == nil || !isAddressFirst else { throw ValidationError("Name the server once.") }
        try validateTrust()
        guard (1...256).contains(concurrency) else {
            throw ValidationError("--concurrency takes a number from 1 to 256, found \(concurrency).")
        }
        guard (0...86_400).contains(wait), (0.001...86_400).contains(timeout) else {
            throw ValidationError("--wait and --timeout take seconds up to 86400.")
        }
    }

    func run() async throws {
        let policy = try trust.rules()
        let roots = try trust.roots()
        let files = try ImageFiles(images).files
        let expected = try expect.map { try ExpectedLabels(reading: $0) }
        try expected?.check(covers: files)
        var timeouts = InferenceClient.Timeouts()
        timeouts.answer = .seconds(timeout)
        let options = try endorsements.options()
        let client: InferenceClient
        do {
            client = try Self.client(of: ServerAddress(address), policy, roots, options, timeouts)
        } catch {
            throw ValidationError("\(error)")
        }
        if insecurePlaintext {
            Message.print(
                """
                INSECURE: \(address) speaks plain text and proves nothing. The network can read and change images
                  and answers, and it is not known what program receives them.
                """
            )
        } else {
            try await showProof(of: client)
        }
        if wait > 0 {
            do {
                try await client.waitUntilReady(atMost: .seconds(wait))
            } catch let error as ClientError {
                throw CommandFailure(.unavailable, "\(error)")
            }
        }
        let results = await ask(client, about: files, expecting: expected)
        await client.close()
        try printResult(json ? try InferReport.json(results) : InferReport.tables(results))
        try conclude(results)
    }

    /// Sends every file, a few at a time, and gives the results in the files' order.
    private func ask(
        _ client: InferenceClient,
        about files: [URL],
        expecting expected: ExpectedLabels?
    ) async -> [InferResult] {
        var progress = ProgressBar(total: files.count, isShown: StandardError.isTerminal && !json)
        var results = [InferResult?](repeating: nil, count: files.count)
        await withTaskGroup(of: (Int, InferResult).self) { group in
            var next = files.indices.makeIterator()
            func addOne() {
                guard let index = next.next() else { return }
                let file = files[index]
                group.addTask {
                    (index, await InferResult(asking: client, about: file, expecting: expected?.label(of: file)))
                }
            }
            for _ in 0..<concurrency { addOne() }
            for await (index, result) in group {
                results[index] = result
                progress.advance()
                addOne()
            }
        }
        progress.finish()
        return results.compactMap(\.self)
    }

    private func conclude(_ results: [InferResult]) throws {
        let codes = Set(results.map { $0.isUnreachable ? $0.code : nil })
        // What keeps every image from the server is said once.
        if let first = results.first, let failure = first.failure, codes.count == 1, first.isUnreachable {
            let hint = wait > 0 ? "" : "\n  --wait SECONDS waits for a server that is starting."
            throw CommandFailure(.unavailable, failure + hint)
        }
        for result in results {
            if let failure = result.failure {
                Message.print("\(result.file): \(failure)")
            } else if let expected = result.expected, !result.isAsExpected {
                let found = result.answer?.engines.map { $0.top.first?.label ?? "nothing" } ?? []
                Message.print("\(result.file): expected \(expected), found \(found.joined(separator: ", "))")
            }
        }
        if results.contains(where: { $0.isUnreachable }) { throw ExitStatus.unavailable }
        if results.contains(where: { !$0.isAsExpected }) { throw ExitStatus.negativeAnswer }
    }
}

extension InferCommand {
    private static let addressStarts = ["https://", "http://"]

    private var isAddressFirst: Bool {
        arguments.first.map { first in Self.addressStarts.contains { first.hasPrefix($0) } } ?? false
    }

    private var images: [String] { isAddressFirst ? Array(arguments.dropFirst()) : arguments }

    private var address: String {
        (isAddressFirst ? arguments.first : nil) ?? server ?? "http://127.0.0.1:8000"
    }

    /// Nothing is ever left out quietly: plain text needs its flag, everything else a policy.
    private func validateTrust() throws {
        if insecurePlaintext {
            guard trust.policy == nil, trust.developer.developerRoots.isEmpty else {
                throw ValidationError(
                    "--insecure-plaintext and --policy exclude each other: a server in plain text proves nothing."
                )
            }
            guard !endorsements.isNamed else {
                throw ValidationError("--offline, --cache, --endorsements and --mirror need a --policy.")
            }
            return
        }
        guard isAddressFirst || server != nil else {
            throw ValidationError(
                "Name the server: https://HOST with --policy FILE, or --insecure-plaintext for http://127.0.0.1:8000."
            )
        }
        guard !address.hasPrefix("http://") else {
            throw ValidationError(
                "\(address): plain HTTP proves nothing and hides nothing. Use https:// and --policy FILE, or say --insecure-plaintext."
            )
        }
        guard trust.policy != nil else {
            throw ValidationError("--policy FILE is missing: it says which machines may have the images.")
        }
    }

    private static func client(
        of address: ServerAddress,
        _ policy: AppraisalPolicy?,
        _ roots: [TrustAnchor],
        _ endorsements: EndorsementOptions,
        _ timeouts: InferenceClient.Timeouts
    ) throws(ClientError) -> InferenceClient {
        guard let policy else { return try InferenceClient(insecurePlaintext: address, timeouts: timeouts) }
        return try InferenceClient(
            address,
            policy: policy,
            developerRoots: roots,
            endorsements: endorsements,
            timeouts: timeouts
        )
    }

    /// Has the server prove itself before any file is read, and says what it is.
    private func showProof(of client: InferenceClient) async throws {
        let deadline = ContinuousClock().now + .seconds(wait)
        while true {
            do {
                guard let peer = try await client.peer() else { return }
                let package = peer.binding.package.map { ", package \($0.digest)" } ?? ", no package"
                Message.print("\(address) has proven what it is: \(peer.kind.rawValue)\(package)")
                return
            } catch let error as ClientError where error.code == .peerRefused {
                Message.print("\(address) is refused, and nothing was sent to it:")
                Message.printLine(AttestationText.of(error.findings))
                throw ExitStatus.negativeAnswer
            } catch let error as ClientError {
                guard ContinuousClock().now < deadline else {
                    throw CommandFailure(.unavailable, "\(error)")
                }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }
}
