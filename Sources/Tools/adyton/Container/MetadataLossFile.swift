import Foundation
import RootFileSystem

/// The file beside a result that keeps what the result could not take.
struct MetadataLossFile {
    private struct Entry: Encodable {
        let path: String
        let owner: UInt32
        let group: UInt32
        let mode: String
        let device: String?
        let isMissing: Bool
        let attributes: [String: String]
    }

    /// The file's path.
    let path: String

    /// - Parameter output: The result.
    init(beside output: String) {
        var output = output[...]
        while output.count > 1, output.last == "/" { output.removeLast() }
        path = "\(output).lost.json"
    }

    /// Writes what was lost, and says so; where nothing was lost, an old file of that name is removed.
    ///
    /// - Returns: The file's path; nil where nothing was lost.
    func write(_ losses: [TreePlan.MetadataLoss]) throws -> String? {
        guard !losses.isEmpty else {
            try? FileManager.default.removeItem(atPath: path)
            return nil
        }
        let entries = losses.map { loss in
            Entry(
                path: "\(loss.path)",
                owner: loss.metadata.owner,
                group: loss.metadata.group,
                mode: String(loss.metadata.mode, radix: 8),
                device: loss.metadata.kind.isDevice
                    ? "\(loss.metadata.device.major):\(loss.metadata.device.minor)" : nil,
                isMissing: loss.isEntryLost,
                attributes: Dictionary(
                    loss.attributes.map { ($0.name, Data($0.value).base64EncodedString()) },
                    uniquingKeysWith: { $1 }
                )
            )
        }
        try Data(JSONReport.of(entries).utf8).write(to: URL(filePath: path), options: .atomic)
        let missing = losses.count(where: \.isEntryLost)
        let attributes = losses.count { !$0.attributes.isEmpty }
        Message.print(
            """
            not all fits: \(losses.count(where: \.isOwnerLost)) owners, \(missing) devices, \
            extended attributes of \(attributes) entries; \(path) lists them
            """
        )
        return path
    }
}
