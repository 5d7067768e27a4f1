import Files
package import Foundation

/// A model in one folder under one digest, with everything that is needed to run it and to check its results.
///
/// The value exists only after every file was read and compared with the card. The folder must not change afterwards: a
/// sealed machine has it on a verified file system.
package struct ModelPack: Sendable {
    /// The publisher's description of the model.
    package let card: ModelCard
    /// The card's bytes, as in the pack.
    package let cardDocument: Data
    /// One label a class, by the class's index; none for a model without classes.
    package let labels: [String]
    /// The folder of the files.
    package let folder: URL
    /// Every file of the pack, sorted by path.
    package let files: [PackFile]
    /// The digest over all of them.
    package let digest: ContentDigest

    /// The file names that a pack may have, besides its card.
    package enum FileName {
        /// The weights for ONNX Runtime.
        package static let onnx = "model.onnx"
        /// The weights for PyTorch, as TorchScript.
        package static let torchScript = "model.pt"
        /// One label a line.
        package static let labels = "labels.txt"
    }

    /// The largest size of a card in bytes.
    private static let maximumCardSize = 1 << 20
    /// The largest size of a label file in bytes.
    private static let maximumLabelsSize = 1 << 24

    /// Reads a pack's folder and checks every file against the card.
    ///
    /// Reads all bytes once, so it takes as long as the disk does; it blocks.
    ///
    /// - Parameters:
    ///   - folder: The pack's folder.
    ///   - expected: The digest that the pack must have; nil accepts any.
    /// - Throws: `pack.file-changed`, `pack.file-missing` or `pack.file-unexpected` where the files are not those of
    ///   the card, `pack.digest-mismatch` where the pack's digest is not the expected one, and the errors of the card.
    package init(opening folder: URL, expecting expected: ContentDigest? = nil) throws(ModelPackError) {
        let paths = try PackFile.paths(in: folder)
        guard paths.contains(ModelCard.fileName) else {
            throw ModelPackError(.fileMissing, subject: ModelCard.fileName, expected: "the model card", found: "none")
        }
        let cardData = try Self.read(ModelCard.fileName, in: folder, atMost: Self.maximumCardSize)
        let card = try ModelCard(json: cardData)
        try Self.compare(paths, with: card)
        // Card and labels are hashed from memory: the bytes that are used are those that were compared.
        var inMemory = [ModelCard.fileName: cardData]
        if card.classOutput != nil {
            inMemory[FileName.labels] = try Self.read(FileName.labels, in: folder, atMost: Self.maximumLabelsSize)
        }
        var files: [PackFile] = []
        for path in paths {
            let entry = card.files[path]
            let file: PackFile
            if let content = inMemory[path] {
                file = PackFile(path: path, content: content)
            } else {
                file = try PackFile(reading: path, in: folder, atMost: entry?.byteCount ?? 0)
            }
            if let entry, entry != ModelCard.FileEntry(digest: file.digest, byteCount: file.byteCount) {
                throw ModelPackError(
                    .fileChanged,
                    subject: path,
                    expected: "\(entry.byteCount) bytes with SHA-256 \(entry.digest)",
                    found: file.byteCount > entry.byteCount
                        ? "more bytes" : "\(file.byteCount) bytes with SHA-256 \(file.digest)"
                )
            }
            files.append(file)
        }
        self.card = card
        cardDocument = cardData
        self.folder = folder
        self.files = files
        digest = files.packDigest
        labels =
            try card.classOutput.map { classes throws(ModelPackError) in
                try Self.labels(inMemory[FileName.labels] ?? Data(), count: classes.count)
            } ?? []
        if let expected, expected != digest {
            throw ModelPackError(
                .digestMismatch,
                subject: folder.lastPathComponent,
                expected: "\(expected)",
                found: "\(digest)"
            )
        }
        for item in card.selfTest where !labels.contains(item.label) {
            throw ModelCard.invalid("selfTest", expected: "a label of labels.txt", found: item.label)
        }
    }

    /// Reads a pack's card alone, for its name and version; nothing is verified.
    ///
    /// - Parameter folder: The pack's folder.
    /// - Returns: The card; nil where there is no valid one.
    package static func card(in folder: URL) -> ModelCard? {
        guard let data = try? read(ModelCard.fileName, in: folder, atMost: maximumCardSize) else { return nil }
        return try? ModelCard(json: data)
    }

    /// The location of a file of the pack.
    ///
    /// - Parameter path: A path in `files`.
    /// - Returns: The file's location on this machine.
    package func location(of path: String) -> URL {
        folder.appending(path: path)
    }

    private static func compare(_ paths: [String], with card: ModelCard) throws(ModelPackError) {
        let listed = Set(card.files.keys)
        for path in paths where path != ModelCard.fileName && !listed.contains(path) {
            throw ModelPackError(.fileUnexpected, subject: path, expected: "only files that the card lists")
        }
        let present = Set(paths)
        for path in listed.sorted() where !present.contains(path) {
            throw ModelPackError(.fileMissing, subject: path, expected: "a file that the card lists", found: "none")
        }
        guard card.classOutput == nil || listed.contains(FileName.labels) else {
            throw ModelPackError(.fileMissing, subject: FileName.labels, expected: "one label a class", found: "none")
        }
    }

    static func read(_ path: String, in folder: URL, atMost limit: Int) throws(ModelPackError) -> Data {
        let file = try OpenFile<ModelPackError>(opening: folder.appending(path: path).path, name: path)
        let bytes = try file.read(upToCount: limit + 1)
        guard bytes.count <= limit else {
            throw ModelPackError(.unreadable, subject: path, expected: "at most \(limit) bytes", found: "more")
        }
        return Data(bytes)
    }

    private static func labels(_ data: Data, count: Int) throws(ModelPackError) -> [String] {
        guard let text = String(validating: data, as: UTF8.self) else {
            throw ModelPackError(.labelsInvalid, subject: FileName.labels, expected: "UTF-8", found: "other bytes")
        }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" {
            lines.removeLast()
        }
        guard lines.count == count else {
            throw ModelPackError(
                .labelsInvalid,
                subject: FileName.labels,
                expected: "\(count) labels, one for each output of the model",
                found: "\(lines.count)"
            )
        }
        if let index = lines.firstIndex(where: { $0.isEmpty }) {
            throw ModelPackError(
                .labelsInvalid,
                subject: "\(FileName.labels):\(index + 1)",
                expected: "a label",
                found: "none"
            )
        }
        return lines
    }
}
