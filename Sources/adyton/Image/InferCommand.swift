import ArgumentParser
import Foundation
import InferenceClient
import InferenceProtocol

/// `adyton infer`: asks a server what is in images.
struct InferCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "infer",
        abstract: "Ask a server what is in images.",
        discussion: """
            Prints every engine's most probable classes. Folders stand for the JPEG
            and PNG files below them. Files' names stay on this computer; the server
            gets the content and the ending.

            EXAMPLE
              adyton infer Examples/images
              adyton infer --json dog.jpg | jq '.results[0].answer.engines[0].top[0]'
              adyton infer --expect Examples/images/expected.json Examples/images
            """
    )

    @Argument(help: "JPEG or PNG files, and folders of them.", completion: .file(extensions: ["jpg", "jpeg", "png"]))
    var images: [String]

    @Option(help: "The server's address.")
    var server = "http://127.0.0.1:8000"

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
        guard (1...256).contains(concurrency) else {
            throw ValidationError("--concurrency takes a number from 1 to 256, found \(concurrency).")
        }
        guard (0...86_400).contains(wait), (0.001...86_400).contains(timeout) else {
            throw ValidationError("--wait and --timeout take seconds up to 86400.")
        }
    }

    func run() async throws {
        let files = try ImageFiles(images).files
        let expected = try expect.map { try ExpectedLabels(reading: $0) }
        try expected?.check(covers: files)
        var timeouts = InferenceClient.Timeouts()
        timeouts.answer = .seconds(timeout)
        let client: InferenceClient
        do {
            client = InferenceClient(try ServerAddress(server), timeouts: timeouts)
        } catch {
            throw ValidationError("\(error)")
        }
        if wait > 0 {
            do {
                try await client.waitUntilReady(atMost: .seconds(wait))
            } catch let error as ClientError {
                printError("adyton infer: \(error)")
                throw ExitStatus.unavailable
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
        for result in results {
            if let failure = result.failure {
                printError("adyton infer: \(result.file): \(failure)")
            } else if let expected = result.expected, !result.isAsExpected {
                let found = result.answer?.engines.map { $0.top.first?.label ?? "nothing" } ?? []
                printError("adyton infer: \(result.file): expected \(expected), found \(found.joined(separator: ", "))")
            }
        }
        if results.contains(where: { $0.isUnreachable }) { throw ExitStatus.unavailable }
        if results.contains(where: { !$0.isAsExpected }) { throw ExitStatus.partialFailure }
    }
}
